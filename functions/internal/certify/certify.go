// Package certify is the function that alone may use the root key: it turns a
// certificate request into a short-lived leaf certificate, or makes the root's own
// certificate. It takes a public key from its caller and nothing else; dates come
// from its own clock, all else from fixed templates.
package certify

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/receipt"
)

// ErrRequest is returned for an event that asks neither for a leaf certificate nor for the
// root's certificate.
var ErrRequest = errors.New("the event has to name either csr or root")

// Handler serves certifier.Request. All fields are set.
type Handler struct {
	Key    func(context.Context) (crypto.Signer, error) // the root key, for one event
	Issuer string                                       // the `iss` that leaves may sign for
	Now    func() time.Time
	Log    *slog.Logger
}

// Handle answers one event. Every certificate is logged by its fingerprint, so
// that one which nobody asked for can be found.
func (h *Handler) Handle(ctx context.Context, r certifier.Request) (*certifier.Response, error) {
	cert, err := h.certificate(ctx, r)
	if err != nil {
		h.Log.Error("certificate refused", "root", r.Root, "error", err)
		return nil, err
	}
	h.Log.Info("certificate", "root", cert.IsCA, "fingerprint", receipt.Fingerprint(cert),
		"serial", fmt.Sprintf("%x", cert.SerialNumber), "not_before", cert.NotBefore, "not_after", cert.NotAfter)
	return &certifier.Response{Certificate: cert.Raw}, nil
}

func (h *Handler) certificate(ctx context.Context, r certifier.Request) (*x509.Certificate, error) {
	if r.Root == (r.CSR != nil) {
		return nil, ErrRequest
	}
	key, err := h.Key(ctx)
	if err != nil {
		return nil, err
	}
	if r.Root {
		return receipt.NewRoot(key, h.Issuer, h.Now())
	}
	authority := &receipt.Authority{Key: key, Issuer: h.Issuer, Now: h.Now}
	der, err := authority.Certify(ctx, r.CSR)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
