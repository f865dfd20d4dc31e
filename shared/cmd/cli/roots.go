package cli

import (
	"errors"
	"os"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
)

// Trust reads the roots that --root names: certificates (PEM or DER files), and fingerprints
// (sha256:HEX) of certificates that lie with what is checked.
func Trust(roots []string) (check.Options, error) {
	var o check.Options
	for _, r := range roots {
		if fingerprint, ok := receipt.ParseFingerprint(r); ok {
			o.Fingerprints = append(o.Fingerprints, fingerprint)
			continue
		}
		b, err := os.ReadFile(r)
		if err != nil {
			return o, err
		}
		certificates, err := receipt.ParseRoots(inside.Narrowed(b))
		if err != nil {
			return o, &check.FileError{Name: r, Err: err}
		}
		o.Roots = append(o.Roots, certificates...)
	}
	return o, nil
}

// Verifier returns a verifier that trusts the root certificates that --root names. It needs
// at least one.
func Verifier(roots []string) (*receipt.Verifier, receipt.Roots, error) {
	options, err := Trust(roots)
	if err != nil {
		return nil, nil, err
	}
	if len(options.Roots) == 0 {
		return nil, nil, errors.New("--root: give the root certificate itself, a PEM file")
	}
	return receipt.NewVerifier(options.Roots...), options.Roots, nil
}
