package certify_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/certify"
	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/receipt"
)

const issuer = "https://consent.first-example-bank.example"

var now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

func newHandler(t *testing.T) (*certify.Handler, *bytes.Buffer) {
	var log bytes.Buffer
	key := newKey(t)
	return &certify.Handler{
		Key:    func(context.Context) (crypto.Signer, error) { return key, nil },
		Issuer: issuer, Now: func() time.Time { return now }, Log: slog.New(slog.NewJSONHandler(&log, nil)),
	}, &log
}

func TestLeaf(t *testing.T) {
	h, log := newHandler(t)
	root := parse(t, h.Root)
	// All that a request could wish for; nothing of it is granted.
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "attacker"}, DNSNames: []string{"attacker.example"},
	}, newKey(t))
	must(t, err)
	leaf := parse(t, leafOf(h, csr))
	must(t, leaf.CheckSignatureFrom(root))
	switch {
	case leaf.IsCA, len(leaf.DNSNames) > 0, strings.Contains(leaf.Subject.String(), "attacker"):
		t.Error("the request's wishes were granted")
	case len(leaf.URIs) != 1 || leaf.URIs[0].String() != issuer:
		t.Errorf("it may sign for %v", leaf.URIs)
	case !leaf.NotBefore.Equal(now.Add(-5*time.Minute)) || !leaf.NotAfter.Equal(now.Add(6*time.Hour)):
		t.Errorf("valid from %s to %s", leaf.NotBefore, leaf.NotAfter)
	}
	if !strings.Contains(log.String(), receipt.Fingerprint(leaf)) {
		t.Error("the log does not name the leaf")
	}
}

func TestRoot(t *testing.T) {
	h, log := newHandler(t)
	root := parse(t, h.Root)
	if _, err := receipt.ParseRoot(root.Raw); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), receipt.Fingerprint(root)) {
		t.Error("the log does not name the root")
	}
}

func TestRefused(t *testing.T) {
	h, _ := newHandler(t)
	for name, csr := range map[string][]byte{"nothing": nil, "no request": []byte("garbage")} {
		if _, err := leafOf(h, csr)(t.Context()); err == nil {
			t.Errorf("%s: answered", name)
		}
	}
	throttled := errors.New("throttled")
	h.Key = func(context.Context) (crypto.Signer, error) { return nil, throttled }
	if _, err := h.Root(t.Context()); !errors.Is(err, throttled) {
		t.Errorf("without its key: %v", err)
	}
}

type handle func(context.Context) (*certifier.Response, error)

// leafOf asks for a leaf certificate.
func leafOf(h *certify.Handler, csr []byte) handle {
	return func(ctx context.Context) (*certifier.Response, error) {
		return h.Leaf(ctx, certifier.Request{CSR: csr})
	}
}

func parse(t *testing.T, answer handle) *x509.Certificate {
	t.Helper()
	made, err := answer(t.Context())
	must(t, err)
	cert, err := x509.ParseCertificate(made.Certificate)
	must(t, err)
	return cert
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return key
}

var must = errtest.None
