package receipt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// writeVectors makes the vectors of receipts with words of their own anew, under fresh keys
// that are thrown away. Those in vectorsDir itself are from before, and stay as they are.
func writeVectors(t *testing.T) {
	dir := filepath.Join(vectorsDir, labelled)
	must(t, os.RemoveAll(dir))
	for _, kind := range []string{"good", "bad"} {
		must(t, os.MkdirAll(filepath.Join(dir, kind), 0o755))
	}
	write := func(name, content string) { must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644)) }
	rootKey, root := newRoot(t)
	write("root.pem", string(receipt.Roots{root}.PEM()))
	verifier := mustVerifier(t, root)
	story := tellStory(t, rootKey, root)
	f := newForger(t, rootKey, root, story[0].raw)
	var index []vector
	for _, g := range append(append(story, goodVariants(f, story)...), parts(t, verifier, story)...) {
		v := vector{File: "good/" + g.name + ".sd-jwt", What: g.what, Verdict: receipt.Genuine}
		write(v.File, g.raw)
		rec, err := verifier.Verify(g.raw)
		if err != nil {
			t.Fatalf("%s: %v", g.name, err)
		}
		v.Digest, v.Withheld = rec.Digest, rec.Withheld()
		index = append(index, v)
	}
	for _, b := range badWords(f) {
		v := vector{File: "bad/" + b.name + ".sd-jwt", What: b.what}
		write(v.File, b.raw)
		refusal := refused(t, verifier, b)
		v.Verdict, v.Code, v.Reason = receipt.VerdictOf(b.raw, refusal), refusal.Code, refusal.Reason
		index = append(index, v)
	}
	b, err := json.MarshalIndent(index, "", "  ")
	must(t, err)
	write("index.json", string(b)+"\n")
}

// TestForgeries: a receipt as it is issued now is refused for each reason, forged in each
// of the ways of which there are vectors.
func TestForgeries(t *testing.T) {
	rootKey, root := newRoot(t)
	verifier := mustVerifier(t, root)
	f := newForger(t, rootKey, root, newDesk(t, rootKey, root).optIn(t, "en", yesAlerts))
	for _, b := range append(badVariants(t, f), badWords(f)...) {
		_ = refused(t, verifier, b) // it fails by itself
	}
}

// refused is the refusal that a forgery must meet.
func refused(t *testing.T, verifier *receipt.Verifier, b made) *receipt.Refusal {
	t.Helper()
	_, err := verifier.Verify(b.raw)
	refusal, ok := receipt.AsRefusal(err)
	if !ok || refusal.Code != b.code {
		t.Fatalf("%s (%s): got %v, want %s", b.name, b.what, err, b.code)
	}
	return refusal
}

// parts are single elements of receipts, shown alone: each says its words itself.
func parts(t *testing.T, verifier *receipt.Verifier, story []made) (out []made) {
	for _, p := range []struct{ of, part, name, what string }{
		{"03-opt-out", "changes[0]", "one-withdrawal", "a withdrawal alone, with its words and what it causes"},
		{"02-narrow", "changes[0]", "one-narrowing", "a narrowing alone: what is deleted, and what goes on"},
		{"09-refusal", "records[0]", "one-refusal", "the record of a refusal alone"},
		{"10-access", "request[0]", "one-request", "a data request alone, with its words"},
		{"01-opt-in", "standing[1]", "one-line", "a no of the standing alone, with its words"},
	} {
		i := slices.IndexFunc(story, func(m made) bool { return m.name == p.of })
		rec, err := verifier.Verify(story[i].raw)
		must(t, err)
		raw, err := rec.Present([]string{p.part})
		must(t, err)
		out = append(out, made{name: p.name, what: p.what, raw: raw})
	}
	return out
}

// badWords are wrong in what receipts state for people's sake.
func badWords(f *forger) []made {
	controller := func(change func(map[string]any)) string {
		return f.with(f.edit(func(m map[string]any) { change(m["controller"].(map[string]any)) }))
	}
	change := func(members string) string {
		return f.replacing("changes", `["c2FsdA",{"purpose":"p","recipient":"r","from":"given","to":"withdrawn","added":{},"removed":{},`+members+`}]`)
	}
	return []made{
		{"controller-member", "a member that nobody knows of who answers for it", controller(func(c map[string]any) { c["fax"] = "1" }), receipt.CodePayload},
		{"controller-list", "who answers for it is a list", f.with(f.edit(func(m map[string]any) { m["controller"] = []any{} })), receipt.CodePayload},
		{"controller-no-name", "who answers for it has no name", controller(func(c map[string]any) { delete(c, "name") }), receipt.CodeSchema},
		{"labels-no-language", "words without a language", change(`"labels":{"purpose":"Offers"}`), receipt.CodeSchema},
		{"labels-long", "words that are too long", change(`"labels":{"language":"en","purpose":"` + strings.Repeat("x", 5000) + `"}`), receipt.CodeSchema},
		{"effect-date", "a date that is none", change(`"effect":{"evidence_until":"soon"}`), receipt.CodeSchema},
		{"effect-what", "an unknown thing to happen to data", change(`"effect":{"deletion":{"what":"sell","by":"2027-01-01"}}`), receipt.CodeSchema},
		{"effect-empty", "an effect that is none", change(`"effect":{}`), receipt.CodeSchema},
	}
}

// made is a receipt made for a vector.
type made struct {
	name, what, raw string
	code            receipt.Code
}

// tellStory issues the story's receipts for real.
func tellStory(t *testing.T, rootKey *ecdsa.PrivateKey, root *x509.Certificate) []made {
	d := newDesk(t, rootKey, root)
	ctx := context.Background()
	yes := yesAlerts
	no := consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "no"}
	var out []made
	add := func(name, what, raw string) { out = append(out, made{name: name, what: what, raw: raw}) }
	first := d.optIn(t, "en", yes, no)
	add("01-opt-in", "yes to one purpose and no to another", first)
	standing, err := d.Standing(ctx, ledger.Person(person))
	if err != nil {
		t.Fatal(err)
	}
	id, keep := standing.Line("account-alerts", "parley").ConsentID, []string{"balances"}
	for _, step := range []struct {
		name, what string
		cmd        consent.Command
	}{
		{"02-narrow", "narrowed to balances", consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: id, Data: &keep}}}},
		{"03-opt-out", "withdrawn", consent.OptOut{Consents: []string{id}}},
		{"04-request", "erasure asked for", consent.RequestData{Type: "erasure", Details: "please"}},
		{"05-take-back", "request taken back", nil},
		{"06-opt-out-all", "opt-out of everything", consent.OptOut{All: true, Reason: "changed my mind"}},
		{"07-erasure", "erased: the fence alone stands", consent.Erase{}},
	} {
		if step.cmd == nil {
			standing, err := d.Standing(ctx, ledger.Person(person))
			if err != nil {
				t.Fatal(err)
			}
			step.cmd = consent.TakeBack{ID: standing.Requests[0].ID}
		}
		add(step.name, step.what, d.do(t, step.name, step.cmd))
	}
	add("08-opt-in-es", "agreed anew, in Spanish, after the erasure", d.optIn(t, "es", yes))
	add("09-refusal", "refused", d.optIn(t, "en", no))
	add("10-access", "a copy of certain data asked for", d.do(t, "10", consent.RequestData{Type: "access-specific", Scope: statement.Scope{Data: []string{"balances"}}}))
	for _, step := range []struct {
		name, what string
		act        datarequest.Act
		reason     string
	}{
		{"11-identity-wanted", "the person is to show who they are", datarequest.AskIdentity, ""},
		{"12-identity-given", "they did", datarequest.GiveIdentity, ""},
		{"13-acknowledged", "the request is acknowledged", datarequest.Acknowledge, ""},
		{"14-extended", "the answer takes longer, for a reason", datarequest.Extend, "complexity"},
		{"15-in-progress", "somebody is at work on it", datarequest.Start, ""},
		{"16-partly-completed", "answered in part, with where to complain", datarequest.CompletePartly, "rights-of-others"},
	} {
		add(step.name, step.what, d.advance(t, step.act, step.reason))
	}
	add("17-restriction", "a restriction: the consent is paused", d.do(t, "17", consent.RequestData{Type: "restriction"}))
	add("18-denied", "the restriction is denied; the consent stays paused", d.advance(t, datarequest.Deny, "manifestly-unfounded"))
	add("19-opt-in", "agreed anew", d.optIn(t, "en", yes))
	add("20-objection", "an objection: the consent ends", d.do(t, "20", consent.RequestData{Type: "objection", Scope: statement.Scope{Purposes: []string{"account-alerts"}}}))
	add("21-completed", "the objection is carried out", d.advance(t, datarequest.Complete, ""))
	add("22-opt-out-of-sale", "an opt-out of sale acts at once, and is not asked about again for a year", d.do(t, "22", consent.RequestData{Type: "opt-out-of-sale"}))
	add("23-completed", "the opt-out is carried out elsewhere too", d.advance(t, datarequest.Complete, ""))
	add("24-erasure", "erasure asked for", d.do(t, "24", consent.RequestData{Type: "erasure"}))
	add("25-to-be-erased", "granted: to be erased", d.advance(t, datarequest.Complete, ""))
	add("26-erased", "erased: the request is completed", d.do(t, "26", consent.Erase{}))
	return out
}

func newForger(t *testing.T, rootKey *ecdsa.PrivateKey, root *x509.Certificate, genuine string) *forger {
	parts := strings.Split(strings.TrimSuffix(genuine, "~"), "~")
	payload, err := b64.DecodeString(strings.Split(parts[0], ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	f := &forger{t: t, rootKey: rootKey, root: root, key: newKey(t, elliptic.P256()), payload: string(payload), disclosures: parts[1:]}
	f.leaf = f.certify(f.key.Public(), nil)
	return f
}

// goodVariants are unusual and still genuine.
func goodVariants(f *forger, story []made) []made {
	jws, _, _ := strings.Cut(story[0].raw, "~")
	input, signature := jws[:strings.LastIndexByte(jws, '.')], jws[strings.LastIndexByte(jws, '.')+1:]
	sig, _ := b64.DecodeString(signature)
	s := new(big.Int).SetBytes(sig[32:])
	s.Sub(elliptic.P256().Params().N, s).FillBytes(sig[32:])
	parts := strings.Split(story[0].raw, "~")
	reversed := parts[0]
	for i := len(parts) - 2; i > 0; i-- {
		reversed += "~" + parts[i]
	}
	return []made{
		{name: "nothing-disclosed", what: "everything withheld", raw: jws + "~"},
		{name: "one-change-disclosed", what: "one change shown, the rest withheld", raw: join(jws, parts[1])},
		{name: "reordered", what: "the order of disclosures means nothing", raw: reversed + "~"},
		{name: "other-s", what: "the signature (r, n-s): the same receipt, for the digest leaves the signature out", raw: join(input+"."+b64.EncodeToString(sig), parts[1:len(parts)-1]...)},
	}
}

func badVariants(t *testing.T, f *forger) []made {
	genuine := f.with(f.payload)
	jws, rest, _ := strings.Cut(genuine, "~")
	segments := strings.Split(jws, ".")
	h := header(f.leaf)
	other := newKey(t, elliptic.P256())
	replace := func(i int, s string) string {
		changed := append([]string{}, segments...)
		changed[i] = s
		return strings.Join(changed, ".") + "~" + rest
	}
	flip := func(s string) string { // another character of the same alphabet, canonical still
		if s[0] == 'A' {
			return "B" + s[1:]
		}
		return "A" + s[1:]
	}
	edited := func(change func(map[string]any)) string { return f.with(f.edit(change)) }
	cert64 := base64.StdEncoding.EncodeToString(f.leaf)
	p384 := newKey(t, elliptic.P384())

	return append([]made{
		// form
		{"size", "over 64 KB", genuine + strings.Repeat("A", receipt.MaxBytes), receipt.CodeSize},
		{"empty", "nothing at all", "", receipt.CodeForm},
		{"no-tilde", "a bare JWT", jws, receipt.CodeForm},
		{"two-segments", "no signature segment", segments[0] + "." + segments[1] + "~" + rest, receipt.CodeForm},
		{"four-segments", "one segment too many", jws + ".AA~" + rest, receipt.CodeForm},
		{"empty-signature", "an empty signature", segments[0] + "." + segments[1] + ".~" + rest, receipt.CodeForm},
		{"no-final-tilde", "the last disclosure reads as a key-binding JWT", strings.TrimSuffix(genuine, "~"), receipt.CodeForm},
		{"key-binding", "a key-binding JWT at the end", genuine + jws, receipt.CodeKeyBinding},
		// base64url
		{"padding", "padded base64url", replace(2, segments[2]+"=="), receipt.CodeBase64},
		{"newline", "a line break inside a segment, which lenient decoders skip", replace(1, segments[1][:8]+"\n"+segments[1][8:]), receipt.CodeBase64},
		{"final-newline", "a line break at the end, inside the form", genuine + "\n", receipt.CodeForm},
		{"space", "a space before a segment", replace(1, " "+segments[1]), receipt.CodeBase64},
		{"trailing-bits", "unused bits of the last character are set", replace(2, trailingBits(segments[2])), receipt.CodeBase64},
		{"standard-alphabet", "the alphabet of plain base64", replace(2, "+/"+segments[2][2:]), receipt.CodeBase64},
		{"disclosure-base64", "a disclosure that is not base64url", genuine + "a!~", receipt.CodeBase64},
		// JSON
		{"payload-trailing", "something after the payload's JSON", f.with(f.payload + "{}"), receipt.CodeJSON},
		{"payload-utf8", "a payload that is not UTF-8", f.with(strings.Replace(f.payload, `"web"`, "\"we\xff\"", 1)), receipt.CodeJSON},
		{"payload-array", "a payload that is no object", f.with("[]"), receipt.CodeForm},
		{"duplicate-header", "alg twice in the header", f.withHeader(`{"alg":"none",` + h[1:]), receipt.CodeDuplicate},
		{"duplicate-payload", "seq twice in the payload", f.with(`{"seq":7,` + f.payload[1:]), receipt.CodeDuplicate},
		{"duplicate-disclosed", "a member twice in a disclosed value", f.replacing("actor", `["c2FsdA",{"role":"system","role":"subject"}]`), receipt.CodeDuplicate},
		// payload
		{"unknown-member", "a claim that receipts do not have", edited(func(m map[string]any) { m["exp"] = 1 }), receipt.CodePayload},
		{"sd-object", "an object member that can be withheld without a name in clear", edited(func(m map[string]any) { m["_sd"] = []string{strings.Repeat("A", 43)} }), receipt.CodePayload},
		{"element-in-clear", "an element that the person cannot withhold", edited(func(m map[string]any) { m["actor"] = []any{map[string]string{"role": "subject"}} }), receipt.CodePayload},
		{"no-iat", "no time of issue", edited(func(m map[string]any) { delete(m, "iat") }), receipt.CodePayload},
		{"iat-huge", "a time beyond the year 9999", edited(func(m map[string]any) { m["iat"] = int64(1) << 50 }), receipt.CodePayload},
		// header
		{"header-kid", "one header member more", f.withHeader(`{"kid":"1",` + h[1:]), receipt.CodeHeader},
		{"header-b64", "b64 false and crit (RFC 7797), which go-jose accepts", f.withHeader(`{"b64":false,"crit":["b64"],` + h[1:]), receipt.CodeHeader},
		{"header-jku", "a link to keys", f.withHeader(`{"jku":"https://attacker.example",` + h[1:]), receipt.CodeHeader},
		{"header-no-typ", "no typ", f.withHeader(`{"alg":"ES256","x5c":["` + cert64 + `"]}`), receipt.CodeHeader},
		{"header-case", "Typ in place of typ, which lenient decoders take", f.withHeader(strings.Replace(h, `"typ"`, `"Typ"`, 1)), receipt.CodeHeader},
		{"alg-none", "alg none and some signature", f.withHeader(strings.Replace(h, "ES256", "none", 1)), receipt.CodeAlg},
		{"alg-hs256", "HMAC with the leaf's public key as the secret", join(hs256(publicDER(t, f.key), strings.Replace(h, "ES256", "HS256", 1), f.payload), f.disclosures...), receipt.CodeAlg},
		{"alg-es384", "another curve's algorithm", f.withHeader(strings.Replace(h, "ES256", "ES384", 1)), receipt.CodeAlg},
		{"typ-offer", "an offer's typ, by the same leaf", f.withHeader(strings.Replace(h, receipt.Type, "consent-offer+jwt", 1)), receipt.CodeTyp},
		{"typ-case", "the typ in capitals", f.withHeader(strings.Replace(h, receipt.Type, strings.ToUpper(receipt.Type), 1)), receipt.CodeTyp},
		{"x5c-empty", "no certificate", f.withHeader(strings.Replace(h, `"`+cert64+`"`, "", 1)), receipt.CodeX5C},
		{"x5c-two", "a second certificate, which go-jose makes an intermediate", f.withHeader(strings.Replace(h, `["`, `["`+cert64+`","`, 1)), receipt.CodeX5C},
		{"x5c-newline", "line breaks in the certificate, which lenient decoders skip", f.withHeader(strings.Replace(h, cert64, cert64[:64]+`\n`+cert64[64:], 1)), receipt.CodeX5C},
		{"x5c-base64url", "the certificate in base64url", f.withHeader(header(nil)[:len(header(nil))-3] + base64.URLEncoding.EncodeToString(f.leaf) + "-_" + `"]}`), receipt.CodeX5C},
		// signature and chain
		{"payload-changed", "a character of the payload changed", replace(1, b64.EncodeToString([]byte(strings.Replace(f.payload, `"opt-in"`, `"refusal"`, 1)))), receipt.CodeSignature},
		{"signature-changed", "a character of the signature changed", replace(2, flip(segments[2])), receipt.CodeSignature},
		{"signature-zero", "r and s are zero", replace(2, b64.EncodeToString(make([]byte, 64))), receipt.CodeSignature},
		{"signature-short", "a signature that is too short", replace(2, b64.EncodeToString(make([]byte, 63))), receipt.CodeSignature},
		{"signature-other-key", "signed with a key that is not the leaf's", join(sign(t, other, h, f.payload), f.disclosures...), receipt.CodeSignature},
		{"iss-other", "an issuer that the leaf may not sign for", edited(func(m map[string]any) {
			m["iss"] = "https://consent.other-bank.example"
			m["schema_version"] = "https://consent.other-bank.example/schema/receipt/1.json"
		}), receipt.CodeIssuer},
		{"iat-before", "issued before the leaf was valid", edited(func(m map[string]any) { m["iat"] = issuedAt.Add(-time.Hour).Unix() }), receipt.CodeIssuedAt},
		{"iat-after", "issued after the leaf's end", edited(func(m map[string]any) { m["iat"] = issuedAt.Add(7 * time.Hour).Unix() }), receipt.CodeIssuedAt},
		{"leaf-p384", "a leaf on another curve", join(sign(t, p384, header(f.certify(p384.Public(), nil)), f.payload), f.disclosures...), receipt.CodeLeaf},
		{"leaf-garbage", "a certificate that does not parse", f.withHeader(header([]byte("garbage"))), receipt.CodeLeaf},
	}, append(badLeaves(t, f, other), badDisclosures(f, genuine, edited)...)...)
}

func badLeaves(t *testing.T, f *forger, other *ecdsa.PrivateKey) []made {
	strangerRoot, err := receipt.NewRoot(other, issuerURL, issuedAt)
	if err != nil {
		t.Fatal(err)
	}
	stranger := &forger{t: t, rootKey: other, root: strangerRoot, key: f.key}
	byLeaf := &forger{t: t, rootKey: f.key, root: mustParse(t, f.leaf), key: other}
	second, _ := url.Parse("https://other.example")
	return []made{
		{"leaf-ca", "a leaf that is a CA", f.withLeaf(func(c *x509.Certificate) { c.IsCA = true }), receipt.CodeLeaf},
		{"leaf-no-constraints", "a leaf that does not say that it is no CA", f.withLeaf(func(c *x509.Certificate) { c.BasicConstraintsValid = false }), receipt.CodeLeaf},
		{"leaf-critical", "an unknown critical extension", f.withLeaf(func(c *x509.Certificate) {
			c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
		}), receipt.CodeLeaf},
		{"leaf-key-usage", "a key usage beside digitalSignature", f.withLeaf(func(c *x509.Certificate) { c.KeyUsage |= x509.KeyUsageKeyAgreement }), receipt.CodeLeafUsage},
		{"leaf-any-usage", "any extended key usage", f.withLeaf(func(c *x509.Certificate) {
			c.UnknownExtKeyUsage, c.ExtKeyUsage = nil, []x509.ExtKeyUsage{x509.ExtKeyUsageAny}
		}), receipt.CodeLeafUsage},
		{"leaf-server", "a TLS server's certificate", f.withLeaf(func(c *x509.Certificate) {
			c.UnknownExtKeyUsage, c.ExtKeyUsage = nil, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}), receipt.CodeLeafUsage},
		{"leaf-no-usage", "no extended key usage", f.withLeaf(func(c *x509.Certificate) { c.UnknownExtKeyUsage = nil }), receipt.CodeLeafUsage},
		{"leaf-two-usages", "document signing and something else", f.withLeaf(func(c *x509.Certificate) {
			c.UnknownExtKeyUsage = append(c.UnknownExtKeyUsage, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1})
		}), receipt.CodeLeafUsage},
		{"leaf-two-names", "two URIs", f.withLeaf(func(c *x509.Certificate) { c.URIs = append(c.URIs, second) }), receipt.CodeLeafName},
		{"leaf-dns-name", "a host name beside the URI", f.withLeaf(func(c *x509.Certificate) { c.DNSNames = []string{"other.example"} }), receipt.CodeLeafName},
		{"leaf-no-name", "no name", f.withLeaf(func(c *x509.Certificate) { c.URIs = nil }), receipt.CodeLeafName},
		{"leaf-long", "valid for 25 hours", f.withLeaf(func(c *x509.Certificate) { c.NotAfter = c.NotBefore.Add(25 * time.Hour) }), receipt.CodeLeafTime},
		{"leaf-other-root", "certified by another root of the same name", f.withHeader(header(stranger.certify(f.key.Public(), nil))), receipt.CodeChain},
		{"leaf-self-signed", "a leaf that certifies itself", f.withHeader(header(selfSigned(t, f.key))), receipt.CodeChain},
		{"leaf-by-leaf", "a leaf certified by a leaf", join(sign(t, other, header(byLeaf.certify(other.Public(), nil)), f.payload), f.disclosures...), receipt.CodeChain},
	}
}

func badDisclosures(f *forger, genuine string, edited func(func(map[string]any)) string) []made {
	stray, _ := disclose(`["c2FsdA",{"role":"subject"}]`)
	property, propertyDigest := disclose(`["c2FsdA","role","system"]`)
	nested, nestedDigest := disclose(`["c2FsdA","inner"]`)
	first := f.disclosures[0]
	return []made{
		{"disclosure-changed", "a disclosed value changed", strings.Replace(genuine, first, stray, 1), receipt.CodeDisclosure},
		{"disclosure-twice", "a disclosure twice", genuine + first + "~", receipt.CodeDisclosure},
		{"disclosure-stray", "a disclosure that nothing refers to", genuine + stray + "~", receipt.CodeDisclosure},
		{"disclosure-member", "a disclosure of an object member", f.with(f.edit(func(m map[string]any) {
			m["note"] = append(m["note"].([]any), map[string]string{"...": propertyDigest})
		})) + property + "~", receipt.CodeDisclosure},
		{"disclosure-nested", "a disclosure inside another's value", f.replacing("actor", `["c2FsdA",{"role":[{"...":"`+nestedDigest+`"}]}]`) + nested + "~", receipt.CodeDisclosure},
		{"disclosure-no-salt", "a disclosure whose salt is empty", genuine + mustDisclose(`["",{}]`) + "~", receipt.CodeDisclosure},
		{"disclosure-four", "a disclosure of four parts", genuine + mustDisclose(`["a","b","c","d"]`) + "~", receipt.CodeDisclosure},
		{"digest-twice", "a digest twice in the payload", edited(func(m map[string]any) {
			m["note"] = append(m["note"].([]any), m["actor"].([]any)[0])
		}), receipt.CodeDisclosure},
		{"sd-alg", "another digest algorithm", edited(func(m map[string]any) { m["_sd_alg"] = "sha-512" }), receipt.CodeDisclosure},
		// schema
		{"sd-alg-missing", "no _sd_alg", edited(func(m map[string]any) { delete(m, "_sd_alg") }), receipt.CodeSchema},
		{"seq-zero", "number 0", edited(func(m map[string]any) { m["seq"] = 0 }), receipt.CodeSchema},
		{"prev-missing", "no previous receipt at number 2", edited(func(m map[string]any) { m["seq"] = 2 }), receipt.CodeSchema},
		{"prev-at-one", "a previous receipt at number 1", edited(func(m map[string]any) { m["prev"] = "sha256:" + strings.Repeat("0", 64) }), receipt.CodeSchema},
		{"event-unknown", "an event that nobody knows", edited(func(m map[string]any) { m["event"].(map[string]any)["type"] = "party" }), receipt.CodeSchema},
		{"member-case", "Seq in place of seq, which lenient decoders take", edited(func(m map[string]any) { m["Seq"] = m["seq"]; delete(m, "seq") }), receipt.CodeSchema},
		{"subject-in-clear", "a subject that is no pseudonym", edited(func(m map[string]any) { m["sub"] = "alex@example.com" }), receipt.CodeSchema},
		{"actor-unknown", "a disclosed role that nobody knows", f.replacing("actor", `["c2FsdA",{"role":"king"}]`), receipt.CodeSchema},
	}
}

func mustDisclose(raw string) string {
	encoded, _ := disclose(raw)
	return encoded
}

// trailingBits sets a bit of the last character that the decoded bytes do not hold.
func trailingBits(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, s[len(s)-1])
	return s[:len(s)-1] + string(alphabet[last|1])
}

func publicDER(t *testing.T, key *ecdsa.PrivateKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func selfSigned(t *testing.T, key *ecdsa.PrivateKey) []byte {
	template := leafTemplate()
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func mustParse(t *testing.T, der []byte) *x509.Certificate {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
