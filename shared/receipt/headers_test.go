package receipt

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// TestHeadersAreBounded: whoever sends headers that differ, such as one with more and more
// spaces, fills no more memory than maxHeaders of them take.
func TestHeadersAreBounded(t *testing.T) {
	now := func() time.Time { return time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC) }
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := &Authority{Key: key, Issuer: "https://consent.example", Now: now}
	root, err := NewRoot(key, a.Issuer, now())
	if err != nil {
		t.Fatal(err)
	}
	l, err := NewSigner(a.Certify, root).leafAt(t.Context(), now())
	if err != nil {
		t.Fatal(err)
	}
	head, err := json.Marshal(header{Alg: algorithm, Typ: Type, X5C: []string{base64.StdEncoding.EncodeToString(l.cert.Raw)}})
	if err != nil {
		t.Fatal(err)
	}
	v, most := NewVerifier(root), 0
	for spaces := range maxHeaders + 10 {
		text := base64.RawURLEncoding.EncodeToString([]byte("{" + strings.Repeat(" ", spaces) + string(head[1:])))
		jws, err := parseToken(text+".e30."+strings.Repeat("A", base64.RawURLEncoding.EncodedLen(signatureBytes)), MaxBytes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.vouch(jws, Type); err != nil {
			t.Fatal(err)
		}
		most = max(most, len(v.headers))
	}
	if most != maxHeaders || len(v.headers) != 10 {
		t.Errorf("%d headers were kept, and %d are; want %d and 10", most, len(v.headers), maxHeaders)
	}
}
