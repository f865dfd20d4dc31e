package portaltest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// API answers from one standing and remembers what it was sent.
type API struct {
	t        *testing.T
	compiled *source.Compiled
	Standing statement.Standing
	Problem  string // slug with which commands are refused
	Status   int
	Bundles  int      // number of parts of the bundle
	Skip     uint64   // number of vectors before receipt 1
	Issued   []string // the first receipts, instead of vectors
	Added    []statement.Part
	Earlier  []statement.Request // requests that are no longer in the standing
	Looked   []map[string]any    // records of who looked, newest first
	Requests []map[string]any    // requests of all people, as the staff lists them
	Overdue  int                 // number of overdue requests in the report
	Life     map[string]any      // one request, as the staff reads it
	Work     []map[string]any    // the staff's work on it
	Preview  map[string]any      // what the receipt of a step would state
	Customer string              // whose requests are
	Roots    receipt.Roots       // root certificates, newest first
	Asked    url.Values          // query of the last list of requests, or of the last report
	Lost     string              // prefix of the paths of documents that cannot be read
	Down     string              // prefix of the paths that are answered with 503
	Header   http.Header         // header of the last GET that was not for a public document

	BundlesAsked int // how many parts of the bundle were asked for

	mu   sync.Mutex
	Sent []Sent
}

// Sent is one request that was not a GET.
type Sent struct {
	Method, Path, Body string
	Header             http.Header
}

func newAPI(t *testing.T) *API {
	a := &API{t: t, Bundles: 1}
	a.Offers("first-example-bank.yaml")
	return a
}

// Offers lets the API offer what one of the sample catalogues has.
func (a *API) Offers(sampleFile string) {
	a.t.Helper()
	compiled, problems := source.Compile(sample.FS, sampleFile)
	if len(problems) > 0 {
		a.t.Fatal(problems)
	}
	a.compiled = compiled
}

// Decide carries a command out on the standing.
func (a *API) Decide(cmd consent.Command) *consent.Event {
	a.t.Helper()
	n := 0
	e, err := consent.Decide(a.Standing, cmd, consent.Context{
		Actor: statement.Actor{Role: statement.RoleSubject}, Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
	}, consent.World{
		Now: Now, Subject: "s", Current: a.compiled.Digest,
		Catalogues: map[string]*catalogue.Catalogue{a.compiled.Digest: a.compiled.Catalogue},
		NewID:      func() string { n++; return fmt.Sprintf("%08d-0000-4000-8000-%012d", n, a.Standing.Seq) },
	})
	if err != nil {
		a.t.Fatal(err)
	}
	a.Standing = e.Standing
	return e
}

// Offer is an offer of everything in the catalogue, in English.
func (a *API) Offer() *consent.Offer { return a.offerIn("en") }

func (a *API) offerIn(language string) *consent.Offer {
	o := consent.NewOffer(a.Standing, a.compiled.Catalogue, a.compiled.Digest, nil, language)
	o.Expires = Now.Add(consent.OfferValidity).Unix()
	return &o
}

// Last is the last request that was not a GET.
func (a *API) Last() Sent {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.Sent[len(a.Sent)-1]
}

// RoundTrip implements http.RoundTripper.
func (a *API) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	if r.Method != http.MethodGet {
		a.mu.Lock()
		a.Sent = append(a.Sent, Sent{r.Method, r.URL.Path, string(body), r.Header})
		a.mu.Unlock()
	}
	if !strings.HasPrefix(r.URL.Path, "/v1/catalogue") && r.URL.Path != shell.RootPath {
		a.Header = r.Header
	}
	w := httptest.NewRecorder()
	a.serve(w, r)
	return w.Result(), nil
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	for _, whom := range []string{Somebody, "~" + Somebody} { // a person, or a contact
		if rest, ok := strings.CutPrefix(path, "/v1/operator/people/"+whom); ok {
			path = "/v1" + rest
		}
	}
	public := path == shell.RootPath || strings.HasPrefix(path, "/v1/catalogue") || strings.HasPrefix(path, "/v1/notices/") || strings.HasPrefix(path, "/v1/logos/")
	switch {
	case !public && r.Header.Get("Authorization") != "Bearer the-token":
		reply(w, 401, map[string]string{"message": "Unauthorized"}) // as API Gateway's authorizer says it
	case a.Problem != "" && r.Method != http.MethodGet:
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(a.Status)
		_, _ = fmt.Fprintf(w, `{"type":"https://x.example/problems/%s","title":"T","status":%d,"detail":"D","instance":"urn:request:1"}`, a.Problem, a.Status)
	case a.Down != "" && strings.HasPrefix(path, a.Down):
		w.WriteHeader(http.StatusServiceUnavailable)
	case a.Lost != "" && strings.HasPrefix(path, a.Lost):
		notFound(w)
	case path == shell.RootPath:
		_, _ = w.Write(a.Roots.PEM())
	case path == "/v1/operator/people":
		reply(w, 200, map[string]any{"person": Somebody, "receipts": a.Standing.Seq})
	case path == "/v1/operator/requests":
		a.Asked = r.URL.Query()
		reply(w, 200, map[string]any{"requests": a.Requests, "total": len(a.Requests), "next_cursor": 200})
	case path == "/v1/operator/requests/report" && r.Header.Get("Accept") == "text/csv":
		_, _ = io.WriteString(w, "type,rule,received\r\n")
	case path == "/v1/operator/requests/report":
		a.Asked = r.URL.Query()
		row := map[string]any{"received": 12, "answered_in_time": 8, "answered_late": 1, "withdrawn": 1, "extended": 3, "open": 2, "overdue": a.Overdue, "median_days": 5, "max_days": 40}
		one := maps.Clone(row)
		one["type"], one["rule"] = "erasure", "gdpr"
		reply(w, 200, map[string]any{"as_of": "2026-11-24", "total": row, "rows": []any{one}})
	case r.Method == http.MethodGet && strings.HasPrefix(path, "/v1/data-requests/") && strings.HasSuffix(path, "/case"):
		reply(w, 200, map[string]any{"me": Clerk, "records": a.Work})
	case a.Life != nil && r.Method == http.MethodGet && strings.HasPrefix(path, "/v1/data-requests/") && !strings.HasSuffix(path, "/manifest"):
		reply(w, 200, a.Life)
	case path == "/v1/signals":
		a.Decide(consent.Signal{})
		reply(w, 201, map[string]any{"receipt": "r", "digest": "d", "seq": a.Standing.Seq})
	case strings.HasSuffix(path, "/steps/preview"):
		reply(w, 200, a.Preview)
	case strings.HasSuffix(path, "/identity"):
		reply(w, 200, api.Identity{Customer: a.Customer})
	case r.Method != http.MethodGet:
		w.Header().Set("Location", "/v1/receipts/7")
		reply(w, 201, map[string]any{"receipt": "r", "digest": "d", "seq": 7})
	case strings.HasPrefix(path, "/v1/catalogue"): // receipts of the vectors cite one like it
		_, _ = w.Write(a.compiled.Canonical)
	case strings.HasPrefix(path, "/v1/notices/"):
		_, _ = w.Write(a.compiled.Notices[strings.TrimPrefix(path, "/v1/notices/")])
	case strings.HasPrefix(path, "/v1/logos/"):
		_, _ = w.Write(a.compiled.Logo.PNG)
	case path == "/v1/standing":
		a.serveStanding(w)
	case path == "/v1/data-requests":
		reply(w, 200, map[string]any{"requests": a.Standing.Requests})
	case strings.HasPrefix(path, "/v1/data-requests/") && strings.HasSuffix(path, "/manifest"):
		if r.Header.Get("Accept") == "application/jose" {
			_, _ = io.WriteString(w, "e30.e30.c2ln")
			return
		}
		reply(w, 200, map[string]any{"parts": a.Added})
	case strings.HasPrefix(path, "/v1/data-requests/"):
		a.serveRequest(w, strings.TrimPrefix(path, "/v1/data-requests/"))
	case path == "/v1/audit":
		if order := r.URL.Query().Get("order"); order != "newest" {
			a.t.Errorf("asked for records in the order %q", order)
		}
		reply(w, 200, map[string]any{"records": a.Looked, "next_cursor": len(a.Looked)})
	case path == "/v1/offers":
		payload, _ := json.Marshal(a.offerIn(r.URL.Query().Get("language")))
		reply(w, 200, map[string]any{"offer": "e30." + base64.RawURLEncoding.EncodeToString(payload) + ".c2ln"})
	case path == "/v1/receipts":
		a.serveList(w, r.URL.Query())
	case path == "/v1/receipts/bundle":
		a.BundlesAsked++
		from := r.URL.Query().Get("cursor")
		w.Header().Set("Content-Disposition", `attachment; filename="bundle-from-`+from+`.zip"`)
		if from == "1" && a.Bundles > 1 {
			w.Header().Set("Link", `</v1/receipts/bundle?cursor=40>; rel="next"`)
		}
		_, _ = w.Write([]byte("zip from " + from))
	case strings.HasPrefix(path, "/v1/receipts/"):
		a.serveReceipt(w, r, strings.TrimPrefix(path, "/v1/receipts/"))
	default:
		notFound(w)
	}
}

// serveRequest answers with one of the earlier requests, or of those in the standing.
func (a *API) serveRequest(w http.ResponseWriter, id string) {
	for _, r := range append(slices.Clone(a.Earlier), a.Standing.Requests...) {
		if r.ID == id {
			reply(w, 200, r)
			return
		}
	}
	notFound(w)
}

func notFound(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(404)
	_, _ = io.WriteString(w, `{"type":"https://x.example/problems/not-found","title":"Not found","status":404}`)
}

func (a *API) serveStanding(w http.ResponseWriter) {
	out := api.Standing{Seq: a.Standing.Seq, At: Now, Requests: a.Standing.Requests}
	for _, l := range a.Standing.Lines {
		out.Lines = append(out.Lines, api.Line{Line: l, InForce: l.InForce(Now)})
	}
	if since, ok := consent.OptOutSince(&a.Standing, a.compiled.Catalogue); ok {
		out.OptOutSince = &since
	}
	reply(w, 200, out)
}

// serveList lists at most five receipts, newest first. There are as many as the standing counts.
func (a *API) serveList(w http.ResponseWriter, query url.Values) {
	if query.Get("order") != "newest" {
		a.t.Errorf("asked for %v", query)
	}
	limit, _ := strconv.ParseUint(query.Get("limit"), 10, 64)
	limit = min(limit, 5)
	from := a.Standing.Seq
	if n, err := strconv.ParseUint(query.Get("cursor"), 10, 64); err == nil {
		from = n
	}
	list := []map[string]any{}
	for ; from > 0 && uint64(len(list)) < limit; from-- {
		list = append(list, map[string]any{"seq": from, "issued_at": Now, "event_type": "opt-in", "receipt": a.Receipt(from)})
	}
	out := map[string]any{"receipts": list}
	if from > 0 {
		out["next"] = "/v1/receipts?..."
	}
	reply(w, 200, out)
}

// Receipt is receipt n of those that were issued, or else of the good vectors, as a token.
func (a *API) Receipt(n uint64) string {
	if n <= uint64(len(a.Issued)) {
		return a.Issued[n-1]
	}
	names, err := filepath.Glob(fmt.Sprintf("../../../../events/vectors/good/%02d-*.sd-jwt", a.Skip+1+(n-1)%9))
	if err != nil || len(names) != 1 {
		a.t.Fatal(names, err)
	}
	b, err := os.ReadFile(names[0])
	if err != nil {
		a.t.Fatal(err)
	}
	return string(b)
}

func (a *API) serveReceipt(w http.ResponseWriter, r *http.Request, seq string) {
	n, err := strconv.ParseUint(seq, 10, 64)
	if err != nil {
		a.t.Error(err)
	}
	if n > 9000 { // nobody has that many
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(404)
		_, _ = io.WriteString(w, `{"type":"https://x.example/problems/not-found","title":"T","status":404,"detail":"D","instance":"urn:request:1"}`)
		return
	}
	format := r.URL.Query().Get("format")
	w.Header().Set("Content-Disposition", fmt.Sprintf(`inline; filename="first-example-bank-receipt-%d.%s"`, n, format))
	switch format {
	case "html":
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-x'")
		_, _ = io.WriteString(w, "<!doctype html><p>printed</p>")
	case "json":
		_, _ = io.WriteString(w, "{}")
	default:
		_, _ = io.WriteString(w, a.Receipt(n))
	}
}

// UnderVirginiasLaw lets people appeal against answers.
func (a *API) UnderVirginiasLaw() { a.compiled.Catalogue.DataRequests.Default = "us-va" }

// OnOnePage puts all questions on one page. The catalogue changes, and with it its digest.
func (a *API) OnOnePage() {
	a.compiled.Catalogue.Layout = catalogue.Single
	canonical, err := a.compiled.Catalogue.Canonical()
	if err != nil {
		a.t.Fatal(err)
	}
	a.compiled.Canonical, a.compiled.Digest = canonical, statement.Digest(canonical)
}
