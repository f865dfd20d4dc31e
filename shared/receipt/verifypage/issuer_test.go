package verifypage_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/verifypage"
)

// TestServed: at its own domain the issuer's page confirms the issuer's receipts, and shows
// nothing of receipts by others. A copy of it, on a disk or at another address, confirms
// nothing.
func TestServed(t *testing.T) {
	browser(t)
	var page []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	}))
	defer server.Close()
	domain := strings.TrimPrefix(server.URL, "http://")
	serve := func(domain string) {
		var err error
		page, err = verifypage.ServedBy(domain, vectorRoot(t))
		must(t, err)
	}
	good := filepath.Join(vectors, "good", "01-opt-in.sd-jwt")
	changed := filepath.Join(vectors, "bad", "disclosure-changed.sd-jwt")
	folder := t.TempDir()
	foreign, copied := filepath.Join(folder, "foreign.sd-jwt"), filepath.Join(folder, "copy.html")
	other := issue(t, 2)
	picture, words := filepath.Join(folder, "picture.jpg"), filepath.Join(folder, "words.sd-jwt")
	must(t, os.WriteFile(foreign, []byte(other.receipts[0].Raw), 0o600))
	must(t, os.WriteFile(picture, []byte("JFIF"), 0o600))
	_, rest, _ := strings.Cut(other.receipts[0].Raw, ".")
	must(t, os.WriteFile(words, []byte(b64.EncodeToString([]byte(`{"Your bank says":1,"Your bank says":2}`))+"."+rest), 0o600))

	serve(domain)
	must(t, os.WriteFile(copied, page, 0o600))
	seen := browseAt(t, server.URL+"/", 1000, "en", []visit{
		{Name: "ours", Files: []string{good}, Axe: true},
		{Name: "somebody else's", Files: []string{foreign}, All: true, Axe: true},
		{Name: "a bundle of somebody else's", Files: other.bundles(t), All: true},
		{Name: "changed", Files: []string{changed}},
		{Name: "a picture", Files: []string{picture}},
		{Name: "words for the reason", Files: []string{words}},
	})
	if s := seen[0]; s.Verdict != "genuine" || !strings.Contains(s.Text, "this page comes from "+domain) || strings.Contains(s.Text, "Compare") {
		t.Errorf("%s: %s\n%s", s.Name, s.Verdict, s.Text)
	}
	for _, s := range seen[1:3] {
		if s.Verdict != "foreign" || s.Code != receipt.CodeChain || !strings.Contains(s.Text, "Not signed by "+domain) {
			t.Errorf("%s: %s %s\n%s", s.Name, s.Verdict, s.Code, s.Text)
		}
		for _, said := range []string{"Parley", other.receipts[0].Issuer, other.receipts[0].Subject, "2026"} {
			if strings.Contains(s.Text, said) {
				t.Errorf("%s: it says %q of it", s.Name, said)
			}
		}
	}
	if s := seen[3]; s.Verdict != "changed" || s.Code != receipt.CodeDisclosure {
		t.Errorf("%s: %s %s", s.Name, s.Verdict, s.Code)
	}
	if s := seen[4]; s.Verdict != "no-receipt" || strings.Contains(s.Text, "Not signed by") {
		t.Errorf("%s: %s\n%s", s.Name, s.Verdict, s.Text)
	}
	if s := seen[5]; s.Verdict != "changed" || strings.Contains(s.Text, "Your bank") {
		t.Errorf("%s: %s\n%s", s.Name, s.Verdict, s.Text)
	}

	serve("consent.first-example-bank.example")
	for _, at := range []string{copied, server.URL + "/"} {
		if s := browseAt(t, at, 1000, "en", []visit{{Name: at, Files: []string{good}}})[0]; s.Verdict != "consistent" || strings.Contains(s.Text, "served by") {
			t.Errorf("%s: %s\n%s", s.Name, s.Verdict, s.Text)
		}
	}
}

// TestUnconfirmed: until the signer is confirmed, the content of a file is folded and has no
// links, and the fingerprint is not shown, so that nobody can copy it into the field.
func TestUnconfirmed(t *testing.T) {
	browser(t)
	chain := issue(t, 2)
	fingerprint := receipt.Fingerprint(chain.roots[0])
	bundle, root := chain.bundles(t), filepath.Join(t.TempDir(), "root.pem")
	must(t, os.WriteFile(root, chain.roots.PEM(), 0o600))
	seen := browse(t, 1000, "en", []visit{
		{Name: "folded", Files: bundle, Axe: true},
		{Name: "open", Files: bundle, All: true, Axe: true},
		{Name: "compared", Files: bundle, From: "phone", Fingerprint: strings.ToUpper(fingerprint[:40]) + " " + fingerprint[40:]},
		{Name: "with a certificate", Files: bundle, Roots: []string{root}},
		{Name: "and then whence", From: "paper"},
	})
	if a, b := seen[3], seen[4]; !strings.Contains(a.Text, "Confirmed by the root certificate that you chose") || !strings.Contains(b.Text, "Confirmed by what you have from a contract") {
		t.Errorf("by what it is confirmed:\n%s\n%s", a.Text, b.Text)
	}
	if s := seen[0]; s.Verdict != "consistent" || strings.Contains(s.Text, "Parley") || strings.Contains(s.Text, fingerprint) {
		t.Errorf("%s: %s\n%s", s.Name, s.Verdict, s.Text)
	}
	if s := seen[1]; s.Links > 0 || !strings.Contains(s.Text, "Parley") || !strings.Contains(s.Text, "https://") {
		t.Errorf("%s: %d links\n%s", s.Name, s.Links, s.Text)
	}
	if before, _, _ := strings.Cut(seen[1].Text, "The fingerprint, as you got it"); strings.Contains(before, fingerprint) {
		t.Error("the value to compare with stands above the field")
	}
	if s := seen[2]; s.Verdict != "genuine" || !strings.Contains(s.Text, "Confirmed by what you got by phone") || s.Links == 0 {
		t.Errorf("%s: %s, %d links\n%s", s.Name, s.Verdict, s.Links, s.Text)
	}
}
