package receipt

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"time"

	"consent-receipts/shared/statement"
)

// These are the lifetimes of certificates. A root is valid longer than anybody needs to
// verify a receipt; a leaf lives about as long as an execution environment.
const (
	RootLifetime    = 30 * 365 * 24 * time.Hour
	LeafLifetime    = 6 * time.Hour
	MaxLeafLifetime = 24 * time.Hour // a verifier refuses a leaf that is valid for longer
	leafBackdate    = 5 * time.Minute
	maxCSR          = 4 << 10
)

// documentSigning is id-kp-documentSigning (RFC 9336): the one extended key
// usage of a leaf.
var documentSigning = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 36}

// Fingerprint names a public key: "sha256:" and the hex SHA-256 of its SPKI. A root is
// trusted by its fingerprint, not by its certificate.
func Fingerprint(cert *x509.Certificate) string {
	return statement.Digest(cert.RawSubjectPublicKeyInfo)
}

// identify encodes a public key as its SPKI (DER), and makes the key identifier that
// certificates use (RFC 5280, 4.2.1.2): the first 20 bytes of the SPKI's SHA-256. The
// Fingerprint begins with the same bytes.
func identify(key crypto.PublicKey) (spki, id []byte, err error) {
	spki, err = x509.MarshalPKIXPublicKey(key)
	sum := sha256.Sum256(spki)
	return spki, sum[:20], err
}

// rootTemplate returns a root certificate without its dates. The template is fixed: a leaf
// names its root by these fields, so that an authority needs only the key.
func rootTemplate(key crypto.PublicKey, issuer string) (*x509.Certificate, error) {
	spki, id, err := identify(key)
	if err != nil {
		return nil, fmt.Errorf("root public key: %w", err)
	}
	return &x509.Certificate{
		SerialNumber:            new(big.Int).SetBytes(append([]byte{1}, id[:15]...)),
		Subject:                 pkix.Name{CommonName: "Consent receipts root", Organization: []string{issuer}},
		PublicKey:               key,
		RawSubjectPublicKeyInfo: spki,
		KeyUsage:                x509.KeyUsageCertSign,
		BasicConstraintsValid:   true,
		IsCA:                    true,
		MaxPathLenZero:          true,
		SubjectKeyId:            id,
		SignatureAlgorithm:      x509.ECDSAWithSHA256,
	}, nil
}

// NewRoot makes the self-signed certificate of a root key from a fixed template: path length
// 0, certificate signing only, serial from the public key. The key is a P-256 crypto.Signer,
// either a local key or one in KMS.
func NewRoot(key crypto.Signer, issuer string, now time.Time) (*x509.Certificate, error) {
	template, err := rootTemplate(key.Public(), issuer)
	if err != nil {
		return nil, err
	}
	now = now.UTC().Truncate(time.Second)
	template.NotBefore, template.NotAfter = now.Add(-leafBackdate), now.Add(RootLifetime)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("root certificate: %w", err)
	}
	return ParseRoot(der)
}

func isP256(key any) bool {
	k, ok := key.(*ecdsa.PublicKey)
	return ok && k.Curve == elliptic.P256()
}

// Authority certifies leaf keys with a root key. It is the only user of that
// key; the code is the same whether the key is a file or in KMS.
type Authority struct {
	Key    crypto.Signer
	Issuer string           // the `iss` that a leaf may sign for
	Now    func() time.Time // the authority's own clock; a request carries no dates
}

// ErrRequest is wrapped when a certificate request is refused.
var ErrRequest = errors.New("certificate request refused")

// Certify turns a PKCS #10 request (RFC 2986, DER) into a leaf certificate (DER). It takes
// only the public key from the request; everything else is fixed, and crypto/x509 adds the
// root's key identifier (RFC 5280, 4.2.1.1).
func (a *Authority) Certify(_ context.Context, csr []byte) ([]byte, error) {
	if len(csr) > maxCSR {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrRequest, len(csr), maxCSR)
	}
	req, err := x509.ParseCertificateRequest(csr)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRequest, err)
	}
	if err := req.CheckSignature(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRequest, err)
	}
	if !isP256(req.PublicKey) {
		return nil, fmt.Errorf("%w: the key is not on P-256", ErrRequest)
	}
	root, err := rootTemplate(a.Key.Public(), a.Issuer)
	if err != nil {
		return nil, err
	}
	spki, id, err := identify(req.PublicKey)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRequest, err)
	}
	if bytes.Equal(spki, root.RawSubjectPublicKeyInfo) {
		return nil, fmt.Errorf("%w: the root key is no leaf", ErrRequest)
	}
	issuer, err := url.Parse(a.Issuer)
	if err != nil {
		return nil, fmt.Errorf("issuer: %w", err)
	}
	serial := make([]byte, 16)
	if _, err := rand.Read(serial); err != nil {
		return nil, err
	}
	serial[0] = serial[0]&0x7f | 0x40 // the serial is positive, and always has 16 bytes
	now := a.Now().UTC().Truncate(time.Second)
	template := &x509.Certificate{
		SerialNumber:          new(big.Int).SetBytes(serial),
		Subject:               pkix.Name{CommonName: "Consent receipts leaf"},
		NotBefore:             now.Add(-leafBackdate),
		NotAfter:              now.Add(LeafLifetime),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{documentSigning},
		BasicConstraintsValid: true,
		URIs:                  []*url.URL{issuer},
		SubjectKeyId:          id,
		SignatureAlgorithm:    x509.ECDSAWithSHA256,
	}
	return x509.CreateCertificate(rand.Reader, template, root, req.PublicKey, a.Key)
}
