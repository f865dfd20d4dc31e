package main

import (
	"errors"
	"fmt"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/looks"
)

// maxLooked bounds the file of who looked, in bytes.
const maxLooked = 64 << 20

// looked verifies who of the staff looked, as a bundle has it.
func (c *command) looked(name string, roots []string, asJSON bool) (int, error) {
	verifier, _, err := cli.Verifier(roots)
	if err != nil {
		return 0, err
	}
	b, err := cli.ReadAtMost(name, maxLooked)
	if err != nil {
		return 0, err
	}
	records, err := check.Looks(verifier, b)
	report := &check.Report{Verdict: receipt.Genuine, Looks: len(records)}
	switch {
	case errors.Is(err, looks.ErrBroken):
		report.Verdict = receipt.VerdictOfSigned(err)
		report.Damaged = []check.Damaged{{Name: name, Err: err, Verdict: report.Verdict}}
	case err != nil:
		return 0, fmt.Errorf("%s: %w", name, err)
	case len(records) == 0:
		return 0, fmt.Errorf("%s: the list has no record", name)
	case records[0].Seq > 1:
		report.Verdict, report.Gaps = receipt.NotContiguous, []string{fmt.Sprintf("records 1 to %d", records[0].Seq-1)}
	}
	if asJSON {
		return c.Verification(c.now(), true).End(report, nil)
	}
	code := cli.ExitOf(report.Verdict)
	if len(report.Damaged) > 0 {
		fmt.Fprintf(c.Stdout, "%s: %s: %s\n", freetext.Inline(name), cli.Loud(report.Verdict), cli.Told(err))
		return code, nil
	}
	first, last := records[0], records[len(records)-1]
	fmt.Fprintf(c.Stdout, "genuine: records %d to %d of the audit ledger %s, signed for %s; each follows the one before\n", first.Seq, last.Seq, first.Subject, first.Issuer)
	fmt.Fprintln(c.Stdout, "checked: header, leaf certificate, the chain to the root at the time of signing, signature, issuer, place, what is shown")
	for _, gap := range report.Gaps {
		fmt.Fprintln(c.Stdout, "missing:", gap)
	}
	return code, nil
}
