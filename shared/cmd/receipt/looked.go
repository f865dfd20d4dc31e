package main

import (
	"errors"
	"fmt"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/looks"
)

// maxLooked bounds the file of who looked, in bytes.
const maxLooked = 64 << 20

// looked verifies who of the staff looked, as a bundle has it.
func (c *command) looked(name string, roots []string, asJSON bool) (int, error) {
	verifier, err := rootedVerifier(roots)
	if err != nil {
		return 0, err
	}
	b, err := readAtMost(name, maxLooked)
	if err != nil {
		return 0, err
	}
	records, err := check.Looks(verifier, b)
	report := &check.Report{Verdict: receipt.Genuine, Looks: len(records)}
	switch {
	case errors.Is(err, looks.ErrBroken):
		report.Verdict, report.Damaged = receipt.Refused, []check.Damaged{{Name: name, Err: err}}
	case err != nil:
		return 0, fmt.Errorf("%s: %w", name, err)
	case len(records) == 0:
		return 0, fmt.Errorf("%s: no record in it", name)
	case records[0].Seq > 1:
		report.Verdict, report.Gaps = receipt.NotContiguous, []string{fmt.Sprintf("records 1 to %d", records[0].Seq-1)}
	}
	code := exitCodes[report.Verdict]
	if asJSON {
		return code, printJSON(c.document, report, nil, nil)
	}
	if report.Verdict == receipt.Refused {
		fmt.Fprintf(c.stdout, "%s: REFUSED: %s\n", freetext.Inline(name), told(err))
		return code, nil
	}
	first, last := records[0], records[len(records)-1]
	fmt.Fprintf(c.stdout, "genuine: records %d to %d of the audit ledger %s, signed for %s; each follows the one before\n", first.Seq, last.Seq, first.Subject, first.Issuer)
	fmt.Fprintln(c.stdout, "checked: header, leaf certificate, the chain to the root at the time of signing, signature, issuer, place, what is shown")
	for _, gap := range report.Gaps {
		fmt.Fprintln(c.stdout, "missing:", gap)
	}
	return code, nil
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
