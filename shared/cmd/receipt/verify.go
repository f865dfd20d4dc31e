package main

import (
	"context"
	"runtime/debug"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/receipt/check"
)

const verifyHelp = `receipt verify [--root FILE|sha256:HEX]... [--catalogue FILE] [--json] PATH...
    PATH is a receipt, a page, a PDF or a text with one inside, a file with
    one a line, a folder, or a bundle, the list of who of the staff looked, or the
    manifest of an answer to a request for data: the content says which. Files of
    such an answer are compared with what the receipts, or the manifest, name. --root
    names a root certificate that you trust, or the fingerprint of one that
    lies beside the receipts as root.pem. Of a page or a PDF the receipt inside
    is verified; with --catalogue, and its logo beside it, it is rendered anew,
    and compared. The order of the paths does not matter.
    exit 0  genuine: signed under a root that you gave
         1  changed since it was signed, refused, or ambiguous, with the reason
         2  wrong usage, files that cannot be read, or no receipt in them
         3  consistent, signer not confirmed: no root was given
         4  genuine, not contiguous: receipts, or looks, are missing in between
`

// verify checks files.
func (c *command) verify(ctx context.Context, f *cli.Flags) (int, error) {
	var roots cli.List
	f.Var(&roots, "root", "root certificate (PEM file) or its fingerprint (sha256:...)")
	asJSON := f.Bool("json", false, "print one JSON object")
	catalogueFile := f.String("catalogue", "", "catalogue in whose words a page or a PDF was made")
	f.Moved = map[string]string{"ledger": "desk verify", "subject": "desk verify"}
	if err := f.Parse(1, cli.Any); err != nil {
		return 0, err
	}
	options, err := cli.Trust(roots)
	if err != nil {
		return 0, err
	}
	of, err := openCatalogue(*catalogueFile)
	if err != nil {
		return 0, err
	}
	// Little is kept of each receipt, and the rest becomes garbage at once. Collecting
	// garbage twice as often costs little, and lowers the peak of memory by a sixth.
	debug.SetGCPercent(50)
	v := c.Verification(c.now(), *asJSON)
	options.Each = func(r check.Result) {
		v.Each(r)
		if r.Shown != nil && r.Receipt != nil {
			v.Displays = append(v.Displays, cli.Display{Name: r.Name, Exactly: showsExactly(r, of)})
		}
	}
	return v.End(check.Run(ctx, f.Args(), options))
}
