package verifypage_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	mathrand "math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
)

// forger signs anything with a leaf that its root certified. An honest issuer never signs
// such tokens, and two verifiers are likely to differ on them.
type forger struct {
	t       *testing.T
	rootKey *ecdsa.PrivateKey
	root    *x509.Certificate
	key     *ecdsa.PrivateKey
	leaf    []byte
	payload string
	parts   []string // disclosures
}

func newForger(t *testing.T) *forger {
	b, err := os.ReadFile(filepath.Join(vectors, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	jwt, rest, _ := strings.Cut(string(b), "~")
	payload, err := b64.DecodeString(strings.Split(jwt, ".")[1])
	must(t, err)
	var claims struct {
		Iss string
		Iat int64
	}
	must(t, json.Unmarshal(payload, &claims))
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	at := time.Unix(claims.Iat, 0)
	root, err := receipt.NewRoot(rootKey, claims.Iss, at)
	must(t, err)
	name, err := url.Parse(claims.Iss)
	must(t, err)
	leaf, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(1 << 40), Subject: pkix.Name{CommonName: "Consent receipts leaf"},
		NotBefore: at.Add(-5 * time.Minute), NotAfter: at.Add(6 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 36}},
		BasicConstraintsValid: true, URIs: []*url.URL{name},
	}, root, crypto.PublicKey(&key.PublicKey), rootKey)
	must(t, err)
	return &forger{t, rootKey, root, key, leaf, string(payload), strings.Split(strings.TrimSuffix(rest, "~"), "~")}
}

func header(leaf []byte) string {
	return `{"alg":"ES256","typ":"` + receipt.Type + `","x5c":["` + base64.StdEncoding.EncodeToString(leaf) + `"]}`
}

func (f *forger) sign(header, payload string, parts ...string) string {
	input := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, f.key, sum[:])
	must(f.t, err)
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return strings.Join(append([]string{input + "." + b64.EncodeToString(signature)}, parts...), "~") + "~"
}

// with signs a payload in which something was replaced.
func (f *forger) with(old, new string) string {
	if !strings.Contains(f.payload, old) {
		f.t.Fatalf("the payload has no %s", old)
	}
	return f.sign(header(f.leaf), strings.Replace(f.payload, old, new, 1), f.parts...)
}

// saying signs a payload with one element more, of the given JSON, in an array.
func (f *forger) saying(array, disclosure string) string {
	encoded := b64.EncodeToString([]byte(disclosure))
	sum := sha256.Sum256([]byte(encoded))
	element := `"` + array + `":[{"...":"` + b64.EncodeToString(sum[:]) + `"}`
	payload := strings.Replace(f.payload, `"`+array+`":[]`, element+`]`, 1)
	return f.sign(header(f.leaf), payload, append([]string{encoded}, f.parts...)...)
}

// TestForged: on the tokens of a dishonest issuer, the page's sources and the Go verifier
// agree in verdict and code.
func TestForged(t *testing.T) {
	f := newForger(t)
	names, raws := []string{"honest"}, []string{f.sign(header(f.leaf), f.payload, f.parts...)}
	add := func(name, raw string) { names, raws = append(names, name), append(raws, raw) }
	for _, c := range []struct{ old, new string }{
		{`"seq":1,`, `"seq":1.0,`}, {`"seq":1,`, `"seq":1e0,`}, {`"seq":1,`, `"seq":-1,`}, {`"seq":1,`, `"seq":-0,`}, {`"seq":1,`, `"seq":"1",`},
		{`"seq":1,`, `"seq":null,`}, {`"seq":1,`, `"seq":99999999999999999999,`}, {`"seq":1,`, `"seq":18446744073709551615,`},
		{`"seq":1,`, `"Seq":1,`}, {`"seq":1,`, `"ſeq":1,`}, {`"seq":1,`, `"seq":1,"SEQ":2,`}, {`"seq":1,`, `"seq":1,"__proto__":{},`},
		{`"seq":1,`, `"seq":1,"":0,`}, {`"seq":1,`, `"seq":1,"\u0000":0,`}, {`"seq":1,`, `"seq":1,"\u0073eq":1,`}, {`"seq":1,`, `"seq": 1 ,`},
		{`"iss":"`, `"iss":null,"x":"`}, {`"iss":"https`, `"iss":"HTTPS`}, {`"iss":"https:`, `"iss":":`}, {`"iss":"https:`, `"iss":"%zz`},
		{`"iss":"`, `"iss":"\u0001`}, {`"iss":"https`, `"iss":"\ud800`}, {`"iss":"https`, `"iss":"\ud83d\ude00`}, {`"iss":"https`, `"iss":"\udc00\ud800`},
		{`"event":{`, `"event":{"late":null,`}, {`"event":{`, `"event":{"late":"yes",`}, {`"event":{`, `"event":{"late":false,`}, {`"event":{`, `"event":{"Type":"opt-out",`},
		{`"event":{`, `"event":{"corrects":{},`}, {`"event":{`, `"event":{"corrects":{"from":"yesterday"},`}, {`"event":{`, `"event":{"corrects":null,`},
		{`"event":{`, `"event":{"_sd":[],`}, {`"event":{`, `"event":[],"x":{`}, {`"occurred_at":"2026-11-23T`, `"occurred_at":"2026-02-30T`},
		{`"occurred_at":"2026-11-23T`, `"occurred_at":"2024-02-29T`}, {`"occurred_at":"2026-11-23T`, `"occurred_at":"2100-02-29T`},
		{`"occurred_at":"2026-11-23T`, `"occurred_at":"2026-11-23t`}, {`"occurred_at":"2026-11-23T14`, `"occurred_at":"2026-11-23T24`},
		{`"occurred_at":"2026-11-23T14:00:00Z`, `"occurred_at":"2026-11-23T14:00:00.5Z`}, {`"occurred_at":"2026-11-23T14:00:00Z`, `"occurred_at":"2026-11-23T14:00:00+01:00`},
		{`"occurred_at":"2026-11-23T14:00:00Z`, `"occurred_at":"2026-11-23T14:00:00,5Z`}, {`"occurred_at":"`, `"occurred_at":0,"x":"`},
		{`"note":[]`, `"note":null`}, {`"note":[]`, `"note":[null]`}, {`"note":[]`, `"note":[{}]`}, {`"note":[]`, `"note":{}`}, {`"note":[]`, `"note":[{"...":""}]`},
		{`"note":[]`, `"note":[{"...":5}]`}, {`"note":[]`, `"note":[{"...":"x"}]`}, {`"note":[]`, `"note":[{"...":"x","y":1}]`}, {`"note":[]`, `"note":[{"...":null}]`},
		{`"note":[]`, `"note":[[]]`}, {`"note":[]`, `"NOTE":[]`}, {`"note":[]`, `"note":[],"Note":[{"...":"x"}]`}, {`"note":[]`, `"note":[` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `]`},
		{`"_sd_alg":"sha-256"`, `"_sd_alg":null`}, {`"_sd_alg":"sha-256"`, `"_sd_alg":256`}, {`"_sd_alg":"sha-256"`, `"_SD_ALG":"sha-256"`},
		{`"iat":`, `"iat":0,"IAT":`}, {`"iat":1`, `"iat":1.`}, {`"iat":1`, `"iat":01`}, {`"iat":1`, `"iat":+1`}, {`"catalogue":"s`, `"catalogue":"\x`},
		{`"catalogue":"sha256`, `"catalogue":"ſha256`}, {`"sub":"`, `"sub":"` + "\n"}, {`"sub":"`, `"sub":"` + "\x7f"}, {`{"`, "\ufeff{\""},
	} {
		add(c.old+" -> "+c.new, f.with(c.old, c.new))
	}
	for _, note := range []string{
		`{"by":"subject","text":"hello"}`, `{"by":"subject","text":""}`, `{"by":"subject","text":"` + strings.Repeat("😀", 500) + `"}`,
		`{"by":"subject","text":"` + strings.Repeat("é", 501) + `"}`, `{"by":"subject","text":"x","y":1}`, `{"by":"subject","text":"\ud800"}`, `{"by":"subject","_sd":[]}`,
		`{"by":"subject","text":"x","...":"y"}`, `{"by":"subject","_sd":["abc"],"text":"x"}`, `{"_sd":[5]}`, `{"_sd":{}}`, `null`, `[]`, `5`, `"x"`, `{"...":"abc"}`, `[{"...":"abc"}]`,
		`{"by":"subject","text":"a\u0000b"}`, `{"by":"subject","by":"subject","text":"x"}`, `{"by":"__proto__","text":"constructor"}`,
		strings.Repeat("[", 29) + strings.Repeat("]", 29), strings.Repeat("[", 30) + strings.Repeat("]", 30), strings.Repeat("[", 31) + strings.Repeat("]", 31), strings.Repeat("[", 32) + strings.Repeat("]", 32),
	} {
		add("note "+note, f.saying("note", `["salt",`+note+`]`))
	}
	for _, disclosure := range []string{
		`["s",1,2]`, `["s","_sd",2]`, `["s","...",2]`, `["s","name",2]`, `[5,{}]`, `["",{}]`, `[null,{}]`, `["s"]`, `[]`, `{}`, `"x"`, ` ["s",1]`, `["s" , {"by":"subject","text":"x"} ]`, `["\u0073",{"by":"system","text":"x"}]`, `["s",1]x`,
	} {
		add("disclosure "+disclosure, f.saying("note", disclosure))
	}
	for _, head := range []string{
		`{"alg":null,"typ":"x","x5c":[]}`, `{"alg":5,"typ":"x","x5c":[]}`, `{"alg":"ES256","typ":null,"x5c":[]}`, `{"alg":"ES256","typ":"consent-receipt+sd-jwt","x5c":null}`,
		`{"alg":"ES256","typ":"consent-receipt+sd-jwt","x5c":[null]}`, `{"alg":"ES256","typ":"consent-receipt+sd-jwt","x5c":[5]}`, `{"alg":"ES256","typ":"consent-receipt+sd-jwt","x5c":"x"}`,
		`{"alg":"ES256","typ":"consent-receipt+sd-jwt","x5c":[""]}`, `{"alg":"ES256","typ":"consent-receipt+sd-jwt","X5C":[]}`, `[]`, `{}`, `null`,
	} {
		add("header "+head, f.sign(head, f.payload, f.parts...))
	}
	for _, roots := range []receipt.Roots{{f.root}, nil} {
		t.Run(fmt.Sprintf("%d roots", len(roots)), func(t *testing.T) { agree(t, roots, names, raws) })
	}
}

// TestFlipped: one bit changed anywhere behind the header, and both still say the
// same. One bit of the certificate, and both refuse, each for a reason of the
// certificate: two parsers stumble over broken DER at different places.
func TestFlipped(t *testing.T) {
	f := newForger(t)
	random := mathrand.New(mathrand.NewPCG(1, 2))
	flip := func(b []byte) ([]byte, string) {
		out, at := slices.Clone(b), random.IntN(len(b))
		out[at] ^= 1 << random.IntN(8)
		return out, fmt.Sprintf("byte %d: %02x for %02x", at, out[at], b[at])
	}
	head, rest, _ := strings.Cut(f.sign(header(f.leaf), f.payload, f.parts...), ".")
	var names, raws, leafNames, leafRaws []string
	for range 300 {
		b, name := flip([]byte(rest))
		names, raws = append(names, name), append(raws, head+"."+string(b))
		leaf, name := flip(f.leaf)
		leafNames, leafRaws = append(leafNames, name), append(leafRaws, f.sign(header(leaf), f.payload, f.parts...))
	}
	roots := receipt.Roots{f.root}
	agree(t, roots, names, raws)
	ofLeaf := []receipt.Code{receipt.CodeLeaf, receipt.CodeLeafUsage, receipt.CodeLeafName, receipt.CodeLeafTime, receipt.CodeChain}
	differ := 0
	for i, theirs := range bySources(t, roots, leafRaws) {
		ours := byGo(t, roots, leafRaws[i])
		if !slices.Contains(ofLeaf, theirs.Code) || !slices.Contains(ofLeaf, ours.Code) {
			t.Errorf("%s of the leaf: the page says %q, the Go verifier %q", leafNames[i], theirs.Code, ours.Code)
		}
		if theirs.Code != ours.Code {
			differ++
		}
	}
	t.Logf("of 300 broken certificates %d are refused for another reason", differ)
}
