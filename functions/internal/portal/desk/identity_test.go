package desk_test

import (
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/portaltest"
)

// TestDeskIdentity: an operator opens whose request it is, for a reason and a case. The number
// stands in that answer and nowhere else.
func TestDeskIdentity(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life, s.API.Customer = aLife(), "<b>customer-0001"
	request := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	send := func(form url.Values, status int, texts ...string) {
		t.Helper()
		form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(b.Get(desk.Path).Body.String())[1])
		portaltest.Wants(t, b.Send("POST", request+"/identity", form), status, texts...)
	}
	portaltest.Wants(t, b.Get(request), 200, "Whose request it is", "To call back", "Open the customer number")
	send(url.Values{"why": {"call-back"}}, 422, `href="#identity-case"`, `value="call-back" selected`)
	if len(s.API.Sent) > 0 {
		t.Errorf("asked without a case: %+v", s.API.Sent)
	}
	send(url.Values{"why": {"call-back"}, "case": {"C-1"}}, 200, "<strong dir=\"auto\">&lt;b&gt;customer-0001</strong>", "Acknowledge the request")
	if sent := s.API.Last(); sent.Path != "/v1/operator/people/"+portaltest.Somebody+"/data-requests/r1/identity" || sent.Body != `{"reason":"call-back"}` || sent.Header.Get("Case-Reference") != "C-1" {
		t.Errorf("sent %+v", sent)
	}
	if w := b.Get(request); strings.Contains(w.Body.String(), "customer-0001") {
		t.Error("the number is shown again")
	}
	if w := b.Get(request + "/identity"); w.Code != 303 || w.Header().Get("Location") != request {
		t.Errorf("a link to the answer leads to %q (%d)", w.Header().Get("Location"), w.Code)
	}
	s.API.Status, s.API.Problem = 404, "not-found"
	send(url.Values{"why": {"collect"}, "case": {"C-1"}}, 200, "No customer number was kept with this request.")
	s.API.Status, s.API.Problem = 409, "identity-sealed"
	send(url.Values{"why": {"collect"}, "case": {"C-1"}}, 409, "The customer number does not open")
	s.API.Problem = ""
	reader := s.AtDesk("auditor")
	if strings.Contains(reader.Get(request).Body.String(), "/identity") {
		t.Error("an auditor is shown the way")
	}
	n := len(s.API.Sent)
	if status, _ := reader.PostAtDesk(request+"/identity", url.Values{"why": {"collect"}, "case": {"C-1"}}); status != 403 || len(s.API.Sent) != n {
		t.Errorf("an auditor opens it: %d", status)
	}
}
