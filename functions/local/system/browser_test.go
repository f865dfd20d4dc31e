package system_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
)

var update = flag.Bool("update", false, "make the screenshots in docs anew")

// TestBrowser plays the story in Chromium, on a desktop and on a phone: no
// accessibility violation, no request to anybody else, nothing ticked before the
// person ticks it, and the downloaded receipt is genuine.
func TestBrowser(t *testing.T) {
	engine(t, "node_modules", "playwright-core")
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is missing")
		}
		t.Skip("chromium is missing: make test installs it as root on Debian")
	}
	for _, screen := range []struct {
		name  string
		width int
	}{{"desktop", 1100}, {"phone", 360}} {
		t.Run(screen.name, func(t *testing.T) {
			h := serve(t)
			download := filepath.Join(t.TempDir(), "receipt.sd-jwt")
			task := map[string]any{"base": h.Base, "person": alex, "width": screen.width, "download": download}
			if *update {
				shots, err := filepath.Abs(filepath.Join("..", "..", "..", "docs", "screenshots", screen.name))
				must(t, err)
				must(t, os.MkdirAll(shots, 0o755))
				task["shots"] = shots
			}
			in, err := json.Marshal(task)
			must(t, err)
			cmd := exec.Command("node", filepath.Join("testdata", "story.mjs"))
			var stderr bytes.Buffer
			cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, stderr.String())
			}
			var seen struct {
				Violations, Foreign, Sideways, Problems, Cookies []string
				Preticked                                        int
				End                                              string
			}
			must(t, json.Unmarshal(out, &seen))
			if len(seen.Violations)+len(seen.Foreign)+len(seen.Sideways)+len(seen.Problems)+seen.Preticked > 0 {
				t.Errorf("%+v", seen)
			}
			for _, c := range seen.Cookies {
				if !strings.HasPrefix(c, "__Host-") || !strings.Contains(c, " true true ") {
					t.Errorf("cookie %s", c)
				}
			}
			raw, err := os.ReadFile(download)
			must(t, err)
			verifier, err := receipt.NewVerifier(h.sys.Root)
			must(t, err)
			rec, err := verifier.Verify(string(raw))
			must(t, err)
			s := h.standing(t, h.token(t, alex))
			if rec.Seq != 1 || s.Seq != 4 || len(s.Requests) != 1 || s.Lines[0].InForce {
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
