package opendsr

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// ErrCertificate is wrapped by every error of NewSigner.
var ErrCertificate = errors.New("not a certificate to sign answers with")

// minKey is the least size of the RSA key, in bits (NIST SP 800-131A).
const minKey = 2048

// Key gives the RSA key whose public half a certificate names. The key may be kept elsewhere
// (in a KMS), which is then asked within the context: crypto.Signer has no room for one.
type Key func(context.Context, *rsa.PublicKey) crypto.Signer

// Signer signs answers and callbacks.
type Signer struct {
	domain string
	chain  []byte // PEM
	public *rsa.PublicKey
	key    Key
	random io.Reader

	// OldPSS has answers under the older name signed with RSASSA-PSS: the specification names
	// no padding, and known clients of OpenGDPR verify that one.
	OldPSS bool
}

// NewSigner makes a signer from a chain of certificates in PEM, the processor's first. The
// certificate must be valid now, for the domain, and not signed by itself (section 4.1). Only
// the receiver knows whether it trusts the certificate's issuer.
func NewSigner(domain string, chain []byte, key Key, random io.Reader, now time.Time) (*Signer, error) {
	block, _ := pem.Decode(chain)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%w: there is no certificate in PEM", ErrCertificate)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	}
	public, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || public.N.BitLen() < minKey {
		return nil, fmt.Errorf("%w: it has no RSA key of %d bits", ErrCertificate, minKey)
	}
	switch {
	case !public.Equal(key(context.Background(), public).Public()):
		return nil, fmt.Errorf("%w: it certifies another key", ErrCertificate)
	case now.Before(cert.NotBefore) || now.After(cert.NotAfter):
		return nil, fmt.Errorf("%w: it is not valid now", ErrCertificate)
	case cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil:
		return nil, fmt.Errorf("%w: it is self-signed", ErrCertificate)
	}
	if err := cert.VerifyHostname(domain); err != nil {
		return nil, fmt.Errorf("%w: it is not for the domain %s", ErrCertificate, domain)
	}
	return &Signer{domain: strings.ToLower(domain), chain: chain, public: public, key: key, random: random}, nil
}

// Domain is the processor's domain, in lower case.
func (s *Signer) Domain() string { return s.domain }

// Chain is the certificate and its issuers, in PEM: what the discovery document
// points to.
func (s *Signer) Chain() []byte { return s.chain }

// Headers returns the two headers that go with a body (section 8.3): the domain,
// and the signature over these very bytes in base64: RSASSA-PKCS1-v1_5 with SHA-256 (RFC
// 8017, 8.2; FIPS 186-4, 5.5), or by OldPSS RSASSA-PSS with SHA-256 and a salt of 32 bytes
// (RFC 8017, 8.1).
func (s *Signer) Headers(ctx context.Context, d Dialect, body []byte) (map[string]string, error) {
	var padding crypto.SignerOpts = crypto.SHA256
	if s.OldPSS && d == OpenGDPR {
		padding = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	}
	signature, err := crypto.SignMessage(s.key(ctx, s.public), s.random, body, padding)
	if err != nil {
		return nil, fmt.Errorf("sign an answer: %w", err)
	}
	return map[string]string{
		d.DomainHeader: s.domain, d.SignatureHeader: base64.StdEncoding.EncodeToString(signature),
	}, nil
}
