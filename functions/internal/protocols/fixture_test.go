package protocols_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/opendsr"
)

const (
	domain   = "consent.first-example-bank.example"
	business = "FIRST_EXAMPLE_BANK"
	bankID   = "first-example-bank"
	agentID  = "EXAMPLE_AGENT_001"
	otherID  = "OTHER_AGENT_002"
)

var now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// desk keeps requests in memory, as the contract of protocols.Desk says.
type desk struct {
	mu      sync.Mutex
	clock   func() time.Time
	tickets map[string]*kept // by key
	fail    error
}

type kept struct {
	request protocols.Request
	ticket  protocols.Ticket
}

func (d *desk) Open(_ context.Context, r protocols.Request) (protocols.Ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return protocols.Ticket{}, d.fail
	}
	if k := d.tickets[r.Key]; k != nil {
		if k.request.Digest != r.Digest {
			return protocols.Ticket{}, protocols.ErrMismatch
		}
		return k.ticket, nil
	}
	t := protocols.Ticket{ID: r.Origin.ID, Origin: r.Origin, State: datarequest.Received, Received: d.clock(), Expected: d.clock().AddDate(0, 1, 0)}
	if r.Origin.Party.Protocol == protocols.ProtocolDRP {
		t.ID = fmt.Sprintf("9d3e7c1a-5b2f-4a68-8c70-%012d", len(d.tickets))
	}
	d.tickets[r.Key] = &kept{r, t}
	return t, nil
}

func (d *desk) find(of protocols.Party, id string) *kept {
	for _, k := range d.tickets {
		if k.ticket.Origin.Party == of && k.ticket.ID == id {
			return k
		}
	}
	return nil
}

func (d *desk) Find(_ context.Context, of protocols.Party, id string) (protocols.Ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.fail != nil {
		return protocols.Ticket{}, d.fail
	}
	if k := d.find(of, id); k != nil {
		return k.ticket, nil
	}
	return protocols.Ticket{}, protocols.ErrNotFound
}

func (d *desk) TakeBack(_ context.Context, of protocols.Party, id, _ string) (protocols.Ticket, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	k := d.find(of, id)
	switch {
	case k == nil:
		return protocols.Ticket{}, protocols.ErrNotFound
	case k.ticket.State == "completed" || k.ticket.State == "denied":
		return protocols.Ticket{}, protocols.ErrEnded
	}
	k.ticket.State = datarequest.Withdrawn
	return k.ticket, nil
}

// set is what happens at the operator's desk.
func (d *desk) set(t *testing.T, id string, change func(*protocols.Ticket)) protocols.Ticket {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, k := range d.tickets {
		if k.ticket.ID == id {
			change(&k.ticket)
			return k.ticket
		}
	}
	t.Fatalf("no request %s", id)
	return protocols.Ticket{}
}

func (d *desk) only(t *testing.T) protocols.Request {
	t.Helper()
	if len(d.tickets) != 1 {
		t.Fatalf("%d requests", len(d.tickets))
	}
	for _, k := range d.tickets {
		return k.request
	}
	return protocols.Request{}
}

// site is both protocols behind HTTP, as API Gateway would put them there.
type site struct {
	*httptest.Server
	api  *protocols.API
	desk *desk
	now  time.Time
	log  bytes.Buffer
	root *x509.Certificate
}

func seed(id string) []byte { return bytes.Repeat([]byte{id[0]}, ed25519.SeedSize) }

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{now: now}
	clock := func() time.Time { return s.now }
	s.desk = &desk{clock: clock, tickets: map[string]*kept{}}
	var entries []drp.Agent
	for _, id := range []string{agentID, otherID} {
		key := ed25519.NewKeyFromSeed(seed(id)).Public().(ed25519.PublicKey)
		entries = append(entries, drp.Agent{ID: id, Name: id, VerifyKey: base64.StdEncoding.EncodeToString(key)})
	}
	list, err := json.Marshal(entries)
	must(t, err)
	agents, err := drp.ParseDirectory(list)
	must(t, err)
	receiver := &drp.Receiver{Business: business, Agents: agents}
	tokens, err := drp.NewTokens(bytes.Repeat([]byte{1}, 32), receiver, rand.Reader)
	must(t, err)
	s.api = &protocols.API{
		Desk: s.desk, Clock: clock, Log: slog.New(slog.NewJSONHandler(&s.log, nil)),
		OpenDSR: &protocols.OpenDSR{Signer: s.signer(t), Controllers: map[string]string{"bank-client": bankID, "other-client": "other-bank"}},
		DRP:     &protocols.DRP{Receiver: receiver, Tokens: tokens},
	}
	mux := http.NewServeMux()
	for _, r := range protocols.Routes() {
		mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, in *http.Request) { s.invoke(t, r.Pattern, w, in) })
	}
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

var keys = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
var rootKeys = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })

func (s *site) signer(t *testing.T) *opendsr.Signer {
	t.Helper()
	key, err := keys()
	must(t, err)
	rootKey, err := rootKeys()
	must(t, err)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Local root"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	must(t, err)
	s.root, err = x509.ParseCertificate(der)
	must(t, err)
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err = x509.CreateCertificate(rand.Reader, leaf, s.root, key.Public(), rootKey)
	must(t, err)
	signer, err := opendsr.NewSigner(domain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), key, rand.Reader, now)
	must(t, err)
	return signer
}

// invoke turns a request into an event and the answer back. A token "<client_id>
// <scope>" stands for one that the authorizer verified; the agents' routes have no
// authorizer.
func (s *site) invoke(t *testing.T, pattern string, w http.ResponseWriter, in *http.Request) {
	body, err := io.ReadAll(in.Body)
	must(t, err)
	e := events.APIGatewayV2HTTPRequest{
		RouteKey: pattern, Headers: map[string]string{}, Body: string(body), PathParameters: map[string]string{"id": in.PathValue("id")},
	}
	if in.Header.Get("Content-Type") == "" || !utf8.Valid(body) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	for name := range in.Header {
		e.Headers[strings.ToLower(name)] = in.Header.Get(name)
	}
	for _, r := range protocols.Routes() {
		if r.Pattern == pattern && slices.Contains(r.Scopes, protocols.ScopeController) {
			client, scope, _ := strings.Cut(strings.TrimPrefix(in.Header.Get("Authorization"), "Bearer "), " ")
			if client != "" {
				e.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
					JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: map[string]string{"client_id": client}, Scopes: []string{scope}},
				}
			}
		}
	}
	out, err := s.api.Function()(in.Context(), e)
	must(t, err)
	for name, value := range out.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(out.StatusCode)
	_, _ = io.WriteString(w, out.Body)
}

// answered is an HTTP answer, read.
type answered struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (s *site) call(t *testing.T, method, path, token string, body []byte) answered {
	t.Helper()
	req, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	must(t, err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer res.Body.Close()
	out := answered{status: res.StatusCode, header: res.Header}
	out.raw, err = io.ReadAll(res.Body)
	must(t, err)
	if strings.HasPrefix(out.header.Get("Content-Type"), "application/json") {
		must(t, json.Unmarshal(out.raw, &out.body))
	}
	return out
}
