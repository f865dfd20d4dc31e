package handler_test

import (
	"slices"
	"strings"
	"testing"

	"consent-receipts/functions/internal/banktest"
	"consent-receipts/shared/api"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/consent"
)

// TestLink: an operator says which customer made the request of a contact. Both see that, neither
// record names the other side, and nothing moves; a person's own request is linked to nobody, and
// no request to a number that nobody has.
func TestLink(t *testing.T) {
	d := open(t)
	mails := d.withDoor(t)
	read[api.Given](t, d.ask(t, alex, "POST /v1/data-requests", "", consent.RequestData{Type: "access"}), 201)
	read[api.Given](t, d.ask(t, nobody, submit, "", api.ContactDetails{}, d.mailed(t, mails, "alex@example.com")), 201)
	requests := read[api.Requests](t, d.ask(t, auditor, "GET /v1/operator/requests", "", nil), 200).Requests
	listed := requests[slices.IndexFunc(requests, func(r api.ListedRequest) bool { return strings.HasPrefix(r.Person, "~") })]
	const base = "/v1/operator/people/{person}/data-requests/{id}/case"
	contact, id, body := "person="+listed.Person, "id="+listed.ID, api.CaseLink{Customer: banktest.Alex}
	for _, mistyped := range []api.CaseLink{{Customer: banktest.Alex + "0"}, {Person: strings.Repeat("A", 43)}} {
		if w := d.ask(t, operator, "POST "+base+"/links", "", mistyped, contact, id, "Case-Reference: C-1"); w.Code != 404 {
			t.Errorf("nobody: %d %s", w.Code, w.Body)
		}
	}
	for name, c := range map[string]struct {
		status int
		more   []string
	}{
		"without a case":    {400, []string{contact, id}},
		"a person":          {404, []string{"person=" + strings.TrimPrefix(listed.Person, "~"), id, "Case-Reference: C-1"}},
		"no such request":   {404, []string{contact, "id=00000000-0000-4000-8000-000000000000", "Case-Reference: C-1"}},
		"what it should be": {201, []string{contact, id, "Case-Reference: C-1"}},
	} {
		if w := d.ask(t, operator, "POST "+base+"/links", "", body, c.more...); w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := d.ask(t, auditor, "POST "+base+"/links", "", body, contact, id, "Case-Reference: C-1"); w.Code != 403 {
		t.Errorf("an auditor links: %d", w.Code)
	}
	file := read[api.Case](t, d.ask(t, auditor, "GET "+base, "", nil, contact, id), 200)
	if n := len(file.Records); n != 1 || file.Records[0].Did != casefile.Link || file.Records[0].To != must(d.Pseudonyms.Of(banktest.Alex)) {
		t.Errorf("%+v", file.Records)
	}
	looked := read[api.Looks](t, d.ask(t, alex, "GET /v1/audit", "", nil), 200).Records
	if len(looked) != 1 || looked[0].Did != "contact.link" || looked[0].About != listed.ID || looked[0].Case != "C-1" {
		t.Errorf("the customer sees %+v", looked)
	}
	if s := read[api.OpenRequests](t, d.ask(t, alex, "GET /v1/data-requests", "", nil), 200); len(s.Requests) != 1 {
		t.Errorf("the request moved: %+v", s)
	}
}

// TestContactStopsNothing: nobody knows which consents are a contact's. So what they ask to stop is
// received and stops nothing, and the staff says no for customers alone.
func TestContactStopsNothing(t *testing.T) {
	d := open(t)
	d.withDoor(t)
	for _, kind := range []string{"opt-out-of-sale", "objection"} {
		link := read[api.ContactLink](t, d.ask(t, nobody, "POST /v1/contact-requests", "", map[string]string{"type": kind}), 201).Link
		given := read[api.Given](t, d.ask(t, nobody, submit, "", api.ContactDetails{}, "Authorization: Bearer "+link), 201)
		rec, err := d.Verifier.Verify(given.Receipt)
		if err != nil || len(rec.Changes) != 0 || len(rec.Request) != 1 {
			t.Errorf("%s: %d changes, %v", kind, len(rec.Changes), err)
		}
	}
	contact := read[api.Requests](t, d.ask(t, auditor, "GET /v1/operator/requests", "", nil), 200).Requests[0].Person
	w := d.ask(t, operator, "POST /v1/operator/people/{person}/opt-out", "", consent.OptOut{All: true}, "person="+contact, "Case-Reference: C-1")
	if w.Code != 404 || !strings.Contains(w.Body.String(), "person with an account") {
		t.Errorf("no is said for a contact: %d %s", w.Code, w.Body)
	}
}
