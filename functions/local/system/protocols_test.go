package system_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/callback"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/receipt"
)

// openDSR is a request as section 7.1 of OpenDSR 2.0 has it.
func openDSR(id, kind, customer string) string {
	return fmt.Sprintf(`{"regulation":"gdpr","subject_request_id":%q,"subject_request_type":%q,"submitted_time":"2026-11-01T15:00:00Z",`+
		`"subject_identities":[{"identity_type":"controller_customer_id","identity_value":%q,"identity_format":"raw"}],"api_version":"2.0"}`, id, kind, customer)
}

// TestController: a controller asks in a person's name; the staff answers; the person
// has the receipts, and another controller sees nothing.
func TestController(t *testing.T) {
	h := open(t)
	token, err := h.ControllerToken()
	must(t, err)
	clerk, person := h.token(t, system.SampleOperator), h.token(t, alex)
	const id = "a7551968-d5d6-44b2-9831-815ac9017798"
	asked := h.ask(t, token, "POST", "/v2/requests", openDSR(id, "erasure", alex))
	if asked.status != http.StatusCreated {
		t.Fatalf("%d %s", asked.status, asked.body)
	}
	again := h.ask(t, token, "POST", "/v2/requests", openDSR(id, "erasure", alex))
	if string(again.body) != string(asked.body) {
		t.Errorf("the same again: %s, was %s", again.body, asked.body)
	}
	if other := h.ask(t, token, "POST", "/v2/requests", openDSR(id, "access", alex)); other.status != http.StatusBadRequest {
		t.Errorf("the same id for another request: %d", other.status)
	}
	stands := h.standing(t, person)
	if stands.Seq != 1 || len(stands.Requests) != 1 {
		t.Fatalf("%d receipts, requests %+v", stands.Seq, stands.Requests)
	}
	verifier, err := receipt.NewVerifier(h.sys.Root)
	must(t, err)
	var raw issued
	raw.Receipt = string(h.ask(t, person, "GET", "/v1/receipts/1", "", "Accept", "application/sd-jwt").body)
	rec, err := verifier.Verify(raw.Receipt)
	must(t, err)
	if rec.Event.Channel != protocols.ProtocolOpenDSR || !strings.Contains(string(rec.Actor[0].Value), "first-example-bank") || !strings.Contains(string(rec.Evidence[0].Value), `"none"`) {
		t.Errorf("the receipt says %s, %s, %s", rec.Event.Channel, rec.Actor[0].Value, rec.Evidence[0].Value)
	}
	status := func(path string) string {
		var out struct {
			Status string `json:"request_status"`
		}
		h.ask(t, token, "GET", path+id, "").into(t, &out)
		return out.Status
	}
	if got := status("/v2/requests/"); got != "pending" {
		t.Errorf("status %s", got)
	}
	var found struct{ Person string }
	h.ask(t, clerk, "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
	var first struct{ ID string }
	must(t, json.Unmarshal(marshal(t, stands.Requests[0]), &first))
	steps := "/v1/operator/people/" + found.Person + "/data-requests/" + first.ID + "/steps"
	for act, want := range map[string]string{"start": "in_progress"} {
		h.ask(t, clerk, "POST", steps, `{"act":"`+act+`"}`, "Case-Reference", "DR-3")
		if got := status("/v1/opengdpr_requests/"); got != want {
			t.Errorf("after %s: %s, want %s", act, got, want)
		}
	}
	if late := h.ask(t, token, "DELETE", "/v2/requests/"+id, ""); late.status != http.StatusConflict {
		t.Errorf("cancelled while in progress: %d", late.status)
	}
	h.ask(t, clerk, "POST", steps, `{"act":"deny","reason":"excessive"}`, "Case-Reference", "DR-3")
	if got := status("/v2/requests/"); got != "cancelled" {
		t.Errorf("denied is told as %s", got)
	}
	// one that is still pending can be cancelled, and a person who does not exist here is no secret
	for _, c := range []struct{ id, customer string }{{"b7551968-d5d6-44b2-9831-815ac9017798", lucia}, {"c7551968-d5d6-44b2-9831-815ac9017798", "nobody-we-know"}} {
		if a := h.ask(t, token, "POST", "/v2/requests", openDSR(c.id, "access", c.customer)); a.status != http.StatusCreated {
			t.Errorf("%d %s", a.status, a.body)
		}
		for range 2 {
			if a := h.ask(t, token, "DELETE", "/v2/requests/"+c.id, ""); a.status != http.StatusAccepted {
				t.Errorf("cancel: %d %s", a.status, a.body)
			}
		}
	}
	if strings.Contains(h.log.String(), alex) || strings.Contains(h.log.String(), found.Person) {
		t.Error("the log names a person")
	}
}

// TestControllerSignature: answers are signed by the key in the certificate that the
// discovery document points to.
func TestControllerSignature(t *testing.T) {
	h := open(t)
	token, err := h.ControllerToken()
	must(t, err)
	chain := h.ask(t, "", "GET", "/v2/certificate.pem", "")
	block, _ := pem.Decode(chain.body)
	cert, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	a := h.ask(t, token, "POST", "/v2/requests", openDSR("a7551968-d5d6-44b2-9831-815ac9017798", "access", alex))
	signature, err := base64.StdEncoding.DecodeString(a.header.Get("X-OpenDSR-Signature"))
	must(t, err)
	must(t, cert.CheckSignature(x509.SHA256WithRSA, a.body, signature))
}

// TestOldClient: a request as an OpenGDPR client of 2018 sends it, to the letter.
func TestOldClient(t *testing.T) {
	h := open(t)
	token, err := h.ControllerToken()
	must(t, err)
	const id = "a7551968-d5d6-44b2-9831-815ac9017798"
	body := `{"subject_request_id":"` + id + `","subject_request_type":"erasure","submitted_time":"2026-11-24T07:00:12Z","api_version":"0.1",` +
		`"status_callback_urls":[],"subject_identities":[{"identity_type":"controller_customer_id","identity_format":"raw","identity_value":"` + alex + `"}],"extensions":null}` + "\n"
	headers := []string{"Content-Type", "Application/JSON", "GDPR-Version", "0.1"}
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/opengdpr_requests", body, 201}, {"GET", "/v1/opengdpr_requests/" + id, "", 200},
		{"DELETE", "/v1/opengdpr_requests/" + id, "", 202}, {"GET", "/v1/opengdpr_requests/a7551968-d5d6-44b2-9831-815ac9017999", "", 404},
	} {
		a := h.ask(t, token, step.method, step.path, step.body, headers...)
		if a.status != step.status || (a.status < 300) != (a.header.Get("X-OpenGDPR-Signature") != "") {
			t.Errorf("%s %s: %d %s", step.method, step.path, a.status, a.body)
		}
	}
}

// TestAgent: an agent in the directory gets a token, asks in a person's name, sees how
// the request stands, and revokes it. Who the person is, the controller's systems say.
func TestAgent(t *testing.T) {
	h := open(t)
	key := agentKey(t, h)
	api, err := h.sys.Protocols()
	must(t, err)
	signed := func(claims map[string]any) string {
		message, err := json.Marshal(claims)
		must(t, err)
		return base64.StdEncoding.EncodeToString(append(ed25519.Sign(key, message), message...))
	}
	now := h.sys.API.Registrar.Clock()
	setup := map[string]any{
		"drp.version": "1.0",
		"agent-id":    system.SampleAgent, "business-id": system.SampleBusiness,
		"issued-at": now.Add(-time.Second).Format(time.RFC3339), "expires-at": now.Add(10 * time.Minute).Format(time.RFC3339),
	}
	given := h.ask(t, "", "POST", "/v1/agent/"+system.SampleAgent, signed(setup), "Content-Type", "text/plain")
	var token struct{ Token string }
	must(t, json.Unmarshal(given.body, &token))
	exercise := maps.Clone(setup)
	maps.Copy(exercise, map[string]any{
		"exercise": "sale:opt-out", "regime": "ccpa", "relationships": []string{"customer"},
		"name": "Alex Rivera", "email": "alex@example.com", "email_verified": true, "agent-request-id": "ours-1",
	})
	type progress struct {
		ID     string `json:"request_id"`
		Status string
		Reason string
	}
	ask := func(claims map[string]any) (p progress) {
		t.Helper()
		a := h.ask(t, token.Token, "POST", "/v1/data-rights-request", signed(claims), "Content-Type", "text/plain")
		if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, a.body)
		}
		must(t, json.Unmarshal(a.body, &p))
		return p
	}
	first := ask(exercise)
	if first.Status != "open" || ask(exercise) != first {
		t.Errorf("asked: %+v", first)
	}
	person := h.token(t, alex)
	if s := h.standing(t, person); s.Seq != 1 || len(s.Requests) != 1 {
		t.Errorf("the person has %d receipts, %+v", s.Seq, s.Requests)
	}
	for email, want := range map[string]string{"nobody@example.com": "no_match", "lucia@example.com": "insuf_verification"} {
		claims := maps.Clone(exercise)
		claims["email"], claims["email_verified"] = email, false
		if p := ask(claims); p.Status != "denied" || p.Reason != want {
			t.Errorf("%s: %+v", email, p)
		}
	}
	revoke := map[string]any{"reason": "changed their mind"}
	a := h.ask(t, token.Token, "DELETE", "/v1/data-rights-request/"+first.ID, signed(revoke), "Content-Type", "text/plain")
	var revoked progress
	must(t, json.Unmarshal(a.body, &revoked))
	if revoked.Status != "revoked" {
		t.Errorf("revoked: %d %s", a.status, a.body)
	}
	other, err := api.DRP.Tokens.New("ANOTHER_AGENT")
	must(t, err)
	if a := h.ask(t, other, "GET", "/v1/data-rights-request/"+first.ID, ""); a.status != http.StatusUnauthorized {
		t.Errorf("a token of somebody who is not in the directory: %d", a.status)
	}
	if strings.Contains(h.log.String(), "alex@example.com") || strings.Contains(h.log.String(), "Rivera") {
		t.Error("the log names a person")
	}
}

// agentKey is the key that the data folder has for the sample agent.
func agentKey(t *testing.T, h *here) ed25519.PrivateKey {
	t.Helper()
	_, err := h.sys.Protocols() // makes it
	must(t, err)
	b, err := os.ReadFile(filepath.Join(h.dir, system.AgentKeyFile))
	must(t, err)
	block, _ := pem.Decode(b)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(t, err)
	return key.(ed25519.PrivateKey)
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return b
}

// TestCallbacks: who sent a request is told what became of it, also when they were down
// for hours, and this machine was off meanwhile.
func TestCallbacks(t *testing.T) {
	dir, log := t.TempDir(), new(bytes.Buffer)
	clock := time.Now()
	now := func() time.Time { return clock }
	begin := func() (*here, func()) {
		sys, err := system.Open(t.Context(), dir, now, slog.New(slog.NewJSONHandler(log, nil)))
		must(t, err)
		site, err := sys.Site(8080)
		must(t, err)
		return &here{site, sys, log, dir}, func() { must(t, sys.Close()) }
	}
	h, end := begin()
	up := false
	var got []string
	var certificate *x509.Certificate
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		body, err := io.ReadAll(r.Body)
		must(t, err)
		signature, err := base64.StdEncoding.DecodeString(r.Header.Get("X-OpenDSR-Signature"))
		must(t, err)
		if err := certificate.CheckSignature(x509.SHA256WithRSA, body, signature); err != nil {
			t.Error(err)
		}
		var told struct {
			Status string `json:"request_status"`
		}
		must(t, json.Unmarshal(body, &told))
		got = append(got, told.Status)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer receiver.Close()
	block, _ := pem.Decode(h.ask(t, "", "GET", "/v2/certificate.pem", "").body)
	certificate, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	policy := callback.Public()
	policy.Roots = receiver.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	policy.Allow = func(netip.AddrPort) bool { return true }
	policy.Resolver = nowhere{} // every name is the receiver
	sender := callback.NewSender(policy, 5*time.Second, now)
	work := func() time.Time {
		t.Helper()
		next, err := h.sys.Outbox.Work(t.Context(), sender)
		must(t, err)
		return next
	}

	token, err := h.ControllerToken()
	must(t, err)
	port := receiver.Listener.Addr().(*net.TCPAddr).Port
	body := strings.Replace(openDSR("a7551968-d5d6-44b2-9831-815ac9017798", "access", alex), `"api_version"`,
		fmt.Sprintf(`"status_callback_urls":["https://example.com:%d/told"],"api_version"`, port), 1)
	if a := h.ask(t, token, "POST", "/v2/requests", body); a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.body)
	}
	clerk := h.token(t, system.SampleOperator)
	var found struct{ Person string }
	h.ask(t, clerk, "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
	var open struct{ Requests []struct{ ID string } }
	h.ask(t, clerk, "GET", "/v1/operator/people/"+found.Person+"/data-requests", "").into(t, &open)
	step := func(act string) {
		t.Helper()
		a := h.ask(t, h.token(t, system.SampleOperator), "POST", "/v1/operator/people/"+found.Person+"/data-requests/"+open.Requests[0].ID+"/steps", `{"act":"`+act+`"}`, "Case-Reference", "DR-4")
		if a.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", act, a.status, a.body)
		}
	}
	if next := work(); !next.IsZero() {
		t.Errorf("something is told of the request's receipt, at %s", next)
	}
	step("start")
	tries := 0
	for tries < 6 { // down for some hours
		next := work()
		if !next.After(clock) {
			t.Fatalf("the next try is at %s, now it is %s", next, clock)
		}
		clock, tries = next, tries+1
	}
	step("complete")
	end()
	h, end = begin() // off, and on again
	defer end()
	up = true
	for range 4 {
		if next := work(); next.After(clock) {
			clock = next
		}
	}
	slices.Sort(got)
	if want := []string{"completed", "in_progress"}; !slices.Equal(got, want) {
		t.Errorf("told %v, want %v", got, want)
	}
	if next := work(); !next.IsZero() || strings.Contains(log.String(), "example.com") {
		t.Errorf("left over: %s\n%s", next, log)
	}
}

// nowhere resolves every name to this machine.
type nowhere struct{}

func (nowhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}
