package verifypage_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
)

// friend is what somebody does who got one file by mail and knows nothing: each visit is one
// action with the page, and the last is to read.
type friend struct {
	form string
	file string
	by   visit // how they find out who signed it
}

// TestFriend: with any single form of a receipt, whoever got it comes in three actions to
// "genuine, signed by ..., true on ..., and what became of it": they give the file, compare
// who signed it, and read: two visits, and after them nothing but reading. Nothing has to be opened or scrolled for before the verdict is
// complete. SHOTS=docs/screenshots makes the pictures anew.
func TestFriend(t *testing.T) {
	browser(t)
	k := keeper{t, t.TempDir()}
	rec := read(t, filepath.Join(labelled, "good", "01-opt-in.sd-jwt"))
	html, paper := k.written(rec, rootOf(t, labelled), "en")
	fingerprint, root := rec.Root, filepath.Join(labelled, "root.pem")
	compared := visit{From: "site", Fingerprint: strings.ToUpper(strings.TrimPrefix(fingerprint, "sha256:"))}
	given := visit{Roots: []string{root}}
	friends := []friend{
		{"pdf", k.file("receipt.pdf", paper), compared},
		{"page", k.file("receipt.html", html), compared},
		{"sd-jwt", k.file("receipt.sd-jwt", rec.Raw), given},
		{"text", k.file("receipt.txt", asText(t, rec)), given},
	}
	for _, f := range friends {
		actions := []visit{{Name: f.form + " given", Files: []string{f.file}}, f.by}
		actions[1].Name = f.form + " compared"
		if f.form == "pdf" {
			actions[0].Shot, actions[1].Shot = filepath.Join("desktop", "friend-1"), filepath.Join("desktop", "friend-2")
		}
		for i := range actions {
			actions[i].Axe = true
		}
		seen := browse(t, 1000, "en", actions)
		first, last := seen[0], seen[1]
		if first.Verdict != "consistent" || strings.Contains(first.Text, fingerprint) || !strings.Contains(first.Text, rec.Issuer+page.TrustPath) ||
			!strings.Contains(first.Text, "It says that First Example Bank") || strings.Contains(first.Text, "Answer me in Parley Messenger") || first.Links > 0 {
			t.Errorf("%s, not confirmed: %s, %d links\n%s", f.form, first.Verdict, first.Links, first.Text)
		}
		t.Logf("| a friend checks a receipt (%s) | %d actions | 1 page |", f.form, first.Actions+last.Actions)
		if last.Verdict != "genuine" {
			t.Errorf("%s: %s\n%s", f.form, last.Verdict, last.Text)
		}
		at := 0
		for _, says := range []string{
			"Genuine", "Signed by First Example Bank (" + rec.Issuer + ") on 23 November 2026", "Confirmed by",
			"One yes, one no", "Parley Messenger may use: “Checking-account balances” and “Card transactions”, until 23 November 2027. It can be stopped on any day at consent.first-example-bank.example.", "Later changes", "whether it changed since is not in this file", "Yes: Answer me in Parley Messenger",
		} {
			next := strings.Index(last.Text[at:], says)
			if next < 0 {
				t.Errorf("%s: it does not say %q in this order:\n%s", f.form, says, last.Text)
				break
			}
			at += next
		}
	}
}

// asText is a receipt in plain text, as people mail it.
func asText(t *testing.T, rec *receipt.Receipt) string {
	t.Helper()
	var b bytes.Buffer
	must(t, page.Text(&b, rec, sampleCatalogue(t), "en"))
	return "Dear friend,\r\n\r\n" + strings.ReplaceAll(b.String(), "\n", "\r\n") + "\r\nBest regards\r\n"
}
