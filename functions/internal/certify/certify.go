// Package certify is what is done with the root key, and all of it: the function certify
// turns a certificate request into a short-lived leaf certificate, and the function selfsign
// makes the root's own certificate. They take a public key from their caller and nothing else;
// dates come from their own clock, all else from fixed templates.
package certify

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"log/slog"
	"time"

	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/receipt"
)

// Handler uses the root key. All fields are set.
type Handler struct {
	Key    func(context.Context) (crypto.Signer, error) // for one event
	Issuer string                                       // the `iss` that leaves may sign for
	Now    func() time.Time
	Log    *slog.Logger
}

// Leaf answers an event of certify.
func (h *Handler) Leaf(ctx context.Context, r certifier.Request) (*certifier.Response, error) {
	return h.answer(ctx, func(key crypto.Signer) (*x509.Certificate, error) {
		der, err := (&receipt.Authority{Key: key, Issuer: h.Issuer, Now: h.Now}).Certify(ctx, r.CSR)
		if err != nil {
			return nil, err
		}
		return x509.ParseCertificate(der)
	})
}

// Root answers an event of selfsign, which says nothing.
func (h *Handler) Root(ctx context.Context) (*certifier.Response, error) {
	return h.answer(ctx, func(key crypto.Signer) (*x509.Certificate, error) {
		return receipt.NewRoot(key, h.Issuer, h.Now())
	})
}

// answer makes a certificate. Every certificate is logged by its fingerprint, so that one
// which nobody asked for can be found.
func (h *Handler) answer(ctx context.Context, certificate func(crypto.Signer) (*x509.Certificate, error)) (*certifier.Response, error) {
	key, err := h.Key(ctx)
	if err != nil {
		return nil, h.refused(err)
	}
	cert, err := certificate(key)
	if err != nil {
		return nil, h.refused(err)
	}
	h.Log.Info("certificate", "root", cert.IsCA, "fingerprint", receipt.Fingerprint(cert),
		"serial", fmt.Sprintf("%x", cert.SerialNumber), "not_before", cert.NotBefore, "not_after", cert.NotAfter)
	return &certifier.Response{Certificate: cert.Raw}, nil
}

func (h *Handler) refused(err error) error {
	h.Log.Error("certificate refused", "error", err)
	return err
}
