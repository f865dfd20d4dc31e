package system_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"consent-receipts/functions/local/devmail"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/browser"
	"consent-receipts/shared/api"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/statement"
)

// TestBrowserDayAtTheDesk: thirty requests of all types, two clerks who work on the same queue at once,
// and an auditor, in Chromium. Nothing is lost, nothing is answered twice, and the list of each person
// has every look and act of the staff, and nothing else.
func TestBrowserDayAtTheDesk(t *testing.T) {
	of := changed(t, "sample-general-hospital.yaml", "  default: gdpr\n", "  default: gdpr\n  rules: {opt-out-of-sale: ccpa, limit-sensitive-use: ccpa, complaint: uk-gdpr, grievance: in-dpdp}\n")
	h := serveOf(t, t.TempDir(), of)
	asked := h.askedByMorning(t)
	worked := browser.Day{
		Window: browser.Window{Width: 1280, Looks: looksOf(t, "day")}, Base: h.Base,
		Clerks: [2]string{system.SampleOperator, system.OtherOperator}, Auditor: system.SampleAuditor, Requests: asked,
	}.Play(t)
	h.answeredOnce(t, asked, worked.Answers)
	did := map[string]map[looks.Act]int{} // of each person
	for _, r := range asked {
		did[r.Person] = map[looks.Act]int{}
	}
	for _, d := range worked.Did {
		staff, err := h.sys.API.Pseudonyms.Staff(d.Staff)
		must(t, err)
		d.Staff = staff
		did[d.Person][d.Act]++
	}
	for _, r := range asked {
		if done := did[r.Person]; done != nil {
			h.toldAll(t, r, done)
			delete(did, r.Person)
		}
	}
}

// askedByMorning opens thirty requests, as people do: of two customers in three languages, and of two
// people without an account, of whom one proved an address.
func (h *here) askedByMorning(t *testing.T) (asked []browser.Asked) {
	t.Helper()
	tokens := map[string]string{}
	for customer, more := range map[string][]statement.RequestType{alex: {statement.Access, statement.Erasure}, lucia: {statement.AccessSpecific, statement.Rectification}} {
		person, err := h.sys.API.Pseudonyms.Of(customer)
		must(t, err)
		tokens[person] = h.token(t, customer)
		for n, kind := range slices.Concat(statement.RequestTypes(), more) {
			h.ask(t, tokens[person], "POST", "/v1/data-requests", fmt.Sprintf(`{"type":%q}`, kind), "Accept-Language", []string{"en", "es", "de"}[n%3]).into(t, new(issued))
		}
	}
	v := &visitor{h, map[string]string{}}
	v.do(t, "POST", "/ask", url.Values{"type": {"rectification"}, "how": {"mail"}, "email": {"robin.visitor@example.com"}})
	mailed := v.field(t, devmail.Path, mailedLink)
	unproven := v.do(t, "POST", "/ask", url.Values{"type": {"access"}, "how": {"none"}}).location
	for _, link := range []string{mailed, unproven} {
		if got := v.do(t, "POST", link, url.Values{}); got.status != http.StatusSeeOther {
			t.Fatalf("a request without an account: %d %s", got.status, got.body)
		}
	}
	var open requestList
	h.ask(t, h.token(t, system.SampleAuditor), "GET", "/v1/operator/requests?state=open", "").into(t, &open)
	if len(open.Requests) != 30 {
		t.Fatalf("%d requests are open", len(open.Requests))
	}
	for _, r := range open.Requests {
		asked = append(asked, browser.Asked{
			ID: r.ID, Person: r.Person, Type: statement.RequestType(r.Type), Token: tokens[r.Person], Unproven: r.State == string(statement.WantsIdentity),
		})
	}
	return asked
}

// answeredOnce: the receipts of each request say once how it ended, or that a deletion was granted; an
// answer has been told of to one clerk; and the queue says the same.
func (h *here) answeredOnce(t *testing.T, asked []browser.Asked, told []string) {
	t.Helper()
	ends := map[statement.RequestState]int{}
	for _, r := range asked {
		whose, err := ledger.ParseWhom(r.Person)
		must(t, err)
		life, _, err := h.sys.API.Registrar.Statements(t.Context(), whose, r.ID)
		must(t, err)
		var decided []statement.RequestState
		for _, s := range life {
			if s.State.Decided() {
				decided = append(decided, s.State)
			}
		}
		if len(decided) != 1 {
			t.Errorf("a request for %s was answered %d times: %v", r.Type, len(decided), decided)
			continue
		}
		want := 1
		if decided[0] == statement.TakenBack {
			want = 0
		}
		if n := len(slices.DeleteFunc(slices.Clone(told), func(id string) bool { return id != r.ID })); n != want {
			t.Errorf("a request for %s is %s, and the pages said %d times that an answer was recorded", r.Type, decided[0], n)
		}
		ends[decided[0]]++
	}
	var left, ended requestList
	auditor := h.token(t, system.SampleAuditor)
	h.ask(t, auditor, "GET", "/v1/operator/requests?state=open", "").into(t, &left)
	h.ask(t, auditor, "GET", "/v1/operator/requests?state=ended", "").into(t, &ended)
	if left.Total != ends[statement.ToBeErased] || ended.Total+left.Total != len(asked) || ends[statement.Denied] != 1 || ends[statement.PartlyCompleted] != 1 || ends[statement.TakenBack] != 1 || ends[statement.ToBeErased] != 2 {
		t.Errorf("%d are open and %d ended; the receipts say %v", left.Total, ended.Total, ends)
	}
}

// toldAll compares the list of who looked with what was done: that of a customer as they get it, and
// that of somebody without an account, who gets a part of it by the link, in the ledger.
func (h *here) toldAll(t *testing.T, r browser.Asked, did map[looks.Act]int) {
	t.Helper()
	for path := "/v1/audit?order=oldest"; path != "" && r.Token != ""; {
		var page api.Looks
		h.ask(t, r.Token, "GET", path, "").into(t, &page)
		for _, shown := range page.Records {
			did[shown.Act]--
		}
		if path = ""; page.Next != 0 {
			path = fmt.Sprintf("/v1/audit?order=oldest&cursor=%d", page.Next)
		}
	}
	if r.Token == "" {
		whose, err := ledger.ParseWhom(r.Person)
		must(t, err)
		records, err := h.sys.API.Audit.List(t.Context(), audit.Of(whose), 1, 100)
		must(t, err)
		for _, rec := range records {
			did[rec.Act]--
		}
	}
	for act, n := range did {
		if n != 0 {
			t.Errorf("%d times more was done than the list has: %+v", n, act)
		}
	}
}
