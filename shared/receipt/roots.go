package receipt

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// Roots are root certificates, newest first.
type Roots []*x509.Certificate

// PEM encodes the roots one after the other (RFC 7468).
func (r Roots) PEM() []byte {
	var b bytes.Buffer
	for _, cert := range r {
		_ = pem.Encode(&b, &pem.Block{Type: pemCertificate, Bytes: cert.Raw}) // writing to a bytes.Buffer cannot fail
	}
	return b.Bytes()
}

// Issuer returns the issuer in the newest root's name, or "" if there is no root.
func (r Roots) Issuer() string {
	if len(r) == 0 || len(r[0].Subject.Organization) != 1 {
		return ""
	}
	return r[0].Subject.Organization[0]
}

// Of returns the roots to hand out with a receipt: the root that certified its leaf, or none
// if it was verified without roots.
func (r Roots) Of(rec *Receipt) Roots {
	for i, cert := range r {
		if rec.Root != "" && Fingerprint(cert) == rec.Root {
			return r[i : i+1]
		}
	}
	return nil
}

// ParseFingerprint reads the fingerprint of a root as people write it: with capitals, blanks
// (White_Space of Unicode) or colons, with or without the prefix sha256. It returns the form that Fingerprint returns,
// and false for any other text.
func ParseFingerprint(text string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == ':' {
			return -1
		}
		return r
	}, text)
	digits = strings.TrimPrefix(strings.ToLower(digits), "sha256")
	if b, err := hex.DecodeString(digits); err != nil || len(b) != sha256.Size {
		return "", false
	}
	return "sha256:" + digits, true
}

// ErrRoot is wrapped by every error of ParseRoot and ParseRoots.
var ErrRoot = errors.New("not a root certificate of consent receipts")

const pemCertificate = "CERTIFICATE"

// pemBlock matches a certificate in PEM, with or without line breaks.
var pemBlock = regexp.MustCompile(`-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----`)

// ParseRoots reads the certificates of a PEM file (RFC 7468), or one certificate in DER
// (X.690). It fails as a whole if any block is broken or is no root.
func ParseRoots(text []byte) (Roots, error) {
	if bytes.HasPrefix(text, []byte{0x30}) {
		root, err := ParseRoot(text)
		if err != nil {
			return nil, err
		}
		return Roots{root}, nil
	}
	blocks := pemBlock.FindAllSubmatch(text, -1)
	switch begun := bytes.Count(text, []byte("-----BEGIN")); {
	case begun == 0:
		return nil, fmt.Errorf("%w: the text has no PEM certificate", ErrRoot)
	case begun != len(blocks):
		return nil, fmt.Errorf("%w: of %d PEM blocks, only %d are readable certificates", ErrRoot, begun, len(blocks))
	}
	var roots Roots
	for _, block := range blocks {
		der, err := base64.StdEncoding.Strict().DecodeString(blanks.Replace(string(block[1])))
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrRoot, err)
		}
		root, err := ParseRoot(der)
		if err != nil {
			return nil, err
		}
		roots = append(roots, root)
	}
	return roots, nil
}

var blanks = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "")

// ParseRoot reads a DER certificate and checks that it can be a root.
func ParseRoot(der []byte) (*x509.Certificate, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRoot, err)
	}
	switch {
	case !isP256(cert.PublicKey):
		err = errors.New("its key is not on P-256")
	case !cert.BasicConstraintsValid || !cert.IsCA || !cert.MaxPathLenZero:
		err = errors.New("it is not a CA with path length 0")
	case cert.KeyUsage != x509.KeyUsageCertSign:
		err = errors.New("its key usage is not exactly certificate signing")
	default:
		err = cert.CheckSignatureFrom(cert)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRoot, err)
	}
	return cert, nil
}
