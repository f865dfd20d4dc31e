package main

import (
	"context"
	"time"

	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt/check"
)

const verifyHelp = `desk verify --ledger URL --subject PSEUDONYM [--root FILE|sha256:HEX]... [--json]
    verifies one person's whole ledger, from its first entry on, where it is
    stored. URL is dynamodb://TABLE[?region=REGION][&endpoint=URL]; credentials
    are found as the AWS tools find them, and must allow dynamodb:Query. A
    fingerprint names a root certificate that is in the table. A ledger that
    was cut off at its end looks whole: compare it with the person's copies.
    exit 0  genuine: signed under a root that you gave
         1  refused or changed, with the precise reason
         2  wrong usage, a ledger that cannot be read, or one with no entry
         3  consistent, signer not confirmed: no root was given
         4  genuine, not contiguous: receipts are missing in between
`

// verify checks one person's whole ledger, where it is stored.
func (c command) verify(ctx context.Context, f *cli.Flags) (int, error) {
	var roots cli.List
	f.Var(&roots, "root", "root certificate (PEM file) or its fingerprint (sha256:...)")
	asJSON := f.Bool("json", false, "print one JSON object")
	url, subject := ledgerFlags(f)
	if err := f.Parse(0, 0); err != nil {
		return 0, err
	}
	options, err := cli.Trust(roots)
	if err != nil {
		return 0, err
	}
	s, err := openLedger(ctx, f, *url, *subject)
	if err != nil {
		return 0, err
	}
	found, err := s.roots(ctx)
	if err != nil {
		return 0, err
	}
	v := c.Verification(time.Now(), *asJSON)
	v.Name = freetext.Visible // this service wrote the names of entries
	options.Each = v.Each
	return v.End(check.Ledger(ctx, s.subject.Pseudonym(), s.stored(ctx), found, options))
}

// ledgerFlags adds the flags that name the ledger of one person.
func ledgerFlags(f *cli.Flags) (url, subject *string) {
	return f.String("ledger", "", "ledger: "+ledgerurl.Scheme+"://TABLE"), f.String("subject", "", "pseudonym of the person whose ledger it is")
}
