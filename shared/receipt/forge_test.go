package receipt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/url"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
)

const (
	issuerURL = "https://consent.first-example-bank.example"
	person    = "cGVyc29ucGVyc29ucGVyc29ucGVyc29ucGVyc29ucGU"
)

var (
	issuedAt = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	b64      = base64.RawURLEncoding
	usage    = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}
)

func newKey(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// forger can sign anything, with any header and any certificate, as an honest issuer never
// does.
type forger struct {
	t       testing.TB
	rootKey *ecdsa.PrivateKey
	root    *x509.Certificate
	key     *ecdsa.PrivateKey
	leaf    []byte
	// a genuine receipt's payload and disclosures, to start from
	payload     string
	disclosures []string
}

// leafTemplate is the template of the certificates that an authority makes.
func leafTemplate() *x509.Certificate {
	name, _ := url.Parse(issuerURL)
	return &x509.Certificate{
		SerialNumber: big.NewInt(1 << 40), Subject: pkix.Name{CommonName: "Consent receipts leaf"},
		NotBefore: issuedAt.Add(-5 * time.Minute), NotAfter: issuedAt.Add(6 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, UnknownExtKeyUsage: []asn1.ObjectIdentifier{usage},
		BasicConstraintsValid: true, URIs: []*url.URL{name}, SignatureAlgorithm: x509.ECDSAWithSHA256,
	}
}

// certify signs a changed template with the root key, for the given public key.
func (f *forger) certify(public crypto.PublicKey, change func(*x509.Certificate)) []byte {
	f.t.Helper()
	template := leafTemplate()
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, f.root, public, f.rootKey)
	if err != nil {
		f.t.Fatal(err)
	}
	return der
}

// header is the right one for a leaf.
func header(leaf []byte) string {
	return `{"alg":"ES256","typ":"` + receipt.Type + `","x5c":["` + base64.StdEncoding.EncodeToString(leaf) + `"]}`
}

// sign makes a compact JWS with an ES256 signature, even if the header names another
// algorithm.
func sign(t testing.TB, key *ecdsa.PrivateKey, header, payload string) string {
	t.Helper()
	input := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	sum := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	size := (key.Curve.Params().BitSize + 7) / 8
	signature := make([]byte, 2*size)
	r.FillBytes(signature[:size])
	s.FillBytes(signature[size:])
	return input + "." + b64.EncodeToString(signature)
}

func hs256(key []byte, header, payload string) string {
	input := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(input))
	return input + "." + b64.EncodeToString(mac.Sum(nil))
}

// join appends disclosures.
func join(jws string, disclosures ...string) string {
	out := jws + "~"
	for _, d := range disclosures {
		out += d + "~"
	}
	return out
}

// with signs a payload properly, with the genuine disclosures.
func (f *forger) with(payload string) string {
	return join(sign(f.t, f.key, header(f.leaf), payload), f.disclosures...)
}

// withHeader signs the genuine payload under another header.
func (f *forger) withHeader(h string) string {
	return join(sign(f.t, f.key, h, f.payload), f.disclosures...)
}

// withLeaf signs the genuine payload with the genuine key under another
// certificate of it.
func (f *forger) withLeaf(change func(*x509.Certificate)) string {
	return f.withHeader(header(f.certify(f.key.Public(), change)))
}

// edit changes the genuine payload as JSON.
func (f *forger) edit(change func(map[string]any)) string {
	var m map[string]any
	if err := json.Unmarshal([]byte(f.payload), &m); err != nil {
		f.t.Fatal(err)
	}
	change(m)
	b, err := json.Marshal(m)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(b)
}

// disclose makes a disclosure and its digest.
func disclose(raw string) (encoded, digest string) {
	encoded = b64.EncodeToString([]byte(raw))
	sum := sha256.Sum256([]byte(encoded))
	return encoded, b64.EncodeToString(sum[:])
}

// replacing puts one disclosure of an array's first element in place of the
// genuine one, and signs.
func (f *forger) replacing(array, raw string) string {
	encoded, digest := disclose(raw)
	var old string
	payload := f.edit(func(m map[string]any) {
		element := m[array].([]any)[0].(map[string]any)
		old = element["..."].(string)
		element["..."] = digest
	})
	kept := []string{encoded}
	for _, d := range f.disclosures {
		sum := sha256.Sum256([]byte(d))
		if b64.EncodeToString(sum[:]) != old {
			kept = append(kept, d)
		}
	}
	return join(sign(f.t, f.key, header(f.leaf), payload), kept...)
}
