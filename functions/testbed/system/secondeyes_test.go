package system_test

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	samples "consent-receipts/events/catalogue"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// hospital is a system on the sample catalogue that wants a second pair of eyes for denials and for
// deletions. It has a request for erasure; at is the path of that request for the staff.
func hospital(t *testing.T) (h *here, at string) {
	t.Helper()
	of, err := system.Compile(samples.FS, "sample-general-hospital.yaml")
	must(t, err)
	h = serveOf(t, t.TempDir(), of)
	var asked struct{ Request struct{ ID string } }
	h.ask(t, h.token(t, alex), "POST", "/v1/data-requests", `{"type":"erasure"}`, "Accept-Language", "de").into(t, &asked)
	person, err := h.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	return h, api.Of(person).Request(asked.Request.ID)
}

// TestSecondEyes: a step that the catalogue names is taken by two members of the staff and not by
// one: exactly as it was proposed, once, and only while the request stands as it did.
func TestSecondEyes(t *testing.T) {
	h, at := hospital(t)
	robin, kim := h.token(t, system.SampleOperator), h.token(t, system.OtherOperator)
	post := func(who, path, body string) answer {
		return h.ask(t, who, "POST", at+path, body, "Case-Reference", "C-1")
	}
	refused := func(a answer, want, why string) {
		t.Helper()
		if slug, detail := a.problem(t); slug != want {
			t.Errorf("%s: %s, %s", why, slug, detail)
		}
	}
	life := func(who string) (l api.Life) { h.ask(t, who, "GET", at, "").into(t, &l); return l }

	if l := life(robin); !slices.Contains(l.SecondEyes, "complete") || !slices.Contains(l.SecondEyes, "deny") || slices.Contains(l.SecondEyes, "acknowledge") || l.Proposal != nil || l.Language != "de" {
		t.Errorf("needs a colleague: %v, proposed: %v, in %s", l.SecondEyes, l.Proposal, l.Language)
	}
	refused(post(robin, "/steps", `{"act":"deny","reason":"excessive"}`), "second-eyes", "one clerk denies")
	refused(post(robin, "/steps", `{"act":"complete"}`), "second-eyes", "one clerk grants an erasure")
	refused(post(robin, "/case/proposals", `{"act":"deny","reason":"because"}`), "invalid-body", "a reason that the rule does not know is proposed")
	refused(post(robin, "/case/proposals", `{"act":"give-identity"}`), "request-state", "what the state forbids is proposed")
	post(robin, "/steps", `{"act":"acknowledge"}`).into(t, new(issued))

	const denial = `{"act":"deny","reason":"excessive","note":"Das hatten wir schon."}`
	post(robin, "/case/proposals", denial).into(t, new(api.CaseRecord))
	refused(post(kim, "/case/proposals", denial), "case-moved", "a second proposal")
	if l := life(robin); l.Proposal == nil || !l.Proposal.Mine || l.Proposal.Of != 1 || l.Proposal.Step.Note != "Das hatten wir schon." {
		t.Errorf("the one who proposed it sees %+v", l.Proposal)
	}
	if l := life(kim); l.Proposal == nil || l.Proposal.Mine {
		t.Errorf("a colleague sees %+v", l.Proposal)
	}
	refused(post(robin, "/case/approvals", `{"of":1}`), "case-own", "one's own proposal is approved")
	refused(post(kim, "/case/approvals", `{"of":2}`), "case-moved", "another proposal is approved")
	refused(post(h.token(t, system.SampleAuditor), "/case/approvals", `{"of":1}`), "forbidden", "an auditor approves")
	post(kim, "/case/rejections", `{"of":1,"text":"It is the first request."}`).into(t, new(api.CaseRecord))
	refused(post(kim, "/case/approvals", `{"of":1}`), "case-moved", "a rejected proposal is approved")

	post(robin, "/case/proposals", denial).into(t, new(api.CaseRecord))
	post(kim, "/steps", `{"act":"start"}`).into(t, new(issued)) // the request moves on
	refused(post(kim, "/case/approvals", `{"of":3}`), "request-state", "a proposal for another state is approved")
	post(robin, "/case/rejections", `{"of":3}`).into(t, new(api.CaseRecord)) // taken back

	post(robin, "/case/proposals", denial).into(t, new(api.CaseRecord))
	var out issued
	post(kim, "/case/approvals", `{"of":5}`).into(t, &out)
	rec, err := receipt.NewVerifier(h.sys.Root).Verify(out.Receipt)
	must(t, err)
	kimIs, err := h.sys.API.Pseudonyms.Staff(system.OtherOperator)
	must(t, err)
	if !strings.Contains(string(rec.Actor[0].Value), kimIs) || !strings.Contains(string(rec.Request[0].Value), `"excessive"`) || !strings.Contains(string(rec.Note[0].Value), "Das hatten wir schon.") {
		t.Errorf("the receipt states %s, %s, %s", rec.Actor[0].Value, rec.Request[0].Value, rec.Note[0].Value)
	}
	var again issued
	if post(kim, "/case/approvals", `{"of":5}`).into(t, &again); again.Receipt != out.Receipt {
		t.Errorf("approved twice: receipts %s and %s", out.Receipt, again.Receipt)
	}
	if a := post(robin, "/case/approvals", `{"of":5}`); a.status != http.StatusConflict {
		t.Errorf("approved by the one who proposed it: %d %s", a.status, a.body)
	}
	var worked api.Case
	h.ask(t, h.token(t, system.SampleAuditor), "GET", at+"/case", "").into(t, &worked)
	var did []string
	for _, r := range worked.Records {
		did = append(did, string(r.Did))
	}
	if got := strings.Join(did, " "); got != "propose reject propose reject propose approve" || worked.Records[5].Staff != kimIs {
		t.Errorf("the case says %s", got)
	}
	person, err := h.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	if newest, err := h.sys.API.Registrar.Store.Newest(t.Context(), ledger.Person(person)); err != nil || newest.Seq != 4 {
		t.Errorf("%d receipts, %v: the person has one of the request, one that it was confirmed, one that work began, and one denial", newest.Seq, err)
	}
}

// meanwhile is a store that does something, once, before it takes an entry of a person.
type meanwhile struct {
	ledger.Store
	do func()
}

func (m *meanwhile) Append(ctx context.Context, e ledger.Entry) error {
	if do := m.do; do != nil && e.Subject.Kind() == ledger.KindPerson {
		m.do = nil
		do()
	}
	return m.Store.Append(ctx, e)
}

// TestSecondEyesAtOnce: nobody changes what a colleague approves at the same moment. A step that was
// approved for another state is not taken, and one that is taken was not taken back.
func TestSecondEyesAtOnce(t *testing.T) {
	h, at := hospital(t)
	robin, kim := h.token(t, system.SampleOperator), h.token(t, system.OtherOperator)
	store := &meanwhile{Store: h.sys.API.Registrar.Store}
	h.sys.API.Registrar.Store = store
	post := func(who, below, body string) answer {
		return h.ask(t, who, "POST", at+below, body, "Case-Reference", "C-1")
	}
	const denial = `{"act":"deny","reason":"excessive"}`

	post(robin, "/case/proposals", denial).into(t, new(api.CaseRecord))
	kimIs, err := h.sys.API.Pseudonyms.Staff(system.OtherOperator)
	must(t, err)
	taken := fmt.Sprintf("proposal 3 of %s, by %s", path.Base(at), kimIs) // nobody can take the key of an approval to come
	store.do = func() {
		h.ask(t, robin, "POST", at+"/steps", `{"act":"start"}`, "Case-Reference", "C-1", "Idempotency-Key", taken).into(t, new(issued))
	}
	for range 2 { // sent again, it is still for another state
		if slug, detail := post(kim, "/case/approvals", `{"of":1}`).problem(t); slug != "request-state" || !strings.Contains(detail, "moved on") {
			t.Errorf("approved while the request moved on: %s, %s", slug, detail)
		}
	}

	post(robin, "/case/proposals", denial).into(t, new(api.CaseRecord))
	store.do = func() {
		if slug, detail := post(robin, "/case/rejections", `{"of":3}`).problem(t); slug != "case-moved" {
			t.Errorf("taken back while it is carried out: %s, %s", slug, detail)
		}
	}
	post(kim, "/case/approvals", `{"of":3}`).into(t, new(issued))
	var l api.Life
	if h.ask(t, kim, "GET", at, "").into(t, &l); l.Request.State != statement.Denied || len(l.History) != 3 {
		t.Errorf("%s after %d receipts", l.Request.State, len(l.History))
	}
}
