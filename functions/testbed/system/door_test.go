package system_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consent-receipts/functions/local/devmail"
	"consent-receipts/functions/local/system"
)

var mailedLink = regexp.MustCompile(`href="[^"]*(/ask/[A-Za-z0-9_-]+)"`)

// TestDoor: somebody without an account asks by the form, follows the link of the mail, sends the
// request, and takes it back; the staff finds it in the queue. Following the link sends nothing,
// and the answer says nothing of the address.
func TestDoor(t *testing.T) {
	h := open(t)
	v := &visitor{h, map[string]string{}}
	ask := func(form url.Values) page { return v.do(t, "POST", "/ask", form) }
	if got := v.do(t, "GET", "/ask", nil); got.status != 200 || !strings.Contains(got.body, `name="email"`) || strings.Contains(got.policy, "script-src") {
		t.Fatalf("%d %s %s", got.status, got.policy, got.body)
	}
	for _, form := range []url.Values{{}, {"type": {"access"}}, {"type": {"access"}, "how": {"mail"}, "email": {"alex"}}, {"type": {"access"}, "how": {"mail"}, "email": {"a@b.example\r\nBcc: c@d.example"}}} {
		if got := ask(form); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", form, got.status)
		}
	}
	mailed := url.Values{"type": {"access"}, "how": {"mail"}, "email": {system.SampleMail}}
	for range 5 { // more than are sent
		if got := ask(mailed); got.location != "/ask?sent=1" {
			t.Fatalf("%d to %s", got.status, got.location)
		}
	}
	box := v.do(t, "GET", devmail.Path, nil).body
	sent := mailedLink.FindAllStringSubmatch(box, -1)
	if len(sent) != 3 {
		t.Fatalf("%d mails", len(sent))
	}
	link := sent[0][1]
	if got := v.do(t, "GET", link, nil); got.status != 200 || !strings.Contains(got.body, system.SampleMail) || strings.Contains(got.body, "take-back") {
		t.Fatalf("before it is sent: %d %s", got.status, got.body)
	}
	if list := h.ask(t, h.token(t, system.SampleAuditor), "GET", "/v1/operator/requests", ""); !strings.Contains(string(list.body), `"total":0`) {
		t.Errorf("the link alone opened a request: %s", list.body)
	}
	if got := v.do(t, "POST", link, url.Values{"details": {"All of it."}}); got.location != link+"?new=1" {
		t.Fatalf("%d to %s", got.status, got.location)
	}
	shown := v.do(t, "GET", link+"?new=1", nil)
	if shown.status != 200 || !strings.Contains(shown.body, "Done. The receipt is below.") || !strings.Contains(shown.body, "All of it.") {
		t.Errorf("%d %s", shown.status, shown.body)
	}
	if got := v.do(t, "GET", link+"/receipts/1?format=pdf", nil); got.status != 200 || !strings.HasPrefix(got.body, "%PDF") {
		t.Errorf("its receipt: %d %.80s", got.status, got.body)
	}
	if got := v.do(t, "GET", link+"/receipts/2?format=pdf", nil); got.status != http.StatusNotFound {
		t.Errorf("another receipt: %d", got.status)
	}
	list := h.ask(t, h.token(t, system.SampleAuditor), "GET", "/v1/operator/requests", "")
	if !strings.Contains(string(list.body), `"total":1`) || !strings.Contains(string(list.body), `"person":"~`) || strings.Contains(string(list.body), "alex") {
		t.Errorf("the queue: %s", list.body)
	}
	who := regexp.MustCompile(`"person":"(~[^"]+)"`).FindStringSubmatch(string(list.body))[1]
	id := regexp.MustCompile(`"id":"([^"]+)"`).FindStringSubmatch(string(list.body))[1]
	clerk, at := h.atDesk(t, system.SampleOperator), "/desk/people/"+who+"/requests/"+id
	form := url.Values{"csrf": {clerk.field(t, at, csrfField)}, "key": {"k"}, "case": {"C-1"}, "customer": {alex}}
	if got := clerk.do(t, "POST", at+"/link", form); got.status != http.StatusSeeOther {
		t.Errorf("linked at the desk: %d %s", got.status, got.body)
	}
	if got := clerk.do(t, "GET", at, nil); got.status != 200 || !strings.Contains(got.body, "Linked to customer") {
		t.Errorf("the case at the desk: %d %s", got.status, got.body)
	}
	if got := h.signIn(t, alex).do(t, "GET", "/looked", nil); !strings.Contains(got.body, "a request without an account is yours") {
		t.Errorf("the customer sees %s", got.body)
	}
	if got := v.do(t, "POST", link+"/take-back", url.Values{}); got.status != http.StatusSeeOther {
		t.Errorf("%d", got.status)
	}
	for _, wrong := range []string{link + "A", "/ask/x", "/ask/" + strings.Repeat("A", 300)} {
		if got := v.do(t, "GET", wrong, nil); got.status != http.StatusNotFound || !strings.Contains(got.body, "This link opens nothing") {
			t.Errorf("%s: %d", wrong, got.status)
		}
	}
	got := ask(url.Values{"type": {"erasure"}, "how": {"none"}})
	if !strings.HasPrefix(got.location, "/ask/") {
		t.Fatalf("%d to %s", got.status, got.location)
	}
	v.do(t, "POST", got.location, url.Values{})
	if got := v.do(t, "GET", got.location, nil); got.status != 200 || !strings.Contains(got.body, "Nothing proves who you are") || !strings.Contains(got.body, "Number of your request") {
		t.Errorf("%d %s", got.status, got.body)
	}
}
