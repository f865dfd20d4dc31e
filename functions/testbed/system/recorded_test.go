package system_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/attachment/attachmenttest"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/statement"
)

// staffCall is a successful call of a route of the staff, and what its record says.
type staffCall struct {
	pattern, path, body, did, about string

	before []colleague // what a colleague does first
}

// colleague is what a colleague does on the case of the request.
type colleague struct{ who, path, body string }

// staffCalls returns one call for each such route, about a person who opted in and asked for
// their data. The route says as what it is recorded, and its path about what it is.
func (h *here) staffCalls(t *testing.T) (calls []staffCall, person string) {
	t.Helper()
	token := h.token(t, alex)
	given := h.optIn(t, token)
	var asked struct{ Request struct{ ID string } }
	h.ask(t, token, "POST", "/v1/data-requests", `{"type":"access"}`).into(t, &asked)
	person, err := h.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	id := asked.Request.ID
	queries := map[string]string{"audit.day": "?day=2026-11-23"}
	bodies := map[string]string{
		"person.find":          `{"customer":"` + alex + `"}`,
		"data-request.enter":   `{"type":"erasure"}`,
		"data-request.step":    `{"act":"acknowledge"}`,
		"attachment.begin":     `{"name":"letters.pdf","media_type":"application/pdf"}`,
		"data-request.part":    `{"name":"p.csv","media_type":"text/csv","digest":"sha256:` + strings.Repeat("0a", 32) + `","size":1,"where":"https://bank.example/p"}`,
		"data-request.preview": `{"act":"complete"}`,
		"case.propose":         `{"act":"complete"}`,
		"case.approve":         `{"of":3}`,
		"case.reject":          `{"of":5,"text":"Not yet."}`,
		"identity.open":        `{"reason":"collect"}`,
		"case.assign":          `{"with":"me","name":"Robin Clerk","seen":0}`,
		"case.note":            `{"text":"The archive answers on the 15th."}`,
		"case.draft":           `{"text":"Your copy is complete."}`,
		"opt-out":              `{"purposes":["card-offers"]}`,
		"annulment":            `{"seq":1,"digest":"` + given.Digest + `","reason":"Another customer's form."}`,
	}
	inBody := map[string]string{"annulment": "1"}
	files := strings.NewReplacer("{upload}", h.uploaded(t, person, id), "{digest}", statement.Digest([]byte(attachmenttest.PDF)))
	before := map[string][]colleague{
		"case.approve": {{system.SampleOperator, api.Rejections, `{"of":1}`}, {system.OtherOperator, api.Proposals, `{"act":"start"}`}},
		"case.reject":  {{system.OtherOperator, api.Proposals, `{"act":"extend","reason":"complexity"}`}},
	}
	for _, r := range handler.Routes() {
		if !slices.Contains(r.Scopes, api.ScopeOperator) || r.Recorded == "contact.link" { // that is about nobody with an account
			continue
		}
		c := staffCall{pattern: r.Pattern, did: r.Recorded, body: bodies[r.Recorded], about: inBody[r.Recorded], before: before[r.Recorded]}
		_, path, _ := strings.Cut(r.Pattern, " ")
		for name, value := range map[string]string{"{person}": person, "{id}": id, "{seq}": "1"} {
			if strings.Contains(path, name) && name != "{person}" {
				c.about = value
			}
			path = strings.ReplaceAll(path, name, value)
		}
		c.path = files.Replace(path) + queries[r.Recorded]
		if c.did == "" || slices.ContainsFunc(calls, func(before staffCall) bool { return before.did == c.did }) {
			t.Errorf("%s has no name of its own in records: %q", c.pattern, c.did)
		}
		calls = append(calls, c)
	}
	return calls, person
}

// uploaded leaves a file for the answer to a request, as an upload does.
func (h *here) uploaded(t *testing.T, person, request string) (upload string) {
	t.Helper()
	token, err := attachmenttest.Letters.Token()
	must(t, err)
	upload = "5b0f9a0e-3f7c-4c0b-9a43-1f6a0f0f8d21"
	folder := filepath.Join(h.dir, system.FilesFolder, "uploads", person, request)
	must(t, os.MkdirAll(folder, 0o700))
	must(t, os.WriteFile(filepath.Join(folder, upload), []byte(token+"\n"+attachmenttest.PDF), 0o600))
	return upload
}

func (h *here) call(t *testing.T, token string, c staffCall) answer {
	t.Helper()
	method, _, _ := strings.Cut(c.pattern, " ")
	return h.ask(t, token, method, c.path, c.body, "Case-Reference", "C-1")
}

// trace has the calls of the stores, in order.
type trace struct {
	mu    sync.Mutex
	steps []string
}

func (tr *trace) add(what string) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.steps = append(tr.steps, what)
}

// take returns the calls since the last time.
func (tr *trace) take() []string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	steps := tr.steps
	tr.steps = nil
	return steps
}

// traced notes the calls of a store.
type traced struct {
	ledger.Store
	of string
	*trace
}

// note adds a call. The ledgers of cases have a name of their own.
func (s traced) note(subject ledger.Subject, what string) {
	of := s.of
	if subject.Kind() == ledger.KindCase {
		of = "case"
	}
	s.add(of + " " + what)
}

func (s traced) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	s.note(subject, "newest")
	return s.Store.Newest(ctx, subject)
}

func (s traced) Get(ctx context.Context, subject ledger.Subject, seq uint64) (ledger.Entry, error) {
	s.note(subject, "get")
	return s.Store.Get(ctx, subject, seq)
}

func (s traced) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error) {
	s.note(subject, "list")
	return s.Store.List(ctx, subject, from, limit)
}

func (s traced) Append(ctx context.Context, e ledger.Entry) error {
	s.note(e.Subject, "append")
	return s.Store.Append(ctx, e)
}

// tracedDocket notes the calls of the docket.
type tracedDocket struct {
	ledger.Docket
	*trace
}

func (r tracedDocket) Listings(ctx context.Context, month string, shard int) ([]ledger.Listed, error) {
	r.add("docket")
	return r.Docket.Listings(ctx, month, shard)
}

// trace watches the stores of a system.
func (h *here) trace() *trace {
	tr, api := &trace{}, h.sys.API
	api.Registrar.Store = traced{api.Registrar.Store, "person", tr}
	api.Audit.Store = traced{api.Audit.Store, "audit", tr}
	api.Docket = tracedDocket{api.Docket, tr}
	return tr
}

// TestRecorded: each route of the staff makes one record, in the right ledger, before
// anything of the person is read or written.
func TestRecorded(t *testing.T) {
	h := open(t)
	calls, person := h.staffCalls(t)
	clerk, log := h.token(t, system.SampleOperator), *h.sys.API.Audit
	tr := h.trace()
	records := func(subject ledger.Subject) []*looks.Record {
		all, err := log.List(t.Context(), subject, 1, 100)
		must(t, err)
		return all
	}
	day := audit.OfDay(h.sys.API.Registrar.Clock())
	asked := map[string]bool{} // the stores, beside the audit ledger
	for _, c := range calls {
		right, other := day, audit.Of(ledger.Person(person))
		if strings.Contains(c.pattern, "/people") {
			right, other = other, right
		}
		for _, first := range c.before {
			at := "/v1/operator/people/" + person + "/data-requests/" + c.about + "/case"
			h.ask(t, h.token(t, first.who), "POST", at+first.path, first.body, "Case-Reference", "C-1").into(t, new(api.CaseRecord))
		}
		before, beside := len(records(right)), len(records(other))
		tr.take()
		if a := h.call(t, clerk, c); a.status/100 != 2 {
			t.Errorf("%s: %d %s", c.pattern, a.status, a.body)
		}
		steps := tr.take()
		// The record comes first: the newest record is read, and the next one is written. What
		// is about a person asks for something of theirs after that; what is about nobody may
		// be answered from the catalogue.
		if len(steps) < 2 || !slices.Equal(steps[:2], []string{"audit newest", "audit append"}) || slices.Contains(steps[2:], "audit append") || right != day && len(steps) < 3 {
			t.Errorf("%s: %q", c.pattern, steps)
			continue
		}
		for _, step := range steps[2:] {
			asked[step] = true
		}
		after := records(right)
		if len(after) != before+1 || len(records(other)) != beside {
			t.Errorf("%s: %d records there, %d in the other ledger", c.pattern, len(after)-before, len(records(other))-beside)
			continue
		}
		if r := after[before]; r.Did != c.did || r.About != c.about || r.Case != "C-1" || r.Role != "operator" || (r.Reason == "collect") != (c.did == "identity.open") {
			t.Errorf("%s: recorded as %+v", c.pattern, r.Act)
		}
	}
	for _, step := range []string{"person newest", "person get", "person append", "audit list", "case list", "case append", "docket"} {
		if !asked[step] {
			t.Errorf("no route asks for this, or it is not seen: %s", step)
		}
	}
}

// TestNotRecordedNotDone: while the audit ledger fails, no route of the staff reads or
// writes anything of a person.
func TestNotRecordedNotDone(t *testing.T) {
	for name, fault := range map[string]faulty.Fault{"throttled": faulty.Throttled, "the answer is lost": faulty.LostAnswer} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			h := open(t)
			calls, person := h.staffCalls(t)
			clerk := h.token(t, system.SampleOperator)
			before, err := h.sys.API.Registrar.Store.Newest(t.Context(), ledger.Person(person))
			must(t, err)
			h.sys.API.Audit.Store = faulty.New(h.sys.API.Audit.Store, faulty.Always(fault), 0)
			tr := h.trace()
			var together sync.WaitGroup // each is tried for a while
			for _, c := range calls {
				together.Go(func() {
					if a := h.call(t, clerk, c); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
						t.Errorf("%s: %d %s", c.pattern, a.status, a.body)
					}
				})
			}
			together.Wait()
			for _, step := range tr.take() {
				if !strings.HasPrefix(step, "audit ") {
					t.Errorf("asked for: %s", step)
				}
			}
			if after, err := h.sys.API.Registrar.Store.Newest(t.Context(), ledger.Person(person)); err != nil || after != before {
				t.Errorf("the person's ledger changed: %d, %v", after.Seq, err)
			}
		})
	}
}

// TestRecordedOnce: an answer that is lost on the way makes no second record.
func TestRecordedOnce(t *testing.T) {
	h := open(t)
	calls, person := h.staffCalls(t)
	clerk, log := h.token(t, system.SampleOperator), *h.sys.API.Audit
	i := slices.IndexFunc(calls, func(c staffCall) bool { return c.did == "standing.read" })
	h.sys.API.Audit.Store = faulty.New(log.Store, faulty.InTurn(faulty.Append, faulty.LostAnswer, faulty.Throttled), 0)
	if a := h.call(t, clerk, calls[i]); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	if records, err := log.List(t.Context(), audit.Of(ledger.Person(person)), 1, 10); err != nil || len(records) != 1 {
		t.Errorf("%d records, %v", len(records), err)
	}
}

// TestNamesNothing: a text that is no id and no number is refused before it gets into a
// record.
func TestNamesNothing(t *testing.T) {
	h := open(t)
	_, person := h.staffCalls(t)
	clerk, at := h.token(t, system.SampleOperator), "/v1/operator/people/"+person
	for _, path := range []string{
		"/data-requests/" + strings.Repeat("x", 300), "/data-requests/Ann%20Smith", "/data-requests/5D2C1F0E-9B8A-4C7D-8E6F-3A2B1C0D9E8F",
		"/data-requests/Ann%20Smith/manifest", "/receipts/" + strings.Repeat("1", 300), "/receipts/0", "/receipts/one", "/receipts/01",
	} {
		if slug, _ := h.ask(t, clerk, "GET", at+path, "").problem(t); slug != "not-found" {
			t.Errorf("%.60s: %s", path, slug)
		}
	}
	for path, body := range map[string]string{"/data-requests/Ann%20Smith/steps": `{"act":"start"}`, "/data-requests/Ann%20Smith/parts": `{}`} {
		if slug, _ := h.ask(t, clerk, "POST", at+path, body, "Case-Reference", "C-1").problem(t); slug != "not-found" {
			t.Errorf("%s: %s", path, slug)
		}
	}
	if records, err := h.sys.API.Audit.List(t.Context(), audit.Of(ledger.Person(person)), 1, 10); err != nil || len(records) != 0 {
		t.Errorf("recorded: %s, %v", fmt.Sprint(records), err)
	}
}

// TestDayOfTheStaff: a day's ledger tells of lists and reports, and of who read it, for all
// of the staff or for one member.
func TestDayOfTheStaff(t *testing.T) {
	h := open(t)
	clerk, auditor := h.token(t, system.SampleOperator), h.token(t, system.SampleAuditor)
	h.ask(t, clerk, "GET", "/v1/operator/requests", "")
	h.ask(t, auditor, "GET", "/v1/operator/requests/report", "")
	day := "/v1/operator/audit?day=" + h.sys.API.Registrar.Clock().Format(time.DateOnly)
	var all, one auditAnswer
	h.ask(t, auditor, "GET", day, "").into(t, &all)
	var did []string
	for _, r := range all.Records {
		did = append(did, r.Role+" "+r.Did)
	}
	if got := strings.Join(did, ", "); got != "operator requests.list, auditor requests.report, auditor audit.day" {
		t.Errorf("the day: %s", got)
	}
	h.ask(t, auditor, "GET", day+"&order=newest&staff="+all.Records[1].Staff, "").into(t, &one)
	if len(one.Records) != 3 || one.Records[0].Did != "audit.day" || one.Records[2].Did != "requests.report" {
		t.Errorf("one of the staff, newest first: %+v", one.Records)
	}
	for _, query := range []string{"", "?day=2026-11", "?day=2026-02-30", "?day=2026-11-23&staff=clerk-7"} {
		if slug, _ := h.ask(t, auditor, "GET", "/v1/operator/audit"+query, "").problem(t); slug != "invalid-parameter" {
			t.Errorf("%q: %s", query, slug)
		}
	}
}

// TestBundleTellsWhoLooked: anybody can check the records in a person's bundle without us.
func TestBundleTellsWhoLooked(t *testing.T) {
	h := open(t)
	calls, person := h.staffCalls(t)
	clerk := h.token(t, system.SampleOperator)
	for _, c := range calls {
		h.call(t, clerk, c)
	}
	bundled := h.ask(t, h.token(t, alex), "GET", "/v1/receipts/bundle", "").body
	archive, err := zip.NewReader(bytes.NewReader(bundled), int64(len(bundled)))
	must(t, err)
	file, err := archive.Open(inside.LooksFile)
	must(t, err)
	list, err := io.ReadAll(file)
	must(t, err)
	verifier := receipt.NewVerifier(h.sys.Root)
	records, err := looks.Verify(verifier, list)
	if err != nil || len(records) < 10 || records[0].Seq != 1 || records[0].Subject != looks.Of(person) {
		t.Errorf("%d records, %v", len(records), err)
	}
}
