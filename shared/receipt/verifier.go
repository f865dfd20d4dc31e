package receipt

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"math/big"
	"strings"
	"sync"
	"time"

	"consent-receipts/shared/receipt/sdjwt"
)

// Verifier verifies receipts, and the other tokens that leaves sign. It works offline, with
// explicitly given roots and never with the system's. It is safe for concurrent use.
type Verifier struct {
	roots  map[string][]*x509.Certificate // by subject
	trusts bool                           // a leaf leads to one of them, or is refused

	mu      sync.Mutex
	headers map[[32]byte]*vouched // protected headers that passed, by the hash of their text
}

// maxHeaders bounds the cache of headers. A full cache is emptied.
const maxHeaders = 1024

// vouched is a protected header, with a leaf that passed every check that does not depend on
// iat.
type vouched struct {
	typ  string
	cert *x509.Certificate
	by   *x509.Certificate // the root; nil when no root was given
	signed
}

// NewVerifier returns a Verifier that trusts the given roots. Without roots it checks
// consistency only: it does not confirm the signer, and Receipt.Root is "".
func NewVerifier(roots ...*x509.Certificate) *Verifier {
	v := NewUnconfirmed(roots...)
	v.trusts = len(roots) > 0
	return v
}

// NewUnconfirmed returns a Verifier that trusts nobody. Of what leads to one of the given
// roots, which somebody found beside it, Receipt.Root says to which; what leads to none of
// them passes too.
func NewUnconfirmed(roots ...*x509.Certificate) *Verifier {
	v := &Verifier{roots: map[string][]*x509.Certificate{}, headers: map[[32]byte]*vouched{}}
	for _, root := range roots {
		name := string(root.RawSubject)
		v.roots[name] = append(v.roots[name], root)
	}
	return v
}

// signed is what a checked JWS states about its signer.
type signed struct {
	issuer, leaf, root string
}

// checkJWS checks the header, leaf, chain at iat, and signature of a parsed JWS.
func (v *Verifier) checkJWS(jws *sdjwt.SDJWT, typ string, iat time.Time) (*signed, error) {
	h, err := v.vouch(jws, typ)
	if err != nil {
		return nil, err
	}
	if err := h.validAt(iat); err != nil {
		return nil, err
	}
	if !h.verifies(jws.SigningInput(), jws.Signature) {
		return nil, refuse(CodeSignature, "the signature does not verify with the leaf's key: something was changed")
	}
	return &h.signed, nil
}

// verifies checks a signature by the leaf.
func (h *vouched) verifies(text string, signature []byte) bool {
	if len(signature) != signatureBytes {
		return false
	}
	digest := sha256.Sum256([]byte(text))
	r, s := new(big.Int).SetBytes(signature[:signatureBytes/2]), new(big.Int).SetBytes(signature[signatureBytes/2:])
	return ecdsa.Verify(h.cert.PublicKey.(*ecdsa.PublicKey), digest[:], r, s)
}

// vouch checks the protected header of a token, its leaf, and the leaf's chain to one of the
// roots. It checks each header once: all that a leaf signs of one type has the same.
func (v *Verifier) vouch(jws *sdjwt.SDJWT, typ string) (*vouched, error) {
	text, _, _ := strings.Cut(jws.Issuer, ".")
	id := sha256.Sum256([]byte(text))
	v.mu.Lock()
	h, ok := v.headers[id]
	v.mu.Unlock()
	if ok && h.typ == typ {
		return h, nil
	}
	der, err := parseHeader(jws.Header, typ)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, refuse(CodeLeaf, "the certificate does not parse: %v", err)
	}
	if err := checkLeaf(cert); err != nil {
		return nil, err
	}
	h = &vouched{typ: typ, cert: cert, signed: signed{issuer: cert.URIs[0].String(), leaf: Fingerprint(cert)}}
	if h.by = v.signedBy(cert); h.by != nil {
		h.root = Fingerprint(h.by)
	} else if v.trusts {
		return nil, refuse(CodeChain, "the leaf is not certified by a root that was given")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.headers) >= maxHeaders {
		clear(v.headers)
	}
	v.headers[id] = h
	return h, nil
}

// signedBy returns the given root that certified the leaf. The path length is 0, so the chain
// is this one step: no path is searched, and no other store is used.
func (v *Verifier) signedBy(leaf *x509.Certificate) *x509.Certificate {
	for _, root := range v.roots[string(leaf.RawIssuer)] {
		if leaf.CheckSignatureFrom(root) == nil {
			return root
		}
	}
	return nil
}

// validAt checks that leaf and root were valid when the receipt was issued. A receipt does
// not expire, so events after iat do not matter.
func (h *vouched) validAt(iat time.Time) error {
	if iat.Before(h.cert.NotBefore) || iat.After(h.cert.NotAfter) {
		return refuse(CodeIssuedAt, "iat %s is outside the leaf's validity, %s to %s", iat.Format(time.RFC3339),
			h.cert.NotBefore.Format(time.RFC3339), h.cert.NotAfter.Format(time.RFC3339))
	}
	if r := h.by; r != nil && (iat.Before(r.NotBefore) || iat.After(r.NotAfter)) {
		return refuse(CodeIssuedAt, "iat %s is outside the root's validity", iat.Format(time.RFC3339))
	}
	return nil
}

// checkLeaf accepts exactly the certificates that an Authority makes.
func checkLeaf(c *x509.Certificate) error {
	switch {
	case c.Version != 3 || !isP256(c.PublicKey):
		return refuse(CodeLeaf, "the leaf's key is not on P-256")
	case c.SignatureAlgorithm != x509.ECDSAWithSHA256:
		return refuse(CodeLeaf, "the leaf is signed with %s, not ECDSA with SHA-256", c.SignatureAlgorithm)
	case !c.BasicConstraintsValid || c.IsCA:
		return refuse(CodeLeaf, "the leaf is a CA, or does not say that it is none")
	case len(c.UnhandledCriticalExtensions) > 0:
		return refuse(CodeLeaf, "the leaf has an unknown critical extension")
	case c.KeyUsage != x509.KeyUsageDigitalSignature:
		return refuse(CodeLeafUsage, "the leaf's key usage is not exactly digitalSignature")
	case len(c.ExtKeyUsage) != 0 || len(c.UnknownExtKeyUsage) != 1 || !c.UnknownExtKeyUsage[0].Equal(documentSigning):
		return refuse(CodeLeafUsage, "the leaf's extended key usage is not exactly document signing (RFC 9336)")
	case len(c.URIs) != 1 || len(c.DNSNames)+len(c.EmailAddresses)+len(c.IPAddresses) > 0:
		return refuse(CodeLeafName, "the leaf does not have exactly one URI as its name")
	case c.NotAfter.Sub(c.NotBefore) > MaxLeafLifetime:
		return refuse(CodeLeafTime, "the leaf is valid for %s, at most %s", c.NotAfter.Sub(c.NotBefore), MaxLeafLifetime)
	}
	return nil
}
