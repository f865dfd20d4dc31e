package receipt_test

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
)

// TestLeaf: a leaf is one that an authority makes, also where no vector differs from it.
func TestLeaf(t *testing.T) {
	rootKey, root := newRoot(t)
	verifier := mustVerifier(t, root)
	f := newForger(t, rootKey, root, newDesk(t, rootKey, root).optIn(t, "en", yesAlerts))
	for _, b := range []made{
		{"algorithm", "certified with SHA-384", f.withLeaf(func(c *x509.Certificate) { c.SignatureAlgorithm = x509.ECDSAWithSHA384 }), receipt.CodeLeaf},
		{"usages", "of a TLS server too", f.withLeaf(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }), receipt.CodeLeafUsage},
		{"usage", "for something else", f.withLeaf(func(c *x509.Certificate) {
			c.UnknownExtKeyUsage = []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 99999, 1}}
		}), receipt.CodeLeafUsage},
	} {
		_ = refused(t, verifier, b) // it fails by itself
	}
}

// TestRootOfAnotherTime: a receipt is not of a time at which the root was not valid yet, or no
// longer.
func TestRootOfAnotherTime(t *testing.T) {
	rootKey, root := newRoot(t)
	genuine := newDesk(t, rootKey, root).optIn(t, "en", yesAlerts)
	for name, at := range map[string]time.Time{"later": issuedAt.Add(time.Hour), "earlier": issuedAt.Add(-receipt.RootLifetime - time.Hour)} {
		other, err := receipt.NewRoot(rootKey, issuerURL, at)
		must(t, err)
		_ = refused(t, mustVerifier(t, other), made{name, "a root of another time", genuine, receipt.CodeIssuedAt})
	}
}

// TestToken: a token that is no receipt is as strict as one, and of the issuer that is asked for.
func TestToken(t *testing.T) {
	const typ, other = "test+jwt", "https://other.example"
	rootKey, root := newRoot(t)
	verifier := mustVerifier(t, root)
	f := newForger(t, rootKey, root, newDesk(t, rootKey, root).optIn(t, "en", yesAlerts))
	token := func(issuer string, iat int64) string {
		return sign(t, f.key, strings.Replace(header(f.leaf), receipt.Type, typ, 1), fmt.Sprintf(`{"iss":%q,"iat":%d}`, issuer, iat))
	}
	good := token(issuerURL, issuedAt.Unix())
	for name, c := range map[string]struct {
		token, issuer string
		want          receipt.Code
	}{
		"good":                         {good, issuerURL, ""},
		"with a tilde":                 {good + "~", issuerURL, receipt.CodeForm},
		"with a disclosure":            {good + "~" + f.disclosures[0], issuerURL, receipt.CodeForm},
		"of another issuer":            {token(other, issuedAt.Unix()), issuerURL, receipt.CodeIssuer},
		"of an issuer of another leaf": {token(other, issuedAt.Unix()), other, receipt.CodeIssuer},
		"of no time":                   {token(issuerURL, 0), issuerURL, receipt.CodePayload},
	} {
		_, err := verifier.VerifyToken(typ, c.issuer, c.token, receipt.MaxBytes)
		if refusal, ok := receipt.AsRefusal(err); ok != (c.want != "") || ok && refusal.Code != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
