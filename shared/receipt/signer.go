package receipt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Certify asks an Authority, wherever it is, to certify a PKCS #10 request
// (DER) and returns the leaf certificate (DER).
type Certify func(ctx context.Context, csr []byte) ([]byte, error)

// ErrNoLeaf is wrapped when no certified key is available for the requested moment. Nothing
// was signed; the caller may try again.
var ErrNoLeaf = errors.New("no certified signing key")

// Signer signs with a leaf key. It makes the key when it first needs one, has it certified,
// keeps it in memory only, and replaces it before the certificate ends. It is safe for
// concurrent use.
type Signer struct {
	certify Certify
	root    *x509.Certificate

	mu   sync.Mutex
	leaf *leaf
}

// leaf is a key with its certificate.
type leaf struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

// NewSigner returns a Signer that has its keys certified by certify under the root. It
// refuses a certificate by any other root: our own verifier would refuse what such a leaf
// signs.
func NewSigner(certify Certify, root *x509.Certificate) *Signer {
	return &Signer{certify: certify, root: root}
}

// renewBefore is the time before a leaf's end at which the leaf is replaced.
const renewBefore = 10 * time.Minute

// Prepare has a key certified for the given time, ahead of the first signature. If that fails,
// Sign tries again, and returns the error.
func (s *Signer) Prepare(ctx context.Context, at time.Time) { _, _ = s.leafAt(ctx, at) }

// Sign returns the compact JWS of payload with the given typ. The leaf is valid at the given
// time, which is the payload's iat.
func (s *Signer) Sign(ctx context.Context, typ string, payload []byte, at time.Time) (string, error) {
	l, err := s.leafAt(ctx, at)
	if err != nil {
		return "", err
	}
	return l.sign(typ, payload)
}

// sign makes a compact JWS (RFC 7515, section 7.1) with ES256 (RFC 7518, section 3.4).
func (l *leaf) sign(typ string, payload []byte) (string, error) {
	head, err := json.Marshal(header{Alg: algorithm, Typ: typ, X5C: []string{base64.StdEncoding.EncodeToString(l.cert.Raw)}})
	if err != nil {
		return "", err
	}
	size := base64.RawURLEncoding.EncodedLen
	text := make([]byte, 0, size(len(head))+size(len(payload))+size(signatureBytes)+len(".."))
	text = base64.RawURLEncoding.AppendEncode(text, head)
	text = base64.RawURLEncoding.AppendEncode(append(text, '.'), payload)
	digest := sha256.Sum256(text)
	r, s, err := ecdsa.Sign(rand.Reader, l.key, digest[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	var signature [signatureBytes]byte
	r.FillBytes(signature[:signatureBytes/2])
	s.FillBytes(signature[signatureBytes/2:])
	return string(base64.RawURLEncoding.AppendEncode(append(text, '.'), signature[:])), nil
}

// leafAt checks the leaf against the requested moment at each use, since a frozen execution
// environment has no timers. It replaces a leaf that is not valid at that moment.
func (s *Signer) leafAt(ctx context.Context, at time.Time) (*leaf, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := s.leaf; l != nil && !at.Before(l.cert.NotBefore) && at.Before(l.cert.NotAfter.Add(-renewBefore)) {
		return l, nil
	}
	fresh, err := s.newLeaf(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoLeaf, err)
	}
	if at.Before(fresh.cert.NotBefore) || !at.Before(fresh.cert.NotAfter) {
		return nil, fmt.Errorf("%w: the new certificate is valid from %s to %s, not at %s", ErrNoLeaf,
			fresh.cert.NotBefore.Format(time.RFC3339), fresh.cert.NotAfter.Format(time.RFC3339), at.Format(time.RFC3339))
	}
	s.leaf = fresh
	return fresh, nil
}

func (s *Signer) newLeaf(ctx context.Context) (*leaf, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		return nil, err
	}
	der, err := s.certify(ctx, csr)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	if !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("the certificate is for another key")
	}
	if err := cert.CheckSignatureFrom(s.root); err != nil {
		return nil, fmt.Errorf("the certificate is not by our root: %w", err)
	}
	return &leaf{key: key, cert: cert}, nil
}
