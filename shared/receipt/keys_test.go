package receipt_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
)

// TestKeyIdentifiers: root and leaf say which key they are of, by the beginning of its
// fingerprint, and the leaf by which key it was certified (RFC 5280, 4.2.1.1 and 4.2.1.2).
// No identifier is critical.
func TestKeyIdentifiers(t *testing.T) {
	root, leaf := newChain(t, issuerURL)
	for name, cert := range map[string]*x509.Certificate{"root": root, "leaf": leaf} {
		if id := "sha256:" + hex.EncodeToString(cert.SubjectKeyId); len(cert.SubjectKeyId) != 20 || !strings.HasPrefix(receipt.Fingerprint(cert), id) {
			t.Errorf("the %s is of key %s, and its fingerprint is %s", name, id, receipt.Fingerprint(cert))
		}
		for _, e := range cert.Extensions {
			if (e.Id.Equal(oidSubjectKey) || e.Id.Equal(oidAuthorityKey)) && e.Critical {
				t.Errorf("the %s has a critical extension %s", name, e.Id)
			}
		}
	}
	if string(leaf.AuthorityKeyId) != string(root.SubjectKeyId) {
		t.Errorf("the leaf is certified by key %x, and the root is of key %x", leaf.AuthorityKeyId, root.SubjectKeyId)
	}
}

// TestWithoutKeyIdentifiers: a chain verifies whose certificates name no key.
func TestWithoutKeyIdentifiers(t *testing.T) {
	genuine, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	key := newKey(t, elliptic.P256())
	root := rootWithoutIdentifier(t, key)
	f := newForger(t, key, root, string(genuine))
	leaf := mustParse(t, f.leaf)
	if root.SubjectKeyId != nil || leaf.SubjectKeyId != nil || leaf.AuthorityKeyId != nil {
		t.Fatal("the certificates name keys")
	}
	_, err = mustVerifier(t, root).Verify(join(sign(t, f.key, header(f.leaf), f.payload), f.disclosures...))
	must(t, err)
}

// TestLeafSize: the leaf of the longest issuer that the schema allows is under 1 KB, as the
// room that Issue leaves for the header supposes.
func TestLeafSize(t *testing.T) {
	_, leaf := newChain(t, "https://"+strings.Repeat("a", 200-len("https://")))
	if len(leaf.Raw) >= 1<<10 {
		t.Errorf("the leaf has %d bytes", len(leaf.Raw))
	}
}

var (
	oidSubjectKey       = asn1.ObjectIdentifier{2, 5, 29, 14}
	oidBasicConstraints = asn1.ObjectIdentifier{2, 5, 29, 19}
	oidAuthorityKey     = asn1.ObjectIdentifier{2, 5, 29, 35}
)

// newChain makes a root and a leaf as a deployment does.
func newChain(t *testing.T, issuer string) (root, leaf *x509.Certificate) {
	t.Helper()
	key, root := newRootOf(t, issuer)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, newKey(t, elliptic.P256()))
	must(t, err)
	authority := &receipt.Authority{Key: key, Issuer: issuer, Now: func() time.Time { return issuedAt }}
	der, err := authority.Certify(context.Background(), csr)
	must(t, err)
	return root, mustParse(t, der)
}

// rootWithoutIdentifier makes a root that names no key. It says that it is a CA by an
// extension of its own, since crypto/x509 adds an identifier to what it knows to be one.
func rootWithoutIdentifier(t *testing.T, key *ecdsa.PrivateKey) *x509.Certificate {
	t.Helper()
	constraints, err := asn1.Marshal(struct {
		CA      bool
		PathLen int
	}{CA: true})
	must(t, err)
	template := leafTemplate()
	template.Subject, template.URIs, template.UnknownExtKeyUsage = pkix.Name{CommonName: "Consent receipts root"}, nil, nil
	template.KeyUsage, template.BasicConstraintsValid = x509.KeyUsageCertSign, false
	template.ExtraExtensions = []pkix.Extension{{Id: oidBasicConstraints, Critical: true, Value: constraints}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	root, err := receipt.ParseRoot(der)
	must(t, err)
	return root
}
