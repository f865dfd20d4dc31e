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
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/callback"
	"consent-receipts/shared/opendsr"
)

// peers is a system whose clock the test moves. A controller and an agent send it requests,
// and one receiver gets their callbacks.
type peers struct {
	*here
	now    time.Time
	agent  string // its token
	key    ed25519.PrivateKey
	down   bool // the receiver
	told   []called
	port   int
	sender *callback.Sender
}

// called is a message that the receiver got.
type called struct {
	path   string
	header http.Header
	body   []byte
}

func openPeers(t *testing.T) *peers {
	t.Helper()
	p := &peers{now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)}
	p.here = &here{log: new(bytes.Buffer), dir: t.TempDir()}
	p.begin(t)
	t.Cleanup(func() { must(t, p.sys.Close()) })
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		body, err := io.ReadAll(r.Body)
		must(t, err)
		p.told = append(p.told, called{r.URL.Path, r.Header, body})
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(receiver.Close)
	p.port = receiver.Listener.Addr().(*net.TCPAddr).Port
	policy := callback.Public()
	policy.Roots = receiver.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	policy.Allow = func(netip.AddrPort) bool { return true }
	policy.Resolver = nowhere{}
	p.sender = callback.NewSender(policy, patience, p.clock)

	p.key = agentKey(t, p.here)
	a := p.ask(t, "", "POST", "/v1/agent/"+system.SampleAgent, p.sign(t, p.envelope(nil)), "Content-Type", "text/plain")
	var token struct{ Token string }
	a.into(t, &token)
	p.agent = token.Token
	return p
}

func (p *peers) clock() time.Time { return p.now }

// begin starts the machine, for the first time or again.
func (p *peers) begin(t *testing.T) {
	t.Helper()
	sys, err := system.Open(t.Context(), p.dir, sample(t), p.clock, slog.New(slog.NewJSONHandler(p.log, nil)))
	must(t, err)
	site, err := sys.Site(8080)
	must(t, err)
	p.sys, p.Site = sys, site
}

// nowhere resolves every name to this machine.
type nowhere struct{}

func (nowhere) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
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

// target returns the receiver's URL.
func (p *peers) target(path string) string {
	return fmt.Sprintf("https://example.com:%d%s", p.port, path)
}

// openDSR returns a request as section 7.1 of OpenDSR 2.0 has it, with some members changed.
// nil removes a member.
func openDSR(t *testing.T, id, kind, customer string, changes map[string]any) string {
	t.Helper()
	m := map[string]any{
		"regulation": "gdpr", "subject_request_id": id, "subject_request_type": kind, "submitted_time": "2026-11-23T12:00:00Z", "api_version": "2.0",
		"subject_identities": []any{map[string]any{"identity_type": "controller_customer_id", "identity_value": customer, "identity_format": "raw"}},
	}
	for name, v := range changes {
		if m[name] = v; v == nil {
			delete(m, name)
		}
	}
	return string(marshal(t, m))
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	must(t, err)
	return b
}

// requestID returns the nth id that the controller made.
func requestID(n int) string { return fmt.Sprintf("a7551968-d5d6-44b2-9831-%012d", n) }

// of sends a request of the controller's.
func (p *peers) of(t *testing.T, method, path, body string) answer {
	t.Helper()
	token, err := p.Token(system.SampleController) // a token does not last as long as some stories
	must(t, err)
	return p.ask(t, token, method, path, body)
}

// genuine checks an answer as a controller does: the certificate from where the discovery
// document says it is, then the signature over the raw body.
func (p *peers) genuine(t *testing.T, d opendsr.Dialect, header http.Header, body []byte) {
	t.Helper()
	var discovery struct {
		Certificate string `json:"processor_certificate"`
	}
	p.ask(t, "", "GET", "/v2/discovery", "").into(t, &discovery)
	path, ok := strings.CutPrefix(discovery.Certificate, "https://"+header.Get(d.DomainHeader))
	if !ok {
		t.Fatalf("the certificate is elsewhere: %s, %v", discovery.Certificate, header)
	}
	block, rest := pem.Decode(p.ask(t, "", "GET", path, "").body)
	cert, err := x509.ParseCertificate(block.Bytes)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(rest)
	_, err = cert.Verify(x509.VerifyOptions{Roots: roots, DNSName: header.Get(d.DomainHeader), CurrentTime: p.now})
	must(t, err)
	signature, err := base64.StdEncoding.DecodeString(header.Get(d.SignatureHeader))
	must(t, err)
	must(t, cert.CheckSignature(x509.SHA256WithRSA, body, signature))
}

// envelope is what every message of the agent's has, and some claims more.
func (p *peers) envelope(claims map[string]any) map[string]any {
	m := map[string]any{
		"drp.version": "1.0", "agent-id": system.SampleAgent, "business-id": system.SampleBusiness,
		"issued-at": p.now.Add(-time.Second).Format(time.RFC3339), "expires-at": p.now.Add(10 * time.Minute).Format(time.RFC3339),
	}
	maps.Copy(m, claims)
	return m
}

// sign signs in libsodium's combined mode, as section 3.07 of the protocol has it.
func (p *peers) sign(t *testing.T, claims map[string]any) string {
	t.Helper()
	message := marshal(t, claims)
	return base64.StdEncoding.EncodeToString(append(ed25519.Sign(p.key, message), message...))
}

// progress is what an agent is told about a request.
type progress struct {
	ID           string `json:"request_id"`
	Status       string
	Reason       string
	Details      string `json:"processing_details"`
	Verification string `json:"user_verification_url"`
	Results      string `json:"results_url"`
	Expected     string `json:"expected_by"`
}

func (p *peers) exercise(t *testing.T, claims map[string]any) answer {
	t.Helper()
	signed := p.sign(t, p.envelope(claims))
	return p.ask(t, p.agent, "POST", "/v1/data-rights-request", signed, "Content-Type", "text/plain")
}

// alexAsks are claims of the sample person, whom the agent has verified.
func alexAsks(action string, more ...string) map[string]any {
	m := map[string]any{"exercise": action, "regime": "ccpa", "name": "Alex Rivera", "email": "alex@example.com", "email_verified": true}
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

// exercised returns the answer to a request that was accepted.
func (p *peers) exercised(t *testing.T, claims map[string]any) (out progress) {
	t.Helper()
	p.exercise(t, claims).into(t, &out)
	return out
}

func (p *peers) agentStatus(t *testing.T, id string) (a answer, out progress) {
	t.Helper()
	a = p.ask(t, p.agent, "GET", "/v1/data-rights-request/"+id, "")
	a.into(t, &out)
	return a, out
}

// desk takes the newest open request of a customer through steps. A step is an act, with a
// reason after a colon if it has one.
func (p *peers) desk(t *testing.T, customer string, steps ...string) {
	t.Helper()
	var found struct{ Person string }
	p.ask(t, p.token(t, system.SampleOperator), "POST", "/v1/operator/people", `{"customer":"`+customer+`"}`).into(t, &found)
	at := "/v1/operator/people/" + found.Person
	var open struct{ Requests []struct{ ID, Type string } }
	p.ask(t, p.token(t, system.SampleOperator), "GET", at+"/data-requests", "").into(t, &open)
	if len(open.Requests) == 0 {
		t.Fatalf("%s has no request", customer)
	}
	id := open.Requests[len(open.Requests)-1].ID
	for _, step := range steps {
		act, reason, _ := strings.Cut(step, ":")
		body := map[string]any{"act": act}
		if reason != "" {
			body["reason"] = reason
		}
		switch {
		case act == "complete" && open.Requests[len(open.Requests)-1].Type == "access":
			body["nothing_held"] = true
		case act == "complete-partly":
			body["withheld"] = []map[string]string{{"what": "the notes of a call", "why": reason}}
		}
		a := p.ask(t, p.token(t, system.SampleOperator), "POST", at+"/data-requests/"+id+"/steps", string(marshal(t, body)), "Case-Reference", "DR-4")
		if a.status != http.StatusCreated {
			t.Fatalf("%s: %d %s", step, a.status, a.body)
		}
	}
}

// wait lets so much time pass that every waiting request expires.
func (p *peers) wait(t *testing.T) {
	t.Helper()
	p.now = p.now.AddDate(0, 0, 50)
	_, err := p.sys.Sweep().Run(t.Context(), 60)
	must(t, err)
}

// work sends the callbacks that are due, and returns when the next one is due.
func (p *peers) work(t *testing.T) time.Time {
	t.Helper()
	next, err := p.sys.Courier.Work(t.Context(), p.sender)
	must(t, err)
	return next
}
