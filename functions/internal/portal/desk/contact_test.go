package desk_test

import (
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
)

// TestDeskContact: the page of a contact's request says which customer made it, and links it to no
// number under which nothing is recorded.
func TestDeskContact(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life = aLife()
	s.API.Work = []map[string]any{{"seq": 1, "at": portaltest.Now, "staff": portaltest.Clerk, "role": "operator", "did": "link", "to": portaltest.Somebody}}
	const path = "/desk/people/~" + portaltest.Somebody + "/requests/r1"
	b := s.AtDesk("operator")
	portaltest.Wants(t, b.Get(path), 200, "Somebody without an account", `Linked to customer <a href="`+portaltest.PersonPath+`">3q2-7w</a>`)
	send := func(customer string) (status int, page string) {
		w := b.Send("POST", path+"/link", fields(b, path, url.Values{"customer": {customer}, "case": {"r1"}}))
		return w.Code, w.Body.String()
	}
	if status, _ := send("customer-0001"); status != 303 || s.API.Last().Body != `{"customer":"customer-0001"}` {
		t.Errorf("%d, sent %+v", status, s.API.Last())
	}
	s.API.Lost = "/v1/data-requests/r1/case/links"
	if status, page := send("customer-0002"); status != 422 || !strings.Contains(page, `href="#link-customer">Nothing is recorded under this number.`) {
		t.Errorf("a number that nobody has: %d %s", status, page)
	}
	if page := b.Get("/desk/people/~" + portaltest.Somebody).Body.String(); strings.Contains(page, "/opt-out") || !strings.Contains(b.Get(portaltest.PersonPath).Body.String(), "/opt-out") {
		t.Error("no can be said for somebody whose consents nobody knows, or for no customer")
	}
	before := len(s.API.Sent)
	if status, page := send(" customer-0001"); status != 422 || !strings.Contains(page, `href="#link-customer"`) || len(s.API.Sent) != before {
		t.Errorf("no number: %d %s", status, page)
	}
}
