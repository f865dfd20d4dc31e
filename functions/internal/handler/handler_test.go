package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"consent-receipts/functions/internal/banktest"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/internal/handler/copies"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// desk is the bank's API. Tests call its handlers directly.
type desk struct {
	*banktest.Bank
	api *handler.API
	log bytes.Buffer
}

func open(t *testing.T) *desk {
	t.Helper()
	return at(banktest.Open(t))
}

func at(bank *banktest.Bank) *desk {
	d := &desk{Bank: bank}
	d.api = &handler.API{
		Registrar: d.Registrar, Documents: d.Store, Pseudonyms: d.Pseudonyms, Roots: d.Roots, Audit: d.Audit, Docket: d.Store,
		Copies: copies.All, Channel: "web", Log: slog.New(slog.NewJSONHandler(&d.log, nil)),
	}
	return d
}

// These are the callers.
var (
	nobody   = gateway.Call{}
	alex     = gateway.Call{Claims: map[string]string{"sub": banktest.Alex, "acr": "urn:example:high"}, Scopes: []string{api.ScopeSelf}}
	lucia    = gateway.Call{Claims: map[string]string{"sub": banktest.Lucia}, Scopes: []string{api.ScopeSelf}}
	operator = gateway.Call{Claims: map[string]string{"sub": "clerk-0001"}, Scopes: []string{api.ScopeOperator}}
	auditor  = gateway.Call{Claims: map[string]string{"sub": "auditor-0001"}, Scopes: []string{api.ScopeAuditor}}
)

// ask calls the handler of a route. Values of the path come first, as name=value; headers
// follow, as Name: value.
func (d *desk) ask(t *testing.T, who gateway.Call, route, query string, body any, more ...string) *httptest.ResponseRecorder {
	t.Helper()
	method, path, _ := strings.Cut(route, " ")
	content := new(bytes.Buffer)
	switch b := body.(type) {
	case nil:
	case string:
		content.WriteString(b)
	default:
		if err := json.NewEncoder(content).Encode(b); err != nil {
			t.Fatal(err)
		}
	}
	who.ID, who.Route = "r-1", route
	r := httptest.NewRequest(method, "https://bank.example"+strings.NewReplacer("{", "", "}", "").Replace(path)+"?"+query, content)
	r = r.WithContext(who.With(r.Context()))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, one := range more {
		if name, value, ok := strings.Cut(one, ": "); ok {
			r.Header.Set(name, value)
		} else if name, value, ok := strings.Cut(one, "="); ok {
			r.SetPathValue(name, value)
		}
	}
	function := "receipts"
	for _, known := range handler.Routes() {
		if known.Pattern == route {
			function = known.Function
		}
	}
	w := httptest.NewRecorder()
	d.api.Handlers(function).For(route).ServeHTTP(w, r)
	return w
}

// read reads an answer of a status.
func read[A any](t *testing.T, w *httptest.ResponseRecorder, status int) (out A) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// optIn says yes to account-alerts and no to card-offers.
func (d *desk) optIn(t *testing.T, who gateway.Call, more ...string) *httptest.ResponseRecorder {
	t.Helper()
	offer := read[api.Offer](t, d.ask(t, who, "GET /v1/offers", "language=en", nil), 200)
	return d.ask(t, who, "POST /v1/opt-in", "", api.OptIn{Offer: offer.Offer, Choices: []consent.Choice{
		{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}, {Purpose: "card-offers", Recipient: "parley", Answer: "no"},
	}}, more...)
}

// TestStory: a person opts in, narrows the consent, makes a data request, takes it back and
// opts out, and gets a receipt of each act.
func TestStory(t *testing.T) {
	d := open(t)
	w := d.optIn(t, alex)
	given := read[api.Given](t, w, 201)
	if rec, err := d.Verifier.Verify(given.Receipt); err != nil || given.Seq != 1 || rec.Digest != given.Digest || w.Header().Get("Location") != "/v1/receipts/1" {
		t.Errorf("%+v %v %v", given, err, w.Header())
	}
	standing := read[api.Standing](t, d.ask(t, alex, "GET /v1/standing", "", nil), 200)
	if len(standing.Lines) != 2 || !standing.Lines[0].InForce || standing.Lines[1].InForce || standing.Seq != 1 {
		t.Fatalf("%+v", standing)
	}
	narrowed := consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: standing.Lines[0].ConsentID, Data: &[]string{"balances"}}}}
	read[api.Given](t, d.ask(t, alex, "POST /v1/opt-out", "", narrowed), 201)
	asked := d.ask(t, alex, "POST /v1/data-requests", "", consent.RequestData{Type: "access"}, "Idempotency-Key: k")
	given = read[api.Given](t, asked, 201)
	r, err := given.Requested()
	if err != nil || r.Type != statement.Access || given.Answer.Bundle != "/v1/receipts/bundle" || given.Answer.Manifest != "/v1/data-requests/"+r.ID+"/manifest" {
		t.Fatalf("%+v %+v %v", given, r, err)
	}
	again := d.ask(t, alex, "POST /v1/data-requests", "", consent.RequestData{Type: "access"}, "Idempotency-Key: k")
	if again.Header().Get("Idempotency-Replayed") != "true" || again.Body.String() != asked.Body.String() {
		t.Errorf("again: %v %s", again.Header(), again.Body)
	}
	if m := read[api.Manifest](t, d.ask(t, alex, "GET /v1/data-requests/{id}/manifest", "", nil, "id="+r.ID), 200); m.Request.ID != r.ID || m.Signed == "" {
		t.Errorf("%+v", m)
	}
	if open := read[api.OpenRequests](t, d.ask(t, alex, "GET /v1/data-requests", "", nil), 200); len(open.Requests) != 1 {
		t.Errorf("%+v", open)
	}
	read[api.Given](t, d.ask(t, alex, "DELETE /v1/data-requests/{id}", "", nil, "id="+r.ID), 200)
	if one := read[statement.Request](t, d.ask(t, alex, "GET /v1/data-requests/{id}", "", nil, "id="+r.ID), 200); one.State != statement.TakenBack {
		t.Errorf("%+v", one)
	}
	read[api.Given](t, d.ask(t, alex, "POST /v1/signals", "", nil), 201)
	if w := d.ask(t, alex, "POST /v1/signals", "", "{}"); w.Code != 204 || w.Body.Len() > 0 {
		t.Errorf("a signal that changes nothing: %d %s", w.Code, w.Body)
	}
	raw := d.ask(t, alex, "POST /v1/opt-out", "", consent.OptOut{All: true}, "Accept: application/sd-jwt")
	if rec, err := d.Verifier.Verify(raw.Body.String()); err != nil || raw.Code != 201 || rec.Event.Type != statement.EventOptOut {
		t.Errorf("%d %v %s", raw.Code, err, raw.Body)
	}
	w = d.ask(t, alex, "GET /v1/receipts", "limit=2", nil)
	if list := read[api.Receipts](t, w, 200); len(list.Receipts) != 2 || list.Next != "/v1/receipts?cursor=3&limit=2" || w.Header().Get("Link") != "<"+list.Next+`>; rel="next"` {
		t.Errorf("%+v %v", list, w.Header())
	}
	if list := read[api.Receipts](t, d.ask(t, alex, "GET /v1/receipts", "order=newest&limit=50", nil), 200); list.Receipts[0].Seq != uint64(len(list.Receipts)) || list.Next != "" {
		t.Errorf("%+v", list)
	}
	if s := read[api.Standing](t, d.ask(t, lucia, "GET /v1/standing", "", nil), 200); s.Seq != 0 || s.Lines == nil || s.Requests == nil {
		t.Errorf("another person: %+v", s)
	}
}

// TestLanguage: what somebody asks for and refuses is stated in the language in which they read.
func TestLanguage(t *testing.T) {
	for accept, want := range map[string][3]string{
		"":                   {"en", "Card transactions", "Offers from Parley that fit how I pay"},
		"es-MX, en;q=0.5":    {"es", "Movimientos de la tarjeta", "Ofertas de Parley según cómo pago"},
		"fr, es;q=0.1, de":   {"es", "Movimientos de la tarjeta", "Ofertas de Parley según cómo pago"},
		"tlh, *;q=0.1, x-10": {"en", "Card transactions", "Offers from Parley that fit how I pay"},
	} {
		d := open(t)
		body := consent.RequestData{Type: "access", Scope: statement.Scope{Data: []string{"card-transactions"}}}
		rec, err := d.Verifier.Verify(read[api.Given](t, d.ask(t, alex, "POST /v1/data-requests", "", body, "Accept-Language: "+accept), 201).Receipt)
		asked, wrong := receipt.Decode[statement.RequestStatement](rec.Request)
		if err := errors.Join(err, wrong); err != nil || asked[0].Labels == nil || asked[0].Labels.Language != want[0] || asked[0].Labels.Data["card-transactions"] != want[1] {
			t.Errorf("%q: a request: %+v %v", accept, asked[0].Labels, err)
		}
		rec, err = d.Verifier.Verify(read[api.Given](t, d.ask(t, alex, "POST /v1/signals", "", nil, "Accept-Language: "+accept), 201).Receipt)
		changes, wrong := receipt.Decode[statement.Change](rec.Changes)
		if err := errors.Join(err, wrong); err != nil || changes[0].Labels.Language != want[0] || changes[0].Labels.Purpose != want[2] {
			t.Errorf("%q: a signal: %+v %v", accept, changes[0].Labels, err)
		}
	}
}

// TestForms: a receipt in each form, and the documents that it cites.
func TestForms(t *testing.T) {
	d := open(t)
	d.optIn(t, alex)
	const one = "GET /v1/receipts/{seq}"
	for query, want := range map[string][2]string{
		"format=sd-jwt": {"application/sd-jwt", "ey"}, "format=json": {"application/json", `{"digest":"sha256:`}, "format=html": {"text/html; charset=utf-8", "<!"},
		"format=text": {"text/plain; charset=utf-8", ""}, "format=pdf": {"application/pdf", "%PDF-"}, "format=dpv": {"", "{"},
		"format=dpv&losses=true": {"application/json", "{"},
	} {
		w := d.ask(t, alex, one, query, nil, "seq=1")
		if w.Code != 200 || want[0] != "" && w.Header().Get("Content-Type") != want[0] || !strings.HasPrefix(w.Body.String(), want[1]) || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v %.60q", query, w.Code, w.Header(), w.Body)
		}
	}
	if w := d.ask(t, alex, one, "", nil, "seq=1", "Accept: text/html;q=0.5, application/pdf"); w.Header().Get("Content-Type") != "application/pdf" {
		t.Errorf("by Accept: %v", w.Header())
	}
	if w := d.ask(t, alex, "GET /v1/receipts/bundle", "", nil); w.Code != 200 || !strings.HasPrefix(w.Body.String(), "PK") || w.Header().Get("Link") != "" {
		t.Errorf("the bundle: %d %v", w.Code, w.Header())
	}
	digest := d.Compiled.Digest
	for route, values := range map[string][]string{
		"GET /v1/catalogue": nil, "GET /v1/catalogue/{digest}": {"digest=" + digest}, "GET /schema/{name}/{version}": {"name=receipt", "version=1.json"},
		"GET /.well-known/consent-receipt/jwks.json": nil, "GET /.well-known/consent-receipt/root.pem": nil, "GET /.well-known/gpc.json": nil, "GET /openapi.yaml": nil, "GET /consent-offer.js": nil, "GET /v1/consent-offer": nil,
	} {
		if w := d.ask(t, nobody, route, "", nil, values...); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Cache-Control"), "public") {
			t.Errorf("%s: %d %v", route, w.Code, w.Header())
		}
	}
	for digest, text := range d.Compiled.Notices {
		if w := d.ask(t, nobody, "GET /v1/notices/{digest}", "", nil, "digest="+digest); w.Body.String() != string(text) {
			t.Errorf("%s: %d", digest, w.Code)
		}
	}
}

// TestStaff: the staff looks and acts, and the person sees this.
func TestStaff(t *testing.T) {
	d := open(t)
	d.optIn(t, alex)
	found := read[api.Found](t, d.ask(t, auditor, "POST /v1/operator/people", "", api.Find{Customer: banktest.Alex}), 200)
	person := "person=" + found.Person
	base := "/v1/operator/people/{person}"
	if s := read[api.Standing](t, d.ask(t, auditor, "GET "+base+"/standing", "", nil, person), 200); s.Seq != 1 || found.Receipts != 1 {
		t.Errorf("%+v %+v", found, s)
	}
	entered := read[api.Given](t, d.ask(t, operator, "POST "+base+"/data-requests", "", api.EnteredRequest{
		RequestData: consent.RequestData{Type: "access"}, Received: "2026-11-20",
	}, person, "Case-Reference: C-1"), 201)
	r, err := entered.Requested()
	if err != nil || r.Received.Format("2006-01-02") != "2026-11-20" || entered.Answer.Bundle != "" {
		t.Fatalf("%+v %v", entered, err)
	}
	read[api.Given](t, d.ask(t, operator, "POST "+base+"/data-requests/{id}/steps", "", api.Step{Act: datarequest.Start}, person, "id="+r.ID, "Case-Reference: C-1"), 201)
	life := read[api.Life](t, d.ask(t, auditor, "GET "+base+"/data-requests/{id}", "", nil, person, "id="+r.ID), 200)
	if len(life.History) != 2 || life.Request.State != statement.InProgress || life.History[1].Case != "C-1" || len(life.Choices) == 0 {
		t.Errorf("%+v", life)
	}
	if list := read[api.Requests](t, d.ask(t, auditor, "GET /v1/operator/requests", "state=open", nil), 200); list.Total != 1 || list.Requests[0].Person != found.Person {
		t.Errorf("%+v", list)
	}
	if report := read[api.Report](t, d.ask(t, auditor, "GET /v1/operator/requests/report", "", nil), 200); report.Total.Received != 1 || len(report.Rows) != 1 {
		t.Errorf("%+v", report)
	}
	receipt := read[api.Receipts](t, d.ask(t, auditor, "GET "+base+"/receipts", "", nil, person), 200).Receipts[0]
	read[api.Given](t, d.ask(t, operator, "POST "+base+"/annulments", "", consent.Annul{Seq: 1, Digest: receipt.Digest, Reason: "The wrong customer."}, person, "Case-Reference: C-2"), 201)
	var did []string
	for _, look := range read[api.Looks](t, d.ask(t, alex, "GET /v1/audit", "", nil), 200).Records {
		did = append(did, look.Did)
	}
	want := []string{"person.find", "standing.read", "data-request.enter", "data-request.step", "data-request.read", "receipts.read", "annulment"}
	if !slices.Equal(did, want) {
		t.Errorf("the person sees %v", did)
	}
	if day := read[api.Looks](t, d.ask(t, auditor, "GET /v1/operator/audit", "day=2026-11-23", nil), 200); len(day.Records) != 3 {
		t.Errorf("the day has %+v", day.Records)
	}
	if w := d.ask(t, operator, "POST "+base+"/opt-out", "", consent.OptOut{All: true}, person); w.Code != 400 {
		t.Errorf("without a case: %d", w.Code)
	}
}

// TestFailClosed: each route opens to the scopes that it names and to no others, and never to
// a caller about whom nothing is known.
func TestFailClosed(t *testing.T) {
	d := open(t)
	for _, route := range handler.Routes() {
		if route.Scopes == nil {
			continue
		}
		for scope, who := range map[string]gateway.Call{api.ScopeSelf: alex, api.ScopeOperator: operator, api.ScopeAuditor: auditor, "": nobody} {
			want := http.StatusForbidden
			if scope == "" {
				want = http.StatusUnauthorized
			}
			if w := d.ask(t, who, route.Pattern, "", nil, "person=x", "seq=1", "id=x", "Accept: image/x"); slices.Contains(route.Scopes, scope) == (w.Code == want) {
				t.Errorf("%s, scope %q: %d", route.Pattern, scope, w.Code)
			}
		}
		noName := gateway.Call{Claims: map[string]string{"client_id": "x"}, Scopes: route.Scopes}
		if w := d.ask(t, noName, route.Pattern, "", nil, "person=x"); w.Code != http.StatusUnauthorized {
			t.Errorf("%s, a token of nobody: %d", route.Pattern, w.Code)
		}
	}
	if s, err := d.Standing(t.Context(), ledger.Person(must(d.Pseudonyms.Of(banktest.Alex)))); err != nil || s.Seq != 0 {
		t.Errorf("something was written: %d %v", s.Seq, err)
	}
}

func must[A any](a A, err error) A {
	if err != nil {
		panic(err)
	}
	return a
}

// TestProblems: a refusal is a problem document, which quotes no token and nothing of the
// inside, and nothing is written.
func TestProblems(t *testing.T) {
	d := open(t)
	d.optIn(t, alex)
	const out, one = "POST /v1/opt-out", "GET /v1/receipts/{seq}"
	for _, c := range []struct {
		name, route, query string
		body               any
		status             int
		slug               string
		more               []string
	}{
		{"an unknown route", "GET /v1/nothing", "", nil, 404, "not-found", nil},
		{"a malformed query", "GET /v1/standing", "x=%zz", nil, 400, "invalid-parameter", nil},
		{"no body", out, "", "", 400, "invalid-body", nil},
		{"another media type", out, "", "{}", 415, "unsupported-media", []string{"Content-Type: text/plain"}},
		{"a member twice", out, "", `{"all":true,"all":true}`, 400, "invalid-body", nil},
		{"against the schema", out, "", `{"all":"yes"}`, 400, "invalid-body", nil},
		{"too large", out, "", strings.Repeat(" ", gateway.MaxBody+1), 413, "too-large", nil},
		{"a form that there is not", out, "", consent.OptOut{All: true}, 406, "not-acceptable", []string{"Accept: image/png"}},
		{"a long key", out, "", consent.OptOut{All: true}, 400, "invalid-parameter", []string{"Idempotency-Key: " + strings.Repeat("k", 129)}},
		{"an offer that is none", "POST /v1/opt-in", "", api.OptIn{Offer: "a.b.c", Choices: []consent.Choice{{Purpose: "card-offers", Answer: "no"}}}, 422, "offer-invalid", nil},
		{"a signal with a large body", "POST /v1/signals", "", strings.Repeat(" ", 2*gateway.MaxBody), 413, "too-large", nil},
		{"no such receipt", one, "", nil, 404, "not-found", []string{"seq=9"}},
		{"no number", one, "", nil, 400, "invalid-parameter", []string{"seq=01"}},
		{"no number at all", one, "", nil, 400, "invalid-parameter", nil},
		{"an unknown format", one, "format=gif", nil, 400, "invalid-parameter", []string{"seq=1"}},
		{"what a format cannot say", one, "format=fdx&consent=none", nil, 422, "inexpressible", []string{"seq=1"}},
		{"no digest", "GET /v1/notices/{digest}", "", nil, 400, "invalid-parameter", []string{"digest=sha256:0"}},
		{"no such request", "DELETE /v1/data-requests/{id}", "", nil, 404, "not-found", []string{"id=x"}},
	} {
		w := d.ask(t, alex, c.route, c.query, c.body, c.more...)
		p := read[api.Problem](t, w, c.status)
		if p.Slug() != c.slug || p.Status != c.status || p.Instance != "urn:request:r-1" || w.Header().Get("Content-Type") != api.ProblemMediaType {
			t.Errorf("%s: %+v %v", c.name, p, w.Header())
		}
	}
	if s := read[api.Standing](t, d.ask(t, alex, "GET /v1/standing", "", nil), 200); s.Seq != 1 {
		t.Errorf("refused requests wrote %d entries", s.Seq-1)
	}
	if line := d.log.String(); strings.Contains(line, banktest.Alex) || strings.Contains(line, "?") {
		t.Errorf("the log names the person: %s", line)
	}
}

// TestFaults: a failure is answered as one, without its inside, and an alarm watches for
// entries that cannot be believed.
func TestFaults(t *testing.T) {
	for fault, want := range map[error]int{ledger.ErrUnavailable: 503, ledger.ErrBusy: 503, errors.New("disk on fire"): 500, ledger.ErrCorrupt: 503} {
		d := open(t)
		d.Registrar.Store = broken{d.Store, fault}
		w := d.ask(t, alex, "POST /v1/opt-out", "", consent.OptOut{All: true})
		p := read[api.Problem](t, w, want)
		if p.Detail != "" || strings.Contains(w.Body.String(), "fire") || (w.Header().Get("Retry-After") != "") != (want == 503) {
			t.Errorf("%v: %s %v", fault, w.Body, w.Header())
		}
		if alarmed := strings.Contains(d.log.String(), fmt.Sprintf("%q", alarm.Refused)); alarmed != errors.Is(fault, ledger.ErrCorrupt) {
			t.Errorf("%v: alarm %t: %s", fault, alarmed, &d.log)
		}
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
