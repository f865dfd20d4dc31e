package protocols_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"consent-receipts/functions/internal/banktest"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/opendsr"
)

const (
	clientID   = "controller-0001"
	controller = "first-example-bank"
	agentID    = "SAMPLE_AGENT_001"
	otherAgent = "OTHER_AGENT_002"
	business   = "FIRST_EXAMPLE_BANK"
)

// answering is the key that signs OpenDSR's answers, with its certificate by an authority
// that is made for it.
var answering = sync.OnceValues(func() (*rsa.PrivateKey, []byte) {
	key, err1 := rsa.GenerateKey(rand.Reader, 2048)
	authority, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: banktest.Opened.AddDate(-1, 0, 0), NotAfter: banktest.Opened.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: root.NotBefore, NotAfter: root.NotAfter, DNSNames: []string{"localhost"}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if err := errors.Join(err1, err2); err != nil {
		panic(err)
	}
	var chain []byte
	for cert, public := range map[*x509.Certificate]crypto.PublicKey{leaf: key.Public(), root: authority.Public()} {
		der, err := x509.CreateCertificate(rand.Reader, cert, root, public, authority)
		if err != nil {
			panic(err)
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
		if chain = append(chain, block...); cert == leaf {
			chain = append(block, chain[:len(chain)-len(block)]...)
		}
	}
	return key, chain
})

// peers has other systems that send requests to the bank.
type peers struct {
	*banktest.Bank
	api    *protocols.API
	keys   map[string]ed25519.PrivateKey // of agents
	tokens map[string]string
	log    bytes.Buffer
}

func open(t *testing.T) *peers {
	t.Helper()
	p := &peers{Bank: banktest.Open(t), keys: map[string]ed25519.PrivateKey{}, tokens: map[string]string{}}
	var agents []drp.Agent
	for i, id := range []string{agentID, otherAgent} {
		p.keys[id] = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i)}, ed25519.SeedSize))
		agents = append(agents, drp.Agent{ID: id, Name: id, VerifyKey: base64.StdEncoding.EncodeToString(p.keys[id].Public().(ed25519.PublicKey))})
	}
	key, chain := answering()
	files := fstest.MapFS{
		protocols.OpenDSRFile: {Data: marshal(map[string]any{"domain": "localhost", "controllers": map[string]string{clientID: controller}, "opengdpr_pss": true})},
		protocols.ChainFile:   {Data: chain},
		protocols.DRPFile:     {Data: marshal(map[string]string{"business": business})},
		protocols.AgentsFile:  {Data: marshal(agents)},
	}
	clock := func() time.Time { return p.Time }
	match := func(_ context.Context, person *drp.Person) (customer, refusal string, err error) {
		if person.Email != "alex@example.com" {
			return "", "no-such-person", nil
		}
		return banktest.Alex, "", nil
	}
	p.api = &protocols.API{
		Counter: &counter.Counter{Registrar: p.Registrar, Pseudonyms: p.Pseudonyms, Tickets: p.Store, Match: match},
		Clock:   clock, Log: slog.New(slog.NewJSONHandler(&p.log, nil)),
	}
	var err1, err2 error
	p.api.OpenDSR, err1 = protocols.LoadOpenDSR(files, func(context.Context, *rsa.PublicKey) crypto.Signer { return key }, rand.Reader, p.Time)
	p.api.DRP, err2 = protocols.LoadDRP(files, bytes.Repeat([]byte{7}, 32), rand.Reader)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return p
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// ask calls the handler of a route.
func (p *peers) ask(call gateway.Call, route, id, body, bearer string) *httptest.ResponseRecorder {
	method, path, _ := strings.Cut(route, " ")
	call.ID, call.Route = "r-1", route
	r := httptest.NewRequest(method, strings.ReplaceAll(path, "{id}", "x"), strings.NewReader(body))
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	r.SetPathValue("id", id)
	w := httptest.NewRecorder()
	p.api.Handlers().For(route).ServeHTTP(w, r.WithContext(call.With(r.Context())))
	return w
}

// bank returns the headers of the controller with its verified token.
var bank = gateway.Call{Claims: map[string]string{"client_id": clientID}, Scopes: []string{protocols.ScopeController}}

// sign makes a signed message of an agent (3.07).
func (p *peers) sign(agent string, claims map[string]any) string {
	all := map[string]any{
		"agent-id": agent, "business-id": business, "drp.version": "1.0",
		"issued-at": p.Time.Add(-time.Second).Format(time.RFC3339), "expires-at": p.Time.Add(10 * time.Minute).Format(time.RFC3339),
	}
	maps.Copy(all, claims)
	return p.bare(agent, all)
}

// bare signs claims alone.
func (p *peers) bare(agent string, claims map[string]any) string {
	message := marshal(claims)
	return base64.StdEncoding.EncodeToString(append(ed25519.Sign(p.keys[agent], message), message...))
}

// token gets a token for an agent.
func (p *peers) token(t *testing.T, agent string) string {
	t.Helper()
	if p.tokens[agent] == "" {
		w := p.ask(gateway.Call{}, "POST /v1/agent/{id}", agent, p.sign(agent, nil), "")
		var given struct{ Token string }
		if err := json.Unmarshal(w.Body.Bytes(), &given); err != nil || w.Code != 200 || given.Token == "" {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		p.tokens[agent] = given.Token
	}
	return p.tokens[agent]
}

const requestID = "a7551968-d5d6-44b2-9831-000000000001"

// openDSR returns a controller's request for a customer's data.
func openDSR(id string) string {
	return string(marshal(map[string]any{
		"regulation": "gdpr", "subject_request_id": id, "subject_request_type": "access", "submitted_time": "2026-11-23T12:00:00Z", "api_version": "2.0",
		"subject_identities": []any{map[string]any{"identity_type": "controller_customer_id", "identity_value": banktest.Alex, "identity_format": "raw"}},
	}))
}

// TestController: a controller asks, follows and cancels. Each answer is signed over the
// bytes that the controller got.
func TestController(t *testing.T) {
	p := open(t)
	body := openDSR(requestID)
	for _, c := range []struct {
		route, body string
		status      int
		want        string
	}{
		{"POST /v2/requests", body, 201, base64.StdEncoding.EncodeToString([]byte(body))},
		{"POST /v2/requests", body, 201, requestID},
		{"GET /v2/requests/{id}", "", 200, `"request_status":"pending"`},
		{"DELETE /v2/requests/{id}", "", 202, requestID},
		{"DELETE /v2/requests/{id}", "", 202, requestID},
		{"GET /v2/requests/{id}", "", 200, `"request_status":"cancelled"`},
	} {
		w := p.ask(bank, c.route, requestID, c.body, "")
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: %d %s", c.route, w.Code, w.Body)
		}
		signature, err := base64.StdEncoding.DecodeString(w.Header().Get("X-OpenDSR-Signature"))
		key, _ := answering()
		if err != nil || verify(&key.PublicKey, w.Body.Bytes(), signature) != nil {
			t.Errorf("%s: the signature does not verify: %v", c.route, w.Header())
		}
	}
	if !p.api.OpenDSR.Signer.OldPSS {
		t.Error("the padding for OpenGDPR is not the configured one")
	}
	if w := p.ask(gateway.Call{}, "GET /v2/discovery", "", "", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "certificate.pem") {
		t.Errorf("discovery: %d %s", w.Code, w.Body)
	}
	if w := p.ask(gateway.Call{}, "GET /v2/certificate.pem", "", "", ""); w.Code != 200 || w.Header().Get("Content-Type") != "application/x-pem-file" {
		t.Errorf("certificate: %d %v", w.Code, w.Header())
	}
}

func verify(key *rsa.PublicKey, body, signature []byte) error {
	h := crypto.SHA256.New()
	_, _ = h.Write(body)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, h.Sum(nil), signature)
}

// TestAgent: an agent asks in a person's name, follows and revokes the request. Another agent
// learns nothing of it.
func TestAgent(t *testing.T) {
	p := open(t)
	mine, theirs := p.token(t, agentID), p.token(t, otherAgent)
	var status struct {
		ID     string `json:"request_id"`
		Status string
	}
	step := func(who, route, id, body, want string) {
		t.Helper()
		w := p.ask(gateway.Call{}, route, id, body, who)
		if err := json.Unmarshal(w.Body.Bytes(), &status); err != nil || w.Code != 200 || status.Status != want {
			t.Fatalf("%s: %d %s", route, w.Code, w.Body)
		}
	}
	exercise := p.sign(agentID, map[string]any{"exercise": "access", "regime": "ccpa", "agent-request-id": "case-7", "email": "alex@example.com", "email_verified": true})
	step(mine, "POST /v1/data-rights-request", "", exercise, "in_progress")
	id := status.ID
	step(mine, "GET /v1/data-rights-request/{id}", id, "", "in_progress")
	for _, other := range [][2]string{{theirs, id}, {mine, "nothing"}, {mine, strings.Repeat("9", 500)}} {
		if w := p.ask(gateway.Call{}, "GET /v1/data-rights-request/{id}", other[1], "", other[0]); w.Code != 403 || !strings.Contains(w.Body.String(), "not a request of this agent") {
			t.Errorf("%.20s: %d %s", other[1], w.Code, w.Body)
		}
	}
	step(mine, "DELETE /v1/data-rights-request/{id}", id, p.bare(agentID, map[string]any{"reason": "x"}), "revoked")
	if w := p.ask(gateway.Call{}, "GET /v1/agent/{id}", agentID, "", mine); w.Code != 200 || w.Body.String() != "{}" {
		t.Errorf("the token is good: %d %s", w.Code, w.Body)
	}
	if w := p.ask(gateway.Call{}, "GET /v1/agent/{id}", otherAgent, "", mine); w.Code != 403 {
		t.Errorf("another agent's: %d %s", w.Code, w.Body)
	}
	for _, secret := range []string{"alex@example.com", "case-7", banktest.Alex, mine} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// TestRefusals: each refusal has the words of its protocol, and nothing is opened.
func TestRefusals(t *testing.T) {
	p := open(t)
	token := p.token(t, agentID)
	stranger := gateway.Call{Claims: map[string]string{"client_id": "another"}, Scopes: []string{protocols.ScopeController}}
	person := gateway.Call{Claims: map[string]string{"client_id": clientID}, Scopes: []string{"consent-receipts/self"}}
	const ask, agent = "POST /v2/requests", "POST /v1/data-rights-request"
	for name, c := range map[string]struct {
		call                    gateway.Call
		route, id, body, bearer string
		status                  int
		want                    string
	}{
		"no token":                   {gateway.Call{}, ask, "", openDSR(requestID), "", 401, "A valid access token is needed"},
		"a person's token":           {person, ask, "", openDSR(requestID), "", 403, "The token does not allow this"},
		"an unknown client":          {stranger, ask, "", openDSR(requestID), "", 403, "The token does not allow this"},
		"a client's name in its own": {gateway.Call{Claims: map[string]string{"sub": clientID}, Scopes: bank.Scopes}, ask, "", openDSR(requestID), "", 403, ""},
		"no JSON":                    {bank, ask, "", "x", "", 400, "not a JSON object"},
		"too large":                  {bank, ask, "", strings.Repeat(" ", opendsr.MaxBody+1), "", 400, "too large"},
		"unknown":                    {bank, "GET /v2/requests/{id}", requestID, "", "", 404, "There is no such request"},
		"no id":                      {bank, "DELETE /v2/requests/{id}", "7", "", "", 404, "There is no such request"},
		"no such route":              {bank, "PUT /v2/requests", "", "", "", 404, "Not found"},
		"no agent's token":           {gateway.Call{}, agent, "", "", "", 401, `"code":"401"`},
		"a controller as an agent":   {bank, agent, "", "", "x", 401, `"code":"401"`},
		"no message":                 {gateway.Call{}, agent, "", "", token, 400, "base64"},
		"a large message":            {gateway.Call{}, agent, "", strings.Repeat("A", 10*drp.MaxBody), token, 413, "too large"},
		"of another agent":           {gateway.Call{}, agent, "", p.sign(otherAgent, nil), token, 403, "not by the agent"},
		"a key of another":           {gateway.Call{}, "POST /v1/agent/{id}", otherAgent, p.sign(agentID, nil), "", 403, ""},
		"a token twice":              {gateway.Call{}, "GET /v1/agent/{id}", agentID, "", token + ",Bearer " + token, 401, `"code":"401"`},
	} {
		w := p.ask(c.call, c.route, c.id, c.body, c.bearer)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || (w.Header().Get("WWW-Authenticate") != "") != (c.status == 401) {
			t.Errorf("%s: %d %s %v", name, w.Code, w.Body, w.Header())
		}
	}
	if w := p.ask(gateway.Call{}, "POST /v1/agent/{id}", otherAgent, p.sign(agentID, nil), ""); w.Body.Len() > 0 {
		t.Errorf("a refused key has a body: %s", w.Body)
	}
	if s, err := p.Standing(t.Context(), ledger.Person(subject(t, p))); err != nil || s.Seq != 0 {
		t.Errorf("something was opened: %d %v", s.Seq, err)
	}
	p.api.OpenDSR, p.api.DRP = nil, nil
	for route, status := range map[string]int{ask: 404, "GET /v1/discovery": 404, agent: 404, "POST /v1/agent/{id}": 403} {
		if w := p.ask(bank, route, agentID, "", token); w.Code != status {
			t.Errorf("%s, not spoken here: %d %s", route, w.Code, w.Body)
		}
	}
}

func subject(t *testing.T, p *peers) string {
	t.Helper()
	s, err := p.Pseudonyms.Of(banktest.Alex)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestFaults: an answer to a failure says nothing of the inside, and says whether the caller
// may try again. An alarm watches for entries that cannot be believed.
func TestFaults(t *testing.T) {
	for fault, want := range map[error]int{ledger.ErrUnavailable: 503, errors.New("disk on fire"): 500, ledger.ErrCorrupt: 503} {
		p := open(t)
		p.Registrar.Store = broken{p.Store, fault}
		w := p.ask(bank, "POST /v2/requests", "", openDSR(requestID), "")
		if w.Code != want || strings.Contains(w.Body.String(), "fire") || (w.Header().Get("Retry-After") != "") != (want == 503) {
			t.Errorf("%v: %d %s", fault, w.Code, w.Body)
		}
		if alarmed := strings.Contains(p.log.String(), `"`+alarm.Refused+`"`); alarmed != errors.Is(fault, ledger.ErrCorrupt) {
			t.Errorf("%v: alarm %t: %s", fault, alarmed, &p.log)
		}
	}
	var log bytes.Buffer
	w := httptest.NewRecorder()
	protocols.NotReady(slog.New(slog.NewJSONHandler(&log, nil)), io.ErrUnexpectedEOF).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "EOF") || !strings.Contains(log.String(), "EOF") {
		t.Errorf("not ready: %d %s, logged %s", w.Code, w.Body, &log)
	}
}

// broken is a ledger whose newest entries cannot be read.
type broken struct {
	ledger.Store
	err error
}

func (b broken) Newest(context.Context, ledger.Subject) (ledger.Entry, error) {
	return ledger.Entry{}, b.err
}
