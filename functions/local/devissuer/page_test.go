package devissuer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// TestPage checks that the page needs no script, that its policy lets in its own
// style and nothing else, and that it speaks the visitor's language.
func TestPage(t *testing.T) {
	b := newBench(t)
	verifier := oauth2.GenerateVerifier()
	res, page := b.get(b.request(verifier, "state", `"><script>alert(1)</script>`))
	if res.StatusCode != http.StatusOK || strings.Contains(page, "<script") {
		t.Fatalf("status %d: %s", res.StatusCode, page)
	}
	_, style, _ := strings.Cut(page, "<style>")
	style, _, _ = strings.Cut(style, "</style>")
	sum := sha256.Sum256([]byte(style))
	want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self' http://localhost:9999; base-uri 'none'; frame-ancestors 'none'"
	if got := res.Header.Get("Content-Security-Policy"); got != want {
		t.Errorf("policy\n%s, not\n%s", got, want)
	}
	if res.Header.Get("Cache-Control") != "no-store" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", res.Header)
	}
	for _, p := range people {
		if !strings.Contains(page, p.Name) {
			t.Errorf("%s is not on the page", p.Name)
		}
	}
	for _, c := range []struct{ uiLocales, accept, lang, says string }{
		{"-", "", "en", "For development on this computer only"},
		{"-", "es-MX,es;q=0.9,en;q=0.8", "es", "Solo para desarrollo en este ordenador"},
		{"es", "en", "es", "nunca forma parte de un servicio desplegado"},
		{"fr en", "es", "en", "never part of a deployed service"},
		{"??", "sv", "en", "never part of a deployed service"},
	} {
		res, page := b.get(b.request(verifier, "ui_locales", c.uiLocales), "Accept-Language", c.accept)
		if res.Header.Get("Content-Language") != c.lang || !strings.Contains(page, `<html lang="`+c.lang+`"`) || !strings.Contains(page, c.says) {
			t.Errorf("%+v: %s", c, page)
		}
		_, page = b.get(b.request(verifier, "ui_locales", c.uiLocales, "client_id", "nobody"), "Accept-Language", c.accept)
		if !strings.Contains(page, `<html lang="`+c.lang+`"`) || !strings.Contains(page, c.says) {
			t.Errorf("%+v, refused: %s", c, page)
		}
	}
}
