package receipt

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Verifier verifies receipts, and the other tokens that leaves sign. It works offline, with
// explicitly given roots and never with the system's. It is safe for concurrent use.
type Verifier struct {
	roots   map[string][]*x509.Certificate // by subject
	trusts  bool                           // a leaf leads to one of them, or is refused
	schemas *schemas

	mu     sync.Mutex
	leaves map[[32]byte]*vouched // leaves that passed, by hash of their DER
}

// maxLeaves bounds the cache of leaves. A full cache is emptied.
const maxLeaves = 1024

// vouched is a leaf that passed every check that does not depend on iat.
type vouched struct {
	cert   *x509.Certificate
	root   *x509.Certificate // nil when no root was given
	issuer string
}

// NewVerifier returns a Verifier that trusts the given roots. Without roots it checks
// consistency only: it does not confirm the signer, and Receipt.Root is "".
func NewVerifier(roots ...*x509.Certificate) (*Verifier, error) {
	v, err := NewUnconfirmed(roots...)
	if err == nil {
		v.trusts = len(roots) > 0
	}
	return v, err
}

// NewUnconfirmed returns a Verifier that trusts nobody. Of what leads to one of the given
// roots, which somebody found beside it, Receipt.Root says to which; what leads to none of
// them passes too.
func NewUnconfirmed(roots ...*x509.Certificate) (*Verifier, error) {
	s, err := loadSchemas()
	if err != nil {
		return nil, err
	}
	v := &Verifier{roots: map[string][]*x509.Certificate{}, schemas: s, leaves: map[[32]byte]*vouched{}}
	for _, root := range roots {
		name := string(root.RawSubject)
		v.roots[name] = append(v.roots[name], root)
	}
	return v, nil
}

// signed is what a checked JWS states about its signer.
type signed struct {
	issuer, leaf, root string
}

// header is the protected header of every token that a leaf signs; other members are refused.
type header struct {
	Alg string   `json:"alg"`
	Typ string   `json:"typ"`
	X5C []string `json:"x5c"`
}

// checkJWS checks the header, leaf, chain at iat, and signature of a compact JWS. Its decoded
// header is given.
func (v *Verifier) checkJWS(compact string, rawHeader []byte, typ string, iat time.Time) (*signed, error) {
	var members map[string]json.RawMessage
	var h header
	if json.Unmarshal(rawHeader, &members) != nil || json.Unmarshal(rawHeader, &h) != nil {
		return nil, refuse(CodeHeader, "the protected header is not an object of alg, typ and x5c")
	}
	for _, name := range []string{"alg", "typ", "x5c"} { // names match exactly; encoding/json ignores case
		if _, ok := members[name]; !ok {
			return nil, refuse(CodeHeader, "the protected header lacks %s", name)
		}
	}
	if len(members) != 3 {
		return nil, refuse(CodeHeader, "the protected header has %d members; it must have exactly alg, typ and x5c", len(members))
	}
	if h.Alg != string(jose.ES256) {
		return nil, refuse(CodeAlg, "alg is %q, not ES256", h.Alg)
	}
	if h.Typ != typ {
		return nil, refuse(CodeTyp, "typ is %q, not %q", h.Typ, typ)
	}
	if len(h.X5C) != 1 {
		return nil, refuse(CodeX5C, "x5c has %d certificates; it must have the leaf alone", len(h.X5C))
	}
	der, err := base64.StdEncoding.Strict().DecodeString(h.X5C[0])
	if err != nil || base64.StdEncoding.EncodeToString(der) != h.X5C[0] {
		return nil, refuse(CodeX5C, "the certificate is not canonical base64")
	}
	l, err := v.vouch(der)
	if err != nil {
		return nil, err
	}
	if err := l.validAt(iat); err != nil {
		return nil, err
	}
	jws, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, refuse(CodeForm, "not a compact JWS: %v", err)
	}
	if _, err := jws.Verify(l.cert.PublicKey); err != nil {
		return nil, refuse(CodeSignature, "the signature does not verify with the leaf's key: something was changed")
	}
	s := &signed{issuer: l.issuer, leaf: Fingerprint(l.cert)}
	if l.root != nil {
		s.root = Fingerprint(l.root)
	}
	return s, nil
}

// vouch checks a leaf and its chain to one of the roots. It checks each leaf once.
func (v *Verifier) vouch(der []byte) (*vouched, error) {
	id := sha256.Sum256(der)
	v.mu.Lock()
	l, ok := v.leaves[id]
	v.mu.Unlock()
	if ok {
		return l, nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, refuse(CodeLeaf, "the certificate does not parse: %v", err)
	}
	if err := checkLeaf(cert); err != nil {
		return nil, err
	}
	l = &vouched{cert: cert, issuer: cert.URIs[0].String()}
	if l.root = v.signedBy(cert); l.root == nil && v.trusts {
		return nil, refuse(CodeChain, "the leaf is not certified by a root that was given")
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.leaves) >= maxLeaves {
		clear(v.leaves)
	}
	v.leaves[id] = l
	return l, nil
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
func (l *vouched) validAt(iat time.Time) error {
	if iat.Before(l.cert.NotBefore) || iat.After(l.cert.NotAfter) {
		return refuse(CodeIssuedAt, "iat %s is outside the leaf's validity, %s to %s", iat.Format(time.RFC3339),
			l.cert.NotBefore.Format(time.RFC3339), l.cert.NotAfter.Format(time.RFC3339))
	}
	if r := l.root; r != nil && (iat.Before(r.NotBefore) || iat.After(r.NotAfter)) {
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

// VerifyToken checks a compact JWS of the given typ that a leaf signed for the issuer, and
// returns its payload. The payload must have iss and iat; the caller checks its other claims.
func (v *Verifier) VerifyToken(typ, issuer, compact string, maxBytes int) ([]byte, error) {
	payload, _, err := v.verifyToken(typ, issuer, compact, maxBytes)
	return payload, err
}

// VerifyClaimed does the same as VerifyToken, for the issuer that the token names. It also
// returns the fingerprint of the root, or "" if the verifier has no roots.
func (v *Verifier) VerifyClaimed(typ, compact string, maxBytes int) (payload []byte, root string, err error) {
	return v.verifyToken(typ, ClaimedIssuer(compact), compact, maxBytes)
}

func (v *Verifier) verifyToken(typ, issuer, compact string, maxBytes int) (payload []byte, root string, err error) {
	parsed, err := parseToken(compact, maxBytes)
	if err != nil {
		return nil, "", err
	}
	var claims struct {
		Issuer   string `json:"iss"`
		IssuedAt int64  `json:"iat"`
	}
	if err := json.Unmarshal(parsed.Payload, &claims); err != nil || claims.IssuedAt <= 0 || claims.IssuedAt > maxTime {
		return nil, "", refuse(CodePayload, "the payload has no iss and iat")
	}
	s, err := v.checkJWS(parsed.Issuer, parsed.Header, typ, time.Unix(claims.IssuedAt, 0).UTC())
	if err != nil {
		return nil, "", err
	}
	if claims.Issuer != issuer || s.issuer != issuer {
		return nil, "", refuse(CodeIssuer, "signed for another issuer")
	}
	return parsed.Payload, s.root, nil
}

// AsRefusal returns the refusal in err, if there is one.
func AsRefusal(err error) (*Refusal, bool) {
	return errors.AsType[*Refusal](err)
}
