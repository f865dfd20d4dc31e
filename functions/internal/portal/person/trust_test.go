package person_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/verifypage"
)

// issuersRoots makes root certificates that are valid from these days.
func issuersRoots(t *testing.T, days ...string) (roots receipt.Roots) {
	t.Helper()
	for _, day := range days {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		begun, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		root, err := receipt.NewRoot(key, "https://consent.first-example-bank.example", begun.Add(12*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		roots = append(roots, root)
	}
	return roots
}

// TestTrust: anybody can read there the root by which receipts of the controller are known, and
// all earlier roots, each in groups of digits.
func TestTrust(t *testing.T) {
	s := portaltest.New(t)
	s.API.Roots = issuersRoots(t, "2026-09-01", "2024-03-01")
	b := s.Browser()
	w := b.Get("/trust")
	portaltest.Wants(t, w, http.StatusOK, "How to know that a receipt is from First Example Bank", "1 September 2026", "1 March 2024 to 1 September 2026",
		`href="`+portaltest.Base+`/verify?language=en"`, ">"+portaltest.Base+"/verify</a>", `href="`+shell.RootPath+`"`)
	page := w.Body.String()
	if strings.Contains(page, "<script") {
		t.Error("there is a script")
	}
	at := 0
	for _, root := range s.API.Roots {
		next := strings.Index(page[at:], spelledOut(receipt.Fingerprint(root)))
		if next < 0 {
			t.Fatalf("%s is not there, or not in its order", receipt.Fingerprint(root))
		}
		at += next
	}
	b.Headers["Accept-Language"] = "es-MX"
	portaltest.Wants(t, b.Get("/trust"), http.StatusOK, `lang="es"`, "Cómo saber que un recibo es de First Example Bank", "1 de septiembre de 2026")
}

// spelledOut is a fingerprint as the page has it: four lines of four groups.
func spelledOut(fingerprint string) string {
	var b strings.Builder
	digits := strings.TrimPrefix(fingerprint, "sha256:")
	for line := range 4 {
		b.WriteString("\n<li>")
		for group := range 4 {
			if group > 0 {
				b.WriteByte(' ')
			}
			at := 16*line + 4*group
			b.WriteString("<span>" + digits[at:at+4] + "</span>")
		}
		b.WriteString("</li>")
	}
	return b.String()
}

// TestTrustWithoutRoots: if the roots cannot be fetched, the page shows no fingerprint.
func TestTrustWithoutRoots(t *testing.T) {
	s := portaltest.New(t)
	if w := s.Browser().Get("/trust"); w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "fingerprint") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}

// TestVerifyPage: the page that checks receipts is verify.html, except for the block with the issuer and its roots.
func TestVerifyPage(t *testing.T) {
	s := portaltest.New(t)
	s.API.Roots = issuersRoots(t, "2026-09-01", "2024-03-01")
	w := s.Browser().Get("/verify")
	portaltest.Wants(t, w, http.StatusOK)
	if got := w.Header().Get("Content-Security-Policy"); got != "frame-ancestors 'none'" { // the rest is in the page
		t.Errorf("policy %q", got)
	}
	const before, after = `<script type="application/json" id="issuer-roots">`, "</script>"
	head, rest, _ := strings.Cut(w.Body.String(), before)
	block, tail, _ := strings.Cut(rest, after)
	if head+before+"{}"+after+tail != string(verifypage.Page) {
		t.Error("it is another page")
	}
	var said struct{ Domain, Roots string }
	if err := json.Unmarshal([]byte(block), &said); err != nil || said.Domain != "portal.example" || said.Roots != string(s.API.Roots.PEM()) {
		t.Errorf("it says %+v of who serves it: %v", said, err)
	}
}
