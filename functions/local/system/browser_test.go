package system_test

import (
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/functions/local/browser"
	"consent-receipts/shared/receipt"
)

var shots = flag.String("shots", "", "make the screenshots anew, in this folder of the repository: docs/screenshots")

// TestBrowser plays the story in Chromium: on a desktop and on a phone, in both
// languages, by keyboard alone and without JavaScript. What was kept of it is genuine.
func TestBrowser(t *testing.T) {
	for name, story := range map[string]browser.Story{
		"desktop":  {Width: 1280},
		"phone":    {Width: 360, Language: "es", Dark: true},
		"keyboard": {Width: 1280, Language: "es", Keyboard: true},
		"noscript": {Width: 360, NoScript: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := serve(t)
			story.Base, story.Person = h.Base, alex
			if *shots != "" && (name == "desktop" || name == "phone") {
				var err error
				story.Shots, err = filepath.Abs(filepath.Join("..", "..", "..", *shots, name))
				must(t, err)
				must(t, os.MkdirAll(story.Shots, 0o755))
			}
			kept := story.Play(t)
			verifier, err := receipt.NewVerifier(h.sys.Root)
			must(t, err)
			whole, err := verifier.Verify(kept.Receipt)
			must(t, err)
			part, err := verifier.Verify(kept.Part)
			must(t, err)
			if part.Digest != whole.Digest || part.Changes[0].Value == nil || part.Changes[1].Value != nil || part.Withheld()["standing"] != 2 {
				t.Errorf("the part withholds %v", part.Withheld())
			}
			s := h.standing(t, h.token(t, alex))
			if whole.Seq != 1 || s.Seq != 4 || len(s.Requests) != 1 || s.Lines[0].InForce {
				t.Errorf("after the story: %+v", s)
			}
		})
	}
}

// TestForms: a form without its CSRF token, or from another site, is refused and
// changes nothing.
func TestForms(t *testing.T) {
	h := serve(t)
	jar := map[string]string{}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	do := func(method, to string, form url.Values, headers ...string) *http.Response {
		t.Helper()
		req, err := http.NewRequest(method, to, strings.NewReader(form.Encode()))
		must(t, err)
		if form != nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		for name, value := range jar {
			req.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		res, err := client.Do(req)
		must(t, err)
		defer res.Body.Close()
		for _, c := range res.Cookies() {
			jar[c.Name] = c.Value
		}
		return res
	}
	// sign in, as a browser would
	authorize := do("GET", h.Base+"/login", nil).Header.Get("Location")
	u, err := url.Parse(authorize)
	must(t, err)
	form := u.Query()
	form.Set("person", alex)
	back := do("POST", h.Base+"/dev-issuer/authorize", form).Header.Get("Location")
	if res := do("GET", back, nil); res.StatusCode != http.StatusSeeOther || jar["__Host-session"] == "" {
		t.Fatalf("not signed in: %d", res.StatusCode)
	}
	h.optIn(t, h.token(t, alex))
	for name, headers := range map[string][]string{
		"without a CSRF token": {"Origin", h.Base},
		"from another site":    {"Origin", "https://attacker.example", "Sec-Fetch-Site", "cross-site"},
	} {
		for _, path := range []string{"/withdraw-all", "/withdraw", "/offer", "/requests", "/logout"} {
			if res := do("POST", h.Base+path, url.Values{"reason": {"x"}}, headers...); res.StatusCode != http.StatusForbidden {
				t.Errorf("%s %s: %d", path, name, res.StatusCode)
			}
		}
	}
	if s := h.standing(t, h.token(t, alex)); s.Seq != 1 || !s.Lines[0].InForce {
		t.Errorf("a forged form changed something: %+v", s)
	}
}
