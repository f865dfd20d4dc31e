package system_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/desk"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/functions/local/system"
)

// withRequest has the sample person say yes and ask for erasure. It returns the paths of
// their page at the desk, and of the request.
func (h *here) withRequest(t *testing.T) (person, request string) {
	t.Helper()
	token := h.token(t, alex)
	h.optIn(t, token)
	h.ask(t, token, "POST", "/v1/data-requests", `{"type":"erasure","details":"all of it"}`)
	subject, err := h.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	person = "/desk/people/" + subject
	return person, person + "/requests/" + h.standing(t, token).Requests[0].ID
}

// TestDeskLinks follows every link of the desk, as each member of the staff, and opens each
// page that is about nobody in particular.
func TestDeskLinks(t *testing.T) {
	h := open(t)
	person, request := h.withRequest(t)
	for who, want := range map[string]bool{system.SampleOperator: true, system.SampleAuditor: false} {
		visitor := h.atDesk(t, who)
		for _, pages := range desk.Realm(shell.Client{}).Pages {
			for pattern := range pages {
				path, get := strings.CutPrefix(pattern, "GET ")
				if !get || strings.Contains(path, "{") {
					continue
				}
				if got := visitor.do(t, "GET", path, nil); got.status != http.StatusOK {
					t.Errorf("%s, %s: %d", who, path, got.status)
				}
			}
		}
		seen := visitor.crawl(t, person)
		if !seen[request] || !seen["/desk/requests"] || !seen["/desk/report"] || !seen[person+"/receipts/2"] || !seen[person+"/looked"] {
			t.Errorf("%s came to %v", who, seen)
		}
		for _, acts := range []string{person + "/opt-out", person + "/receipts/1/annul"} {
			if seen[acts] != want {
				t.Errorf("%s is led to %s: %v", who, acts, seen[acts])
			}
		}
	}
	if strings.Contains(h.log.String(), alex) {
		t.Error("the log names the customer")
	}
}

// TestDeskForms: the desk accepts a form only from its own pages, from this session, and from
// an operator.
func TestDeskForms(t *testing.T) {
	h := open(t)
	person, request := h.withRequest(t)
	clerk := h.atDesk(t, system.SampleOperator)
	own := clerk.field(t, "/desk", csrfField)
	if got := clerk.do(t, "POST", "/desk", url.Values{"csrf": {own}, "customer": {alex}, "case": {"C-1"}}); got.location != person {
		t.Fatalf("found at %q", got.location)
	}
	auditor := h.atDesk(t, system.SampleAuditor)
	all := url.Values{"all": {"1"}, "act": {"complete"}, "case": {"C-1"}, "reason": {"x"}, "customer": {alex}}
	for name, c := range map[string]struct {
		by      *visitor
		token   string
		headers []string
	}{
		"without a CSRF token":        {clerk, "", nil},
		"with another session's":      {clerk, h.atDesk(t, system.SampleOperator).field(t, "/desk", csrfField), nil},
		"with a customer's":           {clerk, h.signIn(t, alex).field(t, "/requests", csrfField), nil},
		"from another site":           {clerk, own, []string{"Origin", "https://attacker.example", "Sec-Fetch-Site", "cross-site"}},
		"by an auditor, with his own": {auditor, auditor.field(t, "/desk", csrfField), nil},
	} {
		for _, path := range []string{request, request + "/assign", request + "/note", "/desk/requests", person + "/opt-out", person + "/receipts/1/annul"} {
			all.Set("csrf", c.token)
			if got := c.by.do(t, "POST", path, all, c.headers...); got.status != http.StatusForbidden {
				t.Errorf("%s %s: %d", path, name, got.status)
			}
		}
	}
	if s := h.standing(t, h.token(t, alex)); s.Seq != 2 {
		t.Errorf("a forged form changed something: %+v", s)
	}
	all.Set("csrf", own)
	all.Set("go", "record")
	if got := clerk.do(t, "POST", request, all); got.location != person+"/receipts/3?new=1" {
		t.Errorf("our own form: %d to %q", got.status, got.location)
	}
}

// TestCustomerAtDesk: a customer can sign in, and the desk still turns them away.
func TestCustomerAtDesk(t *testing.T) {
	h := open(t)
	v := &visitor{h, map[string]string{}}
	if got := v.signIn(t, alex, "/desk/login"); got.status != http.StatusForbidden || !strings.Contains(got.body, "This is for the staff") || v.jar["__Host-desk-session"] != "" {
		t.Errorf("%d, with the cookies %v", got.status, v.jar)
	}
}
