package protocols_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/callback"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/opendsr"
)

const (
	bank      = "bank-client " + protocols.ScopeController
	requestID = "3f2b8c1e-90a4-4d6b-8f3e-6b1d2c7a9e50"
)

func requestBody(t *testing.T, changes map[string]any) []byte {
	t.Helper()
	m := map[string]any{
		"regulation": "gdpr", "subject_request_id": requestID, "subject_request_type": "erasure", "submitted_time": "2026-11-23T12:00:00Z",
		"subject_identities":   []any{map[string]any{"identity_type": "controller_customer_id", "identity_value": "customer-0001", "identity_format": "raw"}},
		"status_callback_urls": []any{"https://example.com/opendsr/callbacks"},
	}
	for name, v := range changes {
		if m[name] = v; v == nil {
			delete(m, name)
		}
	}
	b, err := json.Marshal(m)
	must(t, err)
	return b
}

// genuine checks an answer as a controller does: the certificate by the discovery
// document, then the signature over the raw body.
func (s *site) genuine(t *testing.T, d opendsr.Dialect, header http.Header, body []byte) {
	t.Helper()
	path, ok := strings.CutPrefix(s.call(t, "GET", "/v2/discovery", "", nil).body["processor_certificate"].(string), "https://"+domain)
	if !ok || header.Get(d.DomainHeader) != domain {
		t.Fatalf("the certificate is elsewhere, or the answer names no domain: %v", header)
	}
	block, _ := pem.Decode(s.call(t, "GET", path, "", nil).raw)
	cert, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(s.root)
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: domain, CurrentTime: s.now})
	must(t, err)
	signature, err := base64.StdEncoding.DecodeString(header.Get(d.SignatureHeader))
	must(t, err)
	must(t, cert.CheckSignature(x509.SHA256WithRSA, body, signature))
}

// TestOpenDSR: discover, ask, ask again, follow, cancel; under both names.
func TestOpenDSR(t *testing.T) {
	for _, c := range []struct {
		dialect opendsr.Dialect
		prefix  string
		changes map[string]any
	}{
		{opendsr.OpenDSR, "/v2/", nil},
		{opendsr.OpenGDPR, "/v1/", map[string]any{"regulation": nil, "api_version": "0.1"}},
	} {
		t.Run(c.dialect.Collection, func(t *testing.T) {
			s := newSite(t)
			if got := s.call(t, "GET", c.prefix+"discovery", "", nil); got.status != 200 || got.body["api_version"] != c.dialect.Version {
				t.Fatalf("%+v", got)
			}
			body := requestBody(t, c.changes)
			path := c.prefix + c.dialect.Collection
			first := s.call(t, "POST", path, bank, body)
			if first.status != 201 || first.body["controller_id"] != bankID || first.body["subject_request_id"] != requestID ||
				first.body["expected_completion_time"] != "2026-12-23T14:00:00Z" || first.body["received_time"] != "2026-11-23T14:00:00Z" ||
				first.body["encoded_request"] != base64.StdEncoding.EncodeToString(body) {
				t.Fatalf("%d %s", first.status, first.raw)
			}
			s.genuine(t, c.dialect, first.header, first.raw)
			asked := s.desk.only(t)
			want := protocols.Request{
				Origin: protocols.Origin{
					Party: protocols.Party{Protocol: "opendsr", ID: bankID}, OldNames: c.dialect == opendsr.OpenGDPR, ID: requestID,
					Callbacks: []string{"https://example.com/opendsr/callbacks"},
				},
				Key: "opendsr:" + bankID + ":" + requestID, Digest: asked.Digest, Type: datarequest.Erasure, Regulation: "gdpr",
				CustomerID: "customer-0001", Submitted: now.Add(-2 * time.Hour),
			}
			if !reflect.DeepEqual(asked, want) {
				t.Errorf("%+v", asked)
			}

			s.now = now.Add(time.Hour)
			if again := s.call(t, "POST", path, bank, body); again.status != 201 || string(again.raw) != string(first.raw) {
				t.Errorf("asked again: %d %s", again.status, again.raw)
			}
			if got := s.call(t, "POST", path, bank, append(body, ' ')); got.status != 400 {
				t.Errorf("the same id for another body: %d %s", got.status, got.raw)
			}
			if got := s.call(t, "GET", path+"/"+requestID, bank, nil); got.status != 200 || got.body["request_status"] != "pending" {
				t.Errorf("%d %s", got.status, got.raw)
			} else {
				s.genuine(t, c.dialect, got.header, got.raw)
			}
			for range 2 { // and once more says the same
				got := s.call(t, "DELETE", path+"/"+requestID, bank, nil)
				if got.status != 202 || got.body["received_time"] != "2026-11-23T15:00:00Z" || got.body["subject_request_id"] != requestID {
					t.Errorf("%d %s", got.status, got.raw)
				}
				s.genuine(t, c.dialect, got.header, got.raw)
			}
			if got := s.call(t, "GET", path+"/"+requestID, bank, nil); got.body["request_status"] != "cancelled" {
				t.Errorf("%d %s", got.status, got.raw)
			}
			if log := s.log.String(); strings.Contains(log, "customer-0001") || strings.Contains(log, requestID) {
				t.Errorf("the log says too much:\n%s", log)
			}
		})
	}
}

func TestOpenDSRRefusals(t *testing.T) {
	s := newSite(t)
	path := "/v2/requests"
	if got := s.call(t, "POST", path, bank, requestBody(t, nil)); got.status != 201 {
		t.Fatal(got.status)
	}
	s.desk.set(t, requestID, func(t *protocols.Ticket) { t.State = "in-progress" })
	for name, c := range map[string]struct {
		method, path, token string
		body                []byte
		status              int
		message             string
	}{
		"no token":                   {"POST", path, "", requestBody(t, nil), 401, "a valid access token is needed"},
		"a person's token":           {"POST", path, "bank-client consent-receipts/self", requestBody(t, nil), 403, "the token does not allow this"},
		"an unknown client":          {"POST", path, "x " + protocols.ScopeController, requestBody(t, nil), 403, "the token does not allow this"},
		"no JSON":                    {"POST", path, bank, []byte("x"), 400, "not a JSON object without repeated members"},
		"rectification":              {"POST", path, bank, requestBody(t, map[string]any{"subject_request_type": "rectification"}), 400, "subject_request_type: not supported; see /discovery"},
		"another controller's":       {"GET", path + "/" + requestID, "other-client " + protocols.ScopeController, nil, 404, "no such request"},
		"cancel another's":           {"DELETE", path + "/" + requestID, "other-client " + protocols.ScopeController, nil, 404, "no such request"},
		"unknown":                    {"GET", path + "/3f2b8c1e-90a4-4d6b-8f3e-6b1d2c7a9e51", bank, nil, 404, "no such request"},
		"no id":                      {"GET", path + "/7", bank, nil, 404, "no such request"},
		"cancel what is in progress": {"DELETE", path + "/" + requestID, bank, nil, 409, "the request can no longer be taken back"},
	} {
		got := s.call(t, c.method, c.path, c.token, c.body)
		inner, _ := got.body["error"].(map[string]any)
		if got.status != c.status || inner["code"] != float64(c.status) || inner["message"] != c.message {
			t.Errorf("%s: %d %s", name, got.status, got.raw)
		}
	}
	for err, code := range map[error]int{protocols.ErrBusy: 503, protocols.ErrNotCovered: 400, errors.New("disk on fire"): 500} {
		s.desk.fail = err
		got := s.call(t, "POST", path, bank, requestBody(t, nil))
		if got.status != code || strings.Contains(string(got.raw), "fire") {
			t.Errorf("%v: %d %s", err, got.status, got.raw)
		}
	}
	s.api.OpenDSR = nil
	if got := s.call(t, "GET", "/v2/discovery", "", nil); got.status != 404 {
		t.Errorf("not configured: %d", got.status)
	}
}

// names resolves one name to a local receiver.
type names map[string]netip.Addr

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if a, ok := n[host]; ok {
		return []netip.Addr{a}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host}
}

// TestOpenDSRCallback: a change is told, signed, to the URL that the controller
// gave, which is down for an hour.
func TestOpenDSRCallback(t *testing.T) {
	s := newSite(t)
	var got []byte
	var header http.Header
	down := true
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		got, _ = io.ReadAll(r.Body)
		header = r.Header
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(receiver.Close)
	own := netip.MustParseAddrPort(receiver.Listener.Addr().String())
	policy := callback.Public()
	policy.Resolver = names{"example.com": own.Addr()}
	policy.Allow = func(a netip.AddrPort) bool { return a == own }
	policy.Roots = receiver.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	sender := callback.NewSender(policy, 5*time.Second, func() time.Time { return s.now })

	u, err := url.Parse(receiver.URL)
	must(t, err)
	target := "https://example.com:" + u.Port() + "/opendsr/callbacks"
	s.call(t, "POST", "/v2/requests", bank, requestBody(t, map[string]any{"status_callback_urls": []any{target}}))
	ticket := s.desk.set(t, requestID, func(t *protocols.Ticket) { t.State = "completed" })
	messages, err := s.api.Callbacks(ticket)
	must(t, err)
	if len(messages) != 1 || messages[0].URL != target {
		t.Fatalf("%+v", messages)
	}
	var state callback.State
	for state.Outcome == callback.Waiting {
		state, _ = sender.Send(t.Context(), messages[0], state)
		if s.now = state.Next; s.now.Sub(now) > time.Hour {
			down = false
		}
	}
	s.now = now
	if state.Outcome != callback.Delivered || state.Attempts < 3 {
		t.Fatalf("%+v", state)
	}
	var body map[string]any
	must(t, json.Unmarshal(got, &body))
	if body["request_status"] != "completed" || body["status_callback_url"] != target || header.Get("Content-Type") != "application/json" {
		t.Errorf("%s", got)
	}
	s.genuine(t, opendsr.OpenDSR, header, got)
}

func openDSRStates() map[datarequest.State]bool {
	states := map[datarequest.State]bool{}
	for _, row := range opendsr.States {
		states[row.State] = true
	}
	return states
}
