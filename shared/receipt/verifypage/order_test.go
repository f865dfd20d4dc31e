package verifypage_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
)

// noKind are files without a receipt, of known and unknown kinds.
func noKind(t *testing.T) (files [][]byte) {
	t.Helper()
	for _, text := range []string{
		"", "JFIF", "\xff\xd8\xff\xe0\x00\x10JFIF", "\x00", "Dear Sir or Madam,\n\nplease find attached.\n", "%PDF-1.7\n1 0 obj\n<< >>\nendobj\n%%EOF",
		"<!doctype html><p>hello</p>", "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n\r\nhello", "bplist00", "{}", `{"records":[]}`, `{"records":[{"id":1}]}`, "0\x82\x00\x01x", "%PDF-1.7\ntrailer << /Encrypt 5 0 R >>\n%%EOF",
	} {
		files = append(files, []byte(text))
	}
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("picture.jpg")
	must(t, err)
	_, err = w.Write([]byte("JFIF"))
	must(t, err)
	must(t, z.Close())
	return append(files, b.Bytes())
}

// dealt lays receipts into files, and says it as a case.
func dealt(random *rand.Rand, receipts []string, trusted bool, beside ...[]byte) saying {
	s := saying{Now: soon, Trusted: trusted}
	n := 1 + random.IntN(3)
	lines := make([][]string, n)
	for _, i := range random.Perm(len(receipts)) {
		at := random.IntN(n)
		lines[at] = append(lines[at], receipts[i])
	}
	for _, l := range lines {
		if len(l) > 0 {
			beside = append(beside, []byte(strings.Join(l, "\n")+"\n"))
		}
	}
	for i, at := range random.Perm(len(beside)) {
		s.Files = append(s.Files, sayingFile{fmt.Sprint(i), beside[at]})
	}
	return s
}

// TestOrderAndFiles: in the page and in the command the verdict and all that is said are the
// same for every order of the same receipts, however they lie in files; and files in which
// there is no receipt make nothing worse.
func TestOrderAndFiles(t *testing.T) {
	engine(t, "esbuild")
	o, random := newOffice(t), rand.New(rand.NewPCG(5, 6))
	l := o.told(func(l *life) {
		l.do(consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: l.alerts(), Data: &[]string{"balances"}}}})
		l.do(consent.OptOut{All: true})
	})
	claims := o.verified(l.receipts[2]).Claims
	fork, err := o.Issuer.Issue(t.Context(), &claims)
	must(t, err)
	sound := slices.Concat(l.receipts, l.receipts, o.told(func(l *life) { l.do(consent.OptOut{All: true}) }).receipts)
	for _, raw := range l.receipts {
		sound = append(sound, o.showing(raw, only("changes", 0)), o.showing(raw, without("changes")), o.showing(raw, only("standing", random.IntN(2))))
	}
	bad := []string{fork.Raw, later(l.receipts[1]), issue(t, 1).receipts[0].Raw}
	pool := slices.Concat(sound, bad, bad, bad)
	picture, nothing := []byte("JFIF"), noKind(t) // a picture always: so that there are several files
	const deals = 30
	var cases []saying
	for i := range deals {
		from := pool
		if i%2 == 0 {
			from = sound
		}
		var receipts []string
		for range 1 + random.IntN(6) {
			receipts = append(receipts, from[random.IntN(len(from))])
		}
		trusted := i%4 != 3
		cases = append(cases, dealt(random, receipts, trusted, picture), dealt(random, receipts, trusted, picture),
			dealt(random, receipts, trusted, picture, nothing[random.IntN(len(nothing))], nothing[i%len(nothing)]))
	}
	var page []answer
	must(t, json.Unmarshal(node(t, map[string]any{"roots": string(o.roots.PEM()), "cases": cases}, filepath.Join("testdata", "said.mjs")), &page))
	seen := map[receipt.Verdict]int{}
	for i := 0; i < len(cases); i += 3 {
		first := cases[i].byCommand(t, o.roots)
		seen[first.Verdict]++
		for n, c := range cases[i : i+3] {
			for by, got := range map[string]answer{"the page": page[i+n], "the command": c.byCommand(t, o.roots)} {
				if got, want := unordered(got), unordered(first); got != want {
					t.Errorf("dealt in another way, %s says\n%s\nand not\n%s", by, got, want)
				}
			}
		}
	}
	for _, v := range []receipt.Verdict{receipt.Genuine, receipt.NotContiguous, receipt.Consistent, receipt.Refused, receipt.Changed} {
		if seen[v] == 0 {
			t.Errorf("nothing was %s: %v", v, seen)
		}
	}
}

// unordered is an answer without the order of its receipts.
func unordered(a answer) string {
	var said []string
	for _, r := range a.Receipts {
		said = append(said, fmt.Sprintf("%+v", r))
	}
	slices.Sort(said)
	return fmt.Sprintf("%s %v\n%s", a.Verdict, a.Withheld, strings.Join(said, "\n"))
}
