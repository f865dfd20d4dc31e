package verifypage_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/audit"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// lookedAt is an entry of who looked, as the API and a bundle list it.
type lookedAt struct {
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
	Staff  string    `json:"staff"`
	Role   string    `json:"role"`
	Did    string    `json:"did"`
	Case   string    `json:"case,omitempty"`
	About  string    `json:"about,omitempty"`
	Reason string    `json:"reason,omitempty"`
	Record string    `json:"record"`
}

// looked is the list of so many looks at a person.
func (c *issued) looked(t testing.TB, subject string, n int) []byte {
	t.Helper()
	log := &audit.Log{
		Store: registrartest.Ledger(t), Signer: c.signer, Verifier: c.verifier, Issuer: c.receipts[0].Issuer,
		Now: func() time.Time { return c.receipts[0].Time() }, Rand: rand.Reader,
	}
	acts := []looks.Act{
		{Staff: "9q2-7wAAAAAA", Role: "operator", Did: "person.find"},
		{Staff: "9q2-7wAAAAAA", Role: "operator", Did: "opt-out", Case: "C-1", About: "3"},
		{Staff: "kk3-2xAAAAAA", Role: "auditor", Did: "audit.read"},
		{Staff: "9q2-7wAAAAAA", Role: "operator", Did: "identity.open", Case: "C-1", Reason: "collect"},
	}
	for i := range n {
		must(t, log.Append(t.Context(), audit.Of(ledger.Person(subject)), acts[i%len(acts)]))
	}
	records, err := log.List(t.Context(), audit.Of(ledger.Person(subject)), 1, n+1)
	must(t, err)
	list := []lookedAt{}
	for _, r := range records {
		list = append(list, lookedAt{r.Seq, r.Time(), r.Staff, r.Role, r.Did, r.Case, r.About, r.Reason, r.Raw})
	}
	return asList(t, list)
}

func asList(t testing.TB, list []lookedAt) []byte {
	t.Helper()
	b, err := json.MarshalIndent(map[string]any{"records": list}, "", "  ")
	must(t, err)
	return b
}

// look is a list of who looked, with the expected result.
type look struct {
	name, list, verdict string
	code                receipt.Code
	says                []string // in English, and in Spanish
}

// lookLists are lists that belong into one person's bundle, or do not.
func lookLists(t testing.TB, mine, forged *issued) []look {
	t.Helper()
	subject := mine.receipts[0].Subject
	changed := func(change func(list []lookedAt) []lookedAt) string {
		var content struct{ Records []lookedAt }
		must(t, json.Unmarshal(mine.looked(t, subject, 4), &content))
		return string(asList(t, change(content.Records)))
	}
	good := string(mine.looked(t, subject, 3))
	return []look{
		{"all", good, "genuine", "", []string{"Who looked: 3 entries are signed", "Quién miró: 3 entradas firmadas"}},
		{"all, what it says", good, "genuine", "", []string{"Staff, for the case C-1", "Iba a retirar un consentimiento por usted"}},
		{"all, the limit", good, "genuine", "", []string{"The newest entries could be missing", "Podrían faltar las más recientes"}},
		{"with a reason", changed(func(l []lookedAt) []lookedAt { return l }), "genuine", "", []string{"Reason: to collect the data for the answer", "Motivo: reunir los datos para la respuesta"}},
		{"another reason beside an entry", changed(func(l []lookedAt) []lookedAt { l[3].Reason = "call-back"; return l }), "refused", receipt.CodePayload, []string{"The text beside a signed entry differs", "El texto que figura junto a una entrada firmada es distinto"}},
		{"the last one taken out", changed(func(l []lookedAt) []lookedAt { return l[:3] }), "genuine", "", []string{"The newest entries could be missing", "Podrían faltar las más recientes"}},
		{"all taken out", string(asList(t, []lookedAt{})), "genuine", "", []string{"no signature confirms this", "ninguna firma lo confirma"}},
		{"the first one taken out", changed(func(l []lookedAt) []lookedAt { return l[1:] }), "genuine-not-contiguous", "", []string{"The entries before number 2 are not in this file", "Las entradas anteriores al número 2 no están"}},
		{"one taken out", changed(func(l []lookedAt) []lookedAt { return append(l[:1:1], l[2:]...) }), "refused", receipt.CodeChain, []string{"An entry does not follow the one before it", "Una entrada no sigue a la anterior"}},
		{"another order", changed(func(l []lookedAt) []lookedAt { l[1], l[2] = l[2], l[1]; return l }), "refused", receipt.CodeChain, []string{"An entry does not follow", "Una entrada no sigue"}},
		{"twice", changed(func(l []lookedAt) []lookedAt { return append(l[:1:1], l...) }), "refused", receipt.CodeChain, []string{"An entry does not follow", "Una entrada no sigue"}},
		{"an entry changed", changed(func(l []lookedAt) []lookedAt {
			l[1].Record = resaid(t, l[1].Record, `"role":"operator"`, `"role":"auditor"`)
			return l
		}), "changed", receipt.CodeSignature, []string{"Something was changed after it was signed", "Se cambió algo"}},
		{"changed beside an entry", changed(func(l []lookedAt) []lookedAt { l[1].Did = "standing.read"; return l }), "refused", receipt.CodePayload, []string{"The text beside a signed entry differs", "El texto que figura junto a una entrada firmada es distinto"}},
		{"another time beside an entry", changed(func(l []lookedAt) []lookedAt { l[1].At = l[1].At.Add(time.Hour); return l }), "refused", receipt.CodePayload, []string{"The text beside a signed entry differs", "El texto que figura junto a una entrada firmada es distinto"}},
		{"a receipt for an entry", changed(func(l []lookedAt) []lookedAt { l[1].Record = mine.receipts[0].Raw; return l }), "changed", receipt.CodeForm, []string{"does not have the form", "No tiene la forma"}},
		{"signed by somebody else", string(forged.looked(t, subject, 2)), "refused", receipt.CodeChain, []string{"The root that you gave does not vouch for its signer", "La raíz que usted dio no avala"}},
		{"about somebody else", string(mine.looked(t, strings.Repeat("B", 43), 2)), "refused", receipt.CodeChain, []string{"concerns another person than the receipts", "Trata de una persona distinta"}},
		{"no list", "{}", "changed", receipt.CodeForm, []string{"It is not the list of who looked", "No es la lista de quién miró"}},
		{"nothing", "null", "changed", receipt.CodeForm, []string{"It is not the list of who looked", "No es la lista de quién miró"}},
		{"two readings", strings.Replace(good, `"records"`, `"records": [], "records"`, 1), "changed", receipt.CodeForm, []string{"It is not the list of who looked", "No es la lista de quién miró"}},
	}
}

// inBundle puts a list into a copy of a bundle, beside an index that says otherwise.
func inBundle(t *testing.T, whole string, i int, c look) string {
	return rewrite(t, whole, fmt.Sprintf("%d.zip", i), func(entry, content string) string {
		switch entry {
		case inside.LooksFile:
			return c.list
		case bundle.IndexFile:
			return "<p>Nobody looked</p>"
		}
		return content
	})
}

// TestLooksByCommand: of the same bundles `receipt verify` says the same.
func TestLooksByCommand(t *testing.T) {
	mine, forged := issue(t, 3), issue(t, 3)
	whole := mine.bundles(t)[0]
	for i, c := range lookLists(t, mine, forged) {
		path := inBundle(t, whole, i, c)
		if verdict, _ := byCommand(t, []string{path}, check.Options{Roots: mine.roots}); verdict != c.verdict {
			t.Errorf("%s: the command says %s, want %s", c.name, verdict, c.verdict)
		}
	}
}

// TestLooks: the list of who looked is checked, alone and in a bundle: that each entry
// is signed, follows the one before, and says what stands beside it, and that it is about
// the person of the receipts. What is missing at its end nobody can see, and the page says
// so. What nothing signs is named as not checked.
func TestLooks(t *testing.T) {
	browser(t)
	mine, forged := issue(t, 3), issue(t, 3)
	whole, folder := mine.bundles(t)[0], t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(folder, name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	visits := []visit{{Name: "first", Files: []string{whole}}, {Name: "root", Roots: []string{file("root.pem", string(mine.roots.PEM()))}}}
	cases := lookLists(t, mine, forged)
	for i, c := range cases {
		visits = append(visits, visit{Name: c.name, Files: []string{inBundle(t, whole, i, c)}, All: true})
	}
	alone := []look{
		{"alone", cases[0].list, "genuine", "", []string{"Looked you up by your customer number", "Le buscó por su número de cliente"}},
		{"alone, one taken out", cases[8].list, "refused", receipt.CodeChain, []string{"An entry does not follow", "Una entrada no sigue"}},
	}
	for i, c := range alone {
		visits = append(visits, visit{Name: c.name, Files: []string{file(fmt.Sprintf("who-looked-%d.json", i), c.list)}, All: true, Axe: true})
	}
	cases = append(cases, alone...)
	for i, look := range []struct {
		language, unchecked string
		width               int
	}{{"en", "Not checked: README.txt, index.html, pages/ (9), verify.html and who-looked.html.", 1000}, {"es", "Sin comprobar: README.txt, index.html, pages/ (9), verify.html y who-looked.html.", 360}} {
		for n, got := range browse(t, look.width, look.language, visits)[2:] {
			c := cases[n]
			if got.Verdict != c.verdict || got.Code != c.code || !strings.Contains(got.Text, c.says[i]) {
				t.Errorf("%s, %s: %s %s, want %s %s and %q in\n%s", look.language, c.name, got.Verdict, got.Code, c.verdict, c.code, c.says[i], got.Text)
			}
			if bundled := !strings.HasPrefix(c.name, "alone"); bundled != strings.Contains(got.Text, look.unchecked) {
				t.Errorf("%s, %s: says what was not checked in a bundle: %v\n%s", look.language, c.name, !bundled, got.Text)
			}
			if key := unsaid(got.Text); key != "" {
				t.Errorf("%s, %s: %q is not in words", look.language, c.name, key)
			}
		}
	}
}

// resaid is a compact JWS with something replaced in its payload.
func resaid(t testing.TB, compact, old, new string) string {
	t.Helper()
	parts := strings.Split(compact, ".")
	b, err := b64.DecodeString(parts[1])
	must(t, err)
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s is not in %s", old, b)
	}
	parts[1] = b64.EncodeToString([]byte(strings.Replace(string(b), old, new, 1)))
	return strings.Join(parts, ".")
}

// payments is the file that the manifest names.
const payments = "date,amount\n2026-11-01,7\n"

// signedAnswer is the signed manifest of an answer to the person of a chain, and one that is signed
// and yet no manifest.
func signedAnswer(t testing.TB, c *issued) (token, odd string) {
	t.Helper()
	rec := c.receipts[0]
	payload, err := json.Marshal(manifest.Manifest{
		Issuer: rec.Issuer, Subject: rec.Subject, IssuedAt: rec.IssuedAt,
		Request:  statement.Request{Kind: statement.KindRequest, ID: "5f3b2c0e-1d7a-4b8e-9c55-2f6d3a1b9e01", Type: statement.Access, State: statement.Completed, Received: rec.Time(), Due: "2026-12-23", Rule: "gdpr"},
		Receipts: manifest.Holding{Count: 3, Newest: rec.Digest, Where: rec.Issuer + "/v1/receipts/bundle"},
		Parts:    []manifest.StatedPart{{Part: statement.Part{Name: "payments.csv", MediaType: "text/csv", Digest: statement.Digest([]byte(payments)), Size: int64(len(payments)), Where: "at the branch"}, Receipt: 3}},
	})
	must(t, err)
	token, err = c.signer.Sign(t.Context(), manifest.Type, payload, rec.Time())
	must(t, err)
	odd, err = c.signer.Sign(t.Context(), manifest.Type, []byte(strings.Replace(string(payload), `"parts":[`, `"parts":["",`, 1)), rec.Time())
	must(t, err)
	return token, odd
}

// TestManifest: the manifest of an answer is no receipt, and is checked all the same: as
// it is signed, and in the API's JSON.
func TestManifest(t *testing.T) {
	browser(t)
	c := issue(t, 1)
	token, odd := signedAnswer(t, c)
	inJSON, err := json.Marshal(map[string]string{"manifest": token})
	must(t, err)
	file := func(name, content string) []string {
		path := filepath.Join(t.TempDir(), name)
		must(t, os.WriteFile(path, []byte(content), 0o600))
		return []string{path}
	}
	visits := []visit{
		{Name: "first", Files: file("manifest.jws", token+"\n")},
		{Name: "root", Roots: file("root.pem", string(c.roots.PEM()))},
		{Name: "in JSON", Files: file("manifest.json", string(inJSON)), Axe: true},
		{Name: "pasted", Paste: token},
		{Name: "with its file", Files: append(file("manifest.jws", token), file("payments.csv", payments)...), Axe: true},
		{Name: "with another", Files: append(file("manifest.jws", token), file("payments.csv", payments+"x")...)},
		{Name: "changed", Files: file("changed.jws", resaid(t, token, "payments", "payment5"))},
		{Name: "odd", Files: file("odd.jws", odd)},
	}
	wants := []struct {
		verdict string
		code    receipt.Code
		says    []string
	}{
		{"consistent", "", []string{"not confirmed"}},
		{"genuine", "", []string{"It is no receipt", "payments.csv", "Receipts\n3; the newest"}},
		{"genuine", "", []string{"Files of answers", "Not here"}},
		{"genuine", "", []string{"payments.csv"}},
		{"genuine", "", []string{"Yes: payments.csv"}},
		{"changed", "", []string{"Changed: payments.csv", "another content than the one that was signed for"}},
		{"changed", receipt.CodeSignature, []string{"Something was changed"}},
		{"refused", receipt.CodeSchema, []string{"Its content does not follow the schema"}},
	}
	for i, got := range browse(t, 360, "en", visits) {
		missing := func(text string) bool { return !strings.Contains(got.Text, text) }
		if want := wants[i]; got.Verdict != want.verdict || got.Code != want.code || slices.ContainsFunc(want.says, missing) {
			t.Errorf("%s: %s %s, want %+v in\n%s", got.Name, got.Verdict, got.Code, want, got.Text)
		}
		if key := unsaid(got.Text); key != "" {
			t.Errorf("%s: %q is not in words", got.Name, key)
		}
	}
}
