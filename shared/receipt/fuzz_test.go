package receipt_test

import (
	"context"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// FuzzVerify: every input gives a refusal with a code, or a receipt that gives the same
// content again.
func FuzzVerify(f *testing.F) {
	for _, v := range readIndex(f) {
		if raw, err := os.ReadFile(filepath.Join(vectorsDir, v.File)); err == nil && len(raw) < receipt.MaxBytes {
			f.Add(string(raw))
		}
	}
	verifier := mustVerifier(f, readRoot(f, "root.pem"))
	genuine := map[string]bool{}
	for _, v := range readIndex(f) {
		genuine[v.Digest] = true
	}
	f.Fuzz(func(t *testing.T, raw string) {
		rec, err := verifier.Verify(raw)
		if err != nil {
			if _, ok := receipt.AsRefusal(err); !ok {
				t.Fatalf("no refusal: %v", err)
			}
			return
		}
		if !genuine[rec.Digest] {
			t.Fatalf("forged: %s", raw)
		}
	})
}

// FuzzToken: the same for offers.
func FuzzToken(f *testing.F) {
	verifier := mustVerifier(f, readRoot(f, "root.pem"))
	raw, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(f, err)
	jws, _, _ := strings.Cut(string(raw), "~")
	f.Add(jws)
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := verifier.VerifyToken("consent-offer+jwt", issuerURL, token, 64<<10); err == nil {
			t.Fatal("nobody signed an offer")
		}
	})
}

// FuzzCertify: a certificate request is refused, or becomes a leaf that has only the key from
// the request.
func FuzzCertify(f *testing.F) {
	key := newKey(f, elliptic.P256())
	authority := &receipt.Authority{Key: key, Issuer: issuerURL, Now: func() time.Time { return issuedAt }}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"attacker.example"}}, newKey(f, elliptic.P256()))
	must(f, err)
	f.Add(csr)
	f.Fuzz(func(t *testing.T, csr []byte) {
		der, err := authority.Certify(context.Background(), csr)
		if err != nil {
			return
		}
		leaf, err := x509.ParseCertificate(der)
		if err != nil || leaf.IsCA || len(leaf.DNSNames) > 0 || len(leaf.URIs) != 1 || leaf.NotAfter.Sub(leaf.NotBefore) > receipt.MaxLeafLifetime {
			t.Fatalf("a leaf that no leaf may be: %v", err)
		}
	})
}

// FuzzStanding: a standing is read, and written again as it was read.
func FuzzStanding(f *testing.F) {
	f.Add([]byte(`[{"kind":"no","purpose":"a","recipient":"b","state":"refused","latest":{"seq":1,"at":"2026-11-23T14:00:00Z","by":"subject"},"as_of":"2026-11-23T14:00:00Z"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var elements []json.RawMessage
		if json.Unmarshal(b, &elements) != nil {
			return
		}
		s, err := statement.ParseStanding(1, issuedAt, elements)
		if err != nil {
			return
		}
		for _, l := range s.Lines {
			_ = l.InForce(issuedAt)
			_ = l.StateAt(issuedAt)
		}
		s.References()
	})
}

// TestCertifyRefuses requests that an authority must not certify.
func TestCertifyRefuses(t *testing.T) {
	key := newKey(t, elliptic.P256())
	authority := &receipt.Authority{Key: key, Issuer: issuerURL, Now: func() time.Time { return issuedAt }}
	request := func(k any) []byte {
		csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, k)
		must(t, err)
		return csr
	}
	tampered := request(newKey(t, elliptic.P256()))
	tampered[len(tampered)-1] ^= 1
	for name, csr := range map[string][]byte{
		"nothing": nil, "garbage": []byte("garbage"), "too large": make([]byte, 5<<10), "signature": tampered,
		"another curve": request(newKey(t, elliptic.P384())), "the root key itself": request(key),
	} {
		if _, err := authority.Certify(context.Background(), csr); err == nil {
			t.Errorf("%s: certified", name)
		}
	}
}
