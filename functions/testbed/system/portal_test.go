package system_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// visitor is a browser at the portal: it keeps cookies and follows nothing.
type visitor struct {
	h   *here
	jar map[string]string
}

// page is what a visitor was answered.
type page struct {
	status       int
	location     string
	policy, body string
}

// signIn signs a sample person in, as a browser would.
func (h *here) signIn(t testing.TB, person string) *visitor {
	t.Helper()
	return h.signedIn(t, person, "/login", "__Host-session")
}

// atDesk signs a member of the sample staff in at the desk.
func (h *here) atDesk(t testing.TB, who string) *visitor {
	t.Helper()
	return h.signedIn(t, who, "/desk/login", "__Host-desk-session")
}

// signedIn returns a visitor with the cookie of a session after signing in.
func (h *here) signedIn(t testing.TB, who, login, cookie string) *visitor {
	t.Helper()
	v := &visitor{h, map[string]string{}}
	if got := v.signIn(t, who, login); got.status != http.StatusSeeOther || v.jar[cookie] == "" {
		t.Fatalf("not signed in: %d", got.status)
	}
	return v
}

// signIn goes through the issuer, and returns the answer to the way back.
func (v *visitor) signIn(t testing.TB, person, login string) page {
	t.Helper()
	u, err := url.Parse(v.do(t, "GET", login, nil).location)
	must(t, err)
	form := u.Query()
	form.Set("person", person)
	back := v.do(t, "POST", u.Path, form).location
	return v.do(t, "GET", strings.TrimPrefix(back, v.h.Base), nil)
}

// do sends a request; headers come in pairs.
func (v *visitor) do(t testing.TB, method, path string, form url.Values, headers ...string) page {
	t.Helper()
	req, err := http.NewRequest(method, v.h.Base+path, strings.NewReader(form.Encode()))
	must(t, err)
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", v.h.Base)
	}
	for name, value := range v.jar {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := v.h.Client.Do(req)
	must(t, err)
	defer res.Body.Close()
	for _, c := range res.Cookies() {
		v.jar[c.Name] = c.Value
	}
	body, err := io.ReadAll(res.Body)
	must(t, err)
	return page{res.StatusCode, res.Header.Get("Location"), res.Header.Get("Content-Security-Policy"), string(body)}
}

var (
	csrfField  = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	offerField = regexp.MustCompile(`name="offer" value="([^"]+)"`)
	links      = regexp.MustCompile(`href="(/[^"]*)"`)
)

// field returns the value of a hidden field of a page.
func (v *visitor) field(t testing.TB, path string, pattern *regexp.Regexp) string {
	t.Helper()
	m := pattern.FindStringSubmatch(v.do(t, "GET", path, nil).body)
	if m == nil {
		t.Fatalf("%s has no %s", path, pattern)
	}
	return m[1]
}

// TestForms: a form without its CSRF token, with the token of another session, or from
// another site, is refused and changes nothing.
func TestForms(t *testing.T) {
	h := open(t)
	v := h.signIn(t, alex)
	h.optIn(t, h.token(t, alex))
	own := v.field(t, "/requests", csrfField)
	for name, c := range map[string]struct {
		token   string
		headers []string
	}{
		"without a CSRF token":   {"", nil},
		"with another session's": {h.signIn(t, alex).field(t, "/requests", csrfField), nil},
		"with another person's":  {h.signIn(t, lucia).field(t, "/requests", csrfField), nil},
		"from another site":      {own, []string{"Origin", "https://attacker.example", "Sec-Fetch-Site", "cross-site"}},
	} {
		for _, path := range []string{"/withdraw-all", "/withdraw", "/offer", "/requests", "/receipts/1/part", "/logout"} {
			if got := v.do(t, "POST", path, url.Values{"csrf": {c.token}, "reason": {"x"}}, c.headers...); got.status != http.StatusForbidden {
				t.Errorf("%s %s: %d", path, name, got.status)
			}
		}
	}
	if s := h.standing(t, h.token(t, alex)); s.Seq != 1 || !s.Lines[0].InForce {
		t.Errorf("a forged form changed something: %+v", s)
	}
	if got := v.do(t, "POST", "/withdraw-all", url.Values{"csrf": {own}}); got.location != "/receipts/2?new=1" {
		t.Errorf("our own form: %d to %q", got.status, got.location)
	}
}

// TestAnothersThings: nobody can open what another person has, and nobody can open anything
// without a session.
func TestAnothersThings(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	h.optIn(t, token)
	h.ask(t, token, "POST", "/v1/data-requests", `{"type":"access"}`)
	before := h.standing(t, token)
	consent, request := before.Lines[0].ConsentID, before.Requests[0].ID
	offer := h.signIn(t, alex).field(t, "/offer", offerField)

	other := h.signIn(t, lucia)
	stranger := &visitor{h, map[string]string{}}
	csrf := other.field(t, "/requests", csrfField)
	for _, c := range []struct {
		method, path string
		form         url.Values
		status       int
	}{
		{"GET", "/receipts/1", nil, 404},
		{"GET", "/receipts/1/download", nil, 404},
		{"GET", "/receipts/1/download?format=json", nil, 404},
		{"GET", "/receipts/1/print", nil, 404},
		{"GET", "/receipts/1/part", nil, 404},
		{"POST", "/receipts/1/part", url.Values{"part": {"changes"}, "as": {"file"}}, 404},
		{"GET", "/consents/" + consent + "/narrow", nil, 404},
		{"GET", "/consents/" + consent + "/withdraw", nil, 404},
		{"POST", "/consents/" + consent + "/narrow", url.Values{"data": {"balances"}}, 404},
		{"POST", "/requests/" + request, url.Values{}, 404},
		{"POST", "/offer", url.Values{"offer": {offer}, "answer-0": {"yes"}, "go": {"send"}}, 422},
	} {
		if c.form != nil {
			c.form.Set("csrf", csrf)
		}
		if got := other.do(t, c.method, c.path, c.form); got.status != c.status {
			t.Errorf("another person, %s %s: %d, want %d", c.method, c.path, got.status, c.status)
		}
		if got := stranger.do(t, c.method, c.path, c.form); got.status != 401 {
			t.Errorf("nobody, %s %s: %d, want 401", c.method, c.path, got.status)
		}
	}
	// a withdrawal is never refused: it finds nothing, in the ledger of who sent it
	other.do(t, "POST", "/withdraw", url.Values{"csrf": {csrf}, "consent": {consent}})
	if after := h.standing(t, token); after.Seq != before.Seq || !after.Lines[0].InForce || len(after.Requests) != 1 {
		t.Errorf("another person changed something: %+v", after)
	}
}

// TestLinks follows every link of every page that links lead to. Each page answers, under the
// policy that lets no script run. Only the page that checks receipts names its own script, in
// the page.
func TestLinks(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	h.optIn(t, token)
	h.ask(t, token, "POST", "/v1/data-requests", `{"type":"erasure","details":"all of it"}`)
	if seen := h.signIn(t, alex).crawl(t, "/"); len(seen) < 20 {
		t.Errorf("only %d pages: %v", len(seen), seen)
	}
}

// crawl follows every link from a page on, and returns the pages that it came to.
func (v *visitor) crawl(t *testing.T, from string) map[string]bool {
	t.Helper()
	seen, queue := map[string]bool{}, []string{from}
	for len(queue) > 0 {
		path := strings.ReplaceAll(queue[0], "&amp;", "&")
		queue = queue[1:]
		if seen[path] || strings.Contains(path, "language=") && !strings.HasPrefix(path, "/verify?") {
			continue
		}
		seen[path] = true
		got := v.do(t, "GET", path, nil)
		if got.status != http.StatusOK {
			t.Errorf("%s: %d", path, got.status)
		}
		switch {
		case strings.HasPrefix(path, "/assets/"), strings.HasPrefix(path, "/.well-known/"): // no pages
		case strings.HasPrefix(path, "/verify?"):
			if !strings.Contains(got.body, `content="default-src 'none'; script-src 'sha256-`) {
				t.Errorf("%s: no policy in it", path)
			}
		case !strings.Contains(got.policy, "default-src 'none'") || strings.Contains(got.policy, "script-src"):
			t.Errorf("%s: policy %q", path, got.policy)
		}
		if strings.HasPrefix(got.body, "<!doctype html>") {
			for _, m := range links.FindAllStringSubmatch(got.body, -1) {
				queue = append(queue, m[1])
			}
		}
	}
	return seen
}

// TestPortalSignal: the portal does not ask a browser that sends Global Privacy Control for
// what the signal refuses, unless the person goes to that question.
func TestPortalSignal(t *testing.T) {
	v := open(t).signIn(t, alex)
	offers := func(path string, header ...string) bool {
		got := v.do(t, "GET", path, nil, header...)
		token := regexp.MustCompile(`name="offer" value="[^".]+\.([^".]+)`).FindStringSubmatch(got.body)
		if got.status != http.StatusOK || token == nil {
			t.Fatalf("%s: %d", path, got.status)
		}
		payload, err := base64.RawURLEncoding.DecodeString(token[1])
		must(t, err)
		return strings.Contains(string(payload), `"card-offers"`)
	}
	for path, asked := range map[string]bool{"/offer": false, "/offer?purpose=card-offers": true} {
		if offers(path, "Sec-GPC", "1") != asked {
			t.Errorf("%s: asked: %t", path, !asked)
		}
	}
	if !offers("/offer") {
		t.Error("without the signal nobody is asked")
	}
}

// TestPausedConsent: a paused consent can be withdrawn by itself.
func TestPausedConsent(t *testing.T) {
	h := open(t)
	token := h.token(t, alex)
	h.optIn(t, token)
	h.ask(t, token, "POST", "/v1/data-requests", `{"type":"restriction"}`)
	v := h.signIn(t, alex)
	path := regexp.MustCompile(`/consents/[0-9a-f-]+/withdraw`).FindString(v.do(t, "GET", "/", nil).body)
	if got := v.do(t, "GET", path, nil); path == "" || got.status != http.StatusOK {
		t.Fatalf("%q: %d", path, got.status)
	}
	if got := v.do(t, "GET", strings.Replace(path, "withdraw", "narrow", 1), nil); got.status != http.StatusNotFound {
		t.Errorf("narrow it: %d", got.status)
	}
}
