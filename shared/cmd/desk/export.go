package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
)

const exportHelp = `desk export --ledger URL --subject PSEUDONYM FOLDER
    saves the ledger that desk verify reads as files, one receipt each, for receipt
    verify, show and present.
    exit 0  all are there, though not verified
         1  an entry cannot be read; those before it are there
         2  wrong usage, or what cannot be read or written
`

// export saves the receipts of one person as files, unchanged. It does not verify them;
// receipt verify does that. If it is run again, it adds the receipts that came since.
func (c command) export(ctx context.Context, f *cli.Flags) (int, error) {
	url, subject := ledgerFlags(f)
	if err := f.Parse(1, 1); err != nil {
		return 0, err
	}
	dir := f.Arg(0)
	s, err := openLedger(ctx, f, *url, *subject)
	if err != nil {
		return 0, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	roots, err := s.roots(ctx)
	if err != nil {
		return 0, err
	}
	if len(roots) > 0 { // there may be more receipts than at the last run
		if err := os.WriteFile(filepath.Join(dir, inside.RootFile), roots.PEM(), 0o600); err != nil {
			return 0, err
		}
	}
	progress := c.Progress("saved")
	defer progress.End()
	for e, err := range s.entries(ctx, 1) {
		if errors.Is(err, ledger.ErrCorrupt) {
			progress.End()
			fmt.Fprintf(c.Stdout, "entry %d: REFUSED: %s\n", e.Seq, cli.Told(err))
			return cli.ExitRefused, nil
		}
		if err != nil {
			return 0, err
		}
		if err := save(filepath.Join(dir, fmt.Sprintf("%010d.sd-jwt", e.Seq)), []byte(e.Receipt)); err != nil {
			return 0, err
		}
		progress.Step()
	}
	progress.End()
	fmt.Fprintf(c.Stdout, "%d receipts in %s\n", progress.Done, freetext.Inline(dir))
	return cli.ExitDone, nil
}

// save writes a file that only its owner can read. A file that exists must have the same
// content, because a ledger does not change.
func save(name string, b []byte) error {
	there, err := os.ReadFile(name)
	switch {
	case err == nil && bytes.Equal(there, b):
		return nil
	case err == nil:
		return &check.FileError{Name: name, Err: errors.New("the file exists, and differs from the receipt in the ledger")}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return os.WriteFile(name, b, 0o600)
}
