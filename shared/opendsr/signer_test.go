package opendsr_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"consent-receipts/shared/opendsr"
)

// rsaKeys makes two keys once: it takes a while.
var rsaKeys = sync.OnceValues(func() (*rsa.PrivateKey, *rsa.PrivateKey) {
	a, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	b, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return a, b
})

// certify makes a certificate; issuer nil: of itself.
func certify(t *testing.T, template, issuer *x509.Certificate, public crypto.PublicKey, by crypto.Signer) []byte {
	t.Helper()
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, public, by)
	must(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func root() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Local root"}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, SubjectKeyId: []byte{1},
	}
}

func leaf() *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: domain}, DNSNames: []string{domain},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 1, 0), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
}

// is gives a key whatever the certificate names.
func is(key crypto.Signer) opendsr.Key {
	return func(context.Context, *rsa.PublicKey) crypto.Signer { return key }
}

func TestSigner(t *testing.T) {
	caKey, key := rsaKeys()
	chain := certify(t, leaf(), root(), key.Public(), caKey)
	s, err := opendsr.NewSigner("Consent.First-Example-Bank.example", chain, is(key), rand.Reader, now)
	must(t, err)
	if s.Domain() != domain || !bytes.Equal(s.Chain(), chain) {
		t.Errorf("%s", s.Domain())
	}
	body := []byte(`{"request_status":"pending"}`)
	issuer := certify(t, root(), nil, caKey.Public(), caKey)
	for _, old := range []bool{false, true} {
		s.OldPSS = old
		for _, d := range []opendsr.Dialect{opendsr.OpenDSR, opendsr.OpenGDPR} {
			h, err := s.Headers(t.Context(), d, body)
			must(t, err)
			if len(h) != 2 || h[d.DomainHeader] != domain {
				t.Errorf("%v", h)
			}
			pss := old && d == opendsr.OpenGDPR
			python(t, issuer, chain, h[d.SignatureHeader], body, pss, true)
			python(t, issuer, chain, h[d.SignatureHeader], body, !pss, false)
			python(t, issuer, chain, h[d.SignatureHeader], append([]byte(" "), body...), pss, false)
		}
	}
}

// python asks PyPI cryptography whether an answer is genuine.
func python(t *testing.T, root, chain []byte, signature string, body []byte, pss, want bool) {
	t.Helper()
	interpreter, err := filepath.Abs(filepath.Join("..", "..", ".venv", "bin", "python"))
	must(t, err)
	if _, err := os.Stat(interpreter); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(".venv is missing")
		}
		t.Skip(".venv is missing: make test installs it")
	}
	task, err := json.Marshal(map[string]any{
		"pss": pss, "root": string(root), "chain": string(chain), "domain": domain, "at": now.Format(time.RFC3339),
		"signature": signature, "body": base64.StdEncoding.EncodeToString(body),
	})
	must(t, err)
	cmd := exec.Command(interpreter, filepath.Join("testdata", "verify.py"))
	cmd.Stdin = bytes.NewReader(task)
	if out, err := cmd.CombinedOutput(); (err == nil) != want {
		t.Errorf("genuine: %v, want %v\n%s", err == nil, want, out)
	}
}

func TestCertificates(t *testing.T) {
	caKey, key := rsaKeys()
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	late := leaf()
	late.NotAfter = now.Add(-time.Hour)
	early := leaf()
	early.NotBefore = now.Add(time.Hour)
	other := leaf()
	other.DNSNames = []string{"other.example"}
	for name, c := range map[string]struct {
		chain []byte
		key   crypto.Signer
	}{
		"nothing":      {nil, key},
		"no PEM":       {[]byte("certificate"), key},
		"no DER":       {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}), key},
		"another key":  {certify(t, leaf(), root(), key.Public(), caKey), caKey},
		"no RSA":       {certify(t, leaf(), root(), ec.Public(), caKey), ec},
		"expired":      {certify(t, late, root(), key.Public(), caKey), key},
		"not yet":      {certify(t, early, root(), key.Public(), caKey), key},
		"other domain": {certify(t, other, root(), key.Public(), caKey), key},
		"self-signed":  {certify(t, leaf(), nil, key.Public(), key), key},
	} {
		if _, err := opendsr.NewSigner(domain, c.chain, is(c.key), rand.Reader, now); !errors.Is(err, opendsr.ErrCertificate) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
