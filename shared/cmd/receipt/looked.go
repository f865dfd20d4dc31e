package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"consent-receipts/shared/audit"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
)

// maxLooked bounds the file of who looked, in bytes.
const maxLooked = 64 << 20

// looked verifies who of the staff looked, as a bundle has it.
func (c *command) looked(name string, roots []string) (int, error) {
	verifier, err := rootedVerifier(roots)
	if err != nil {
		return 0, err
	}
	b, err := readAtMost(name, maxLooked)
	if err != nil {
		return 0, err
	}
	var file struct{ Records []audit.Shown }
	if err := json.Unmarshal(b, &file); err != nil {
		return 0, fmt.Errorf("%s is not as %s of a bundle is", name, bundle.AuditFile)
	}
	records, err := audit.Verify(verifier, file.Records)
	switch {
	case errors.Is(err, audit.ErrBroken):
		fmt.Fprintf(c.stdout, "%s: REFUSED: %v\n", name, err)
		return exitRefused, nil
	case len(records) == 0:
		return 0, fmt.Errorf("%s: no record in it", name)
	}
	first, last := records[0], records[len(records)-1]
	fmt.Fprintf(c.stdout, "genuine: records %d to %d of the audit ledger %s, signed for %s; each follows the one before\n", first.Seq, last.Seq, first.Subject, first.Issuer)
	fmt.Fprintln(c.stdout, "checked: header, leaf certificate, the chain to the root at the time of signing, signature, issuer, place, what is shown")
	if first.Seq > 1 {
		fmt.Fprintf(c.stdout, "missing: records 1 to %d\n", first.Seq-1)
		return exitNotContiguous, nil
	}
	return exitGenuine, nil
}

// rootedVerifier trusts the root certificates that were given, and needs one.
func rootedVerifier(roots []string) (*receipt.Verifier, error) {
	options, err := trust(roots)
	if err != nil {
		return nil, err
	}
	if len(options.Roots) == 0 {
		return nil, errors.New("--root: give the root certificate itself, a PEM file")
	}
	return receipt.NewVerifier(options.Roots...)
}
