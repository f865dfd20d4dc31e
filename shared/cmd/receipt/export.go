package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
)

const exportHelp = `receipt export --to FORMAT [--consent ID] [--catalogue FILE] [--root FILE]
               [--report FILE] RECEIPT
    writes what a receipt states in the format of another system to standard
    output, and what that format cannot carry as a table to standard error; as
    JSON to --report. --to lists the formats; docs/exchange.md explains them.
    --consent names one where the format holds one. --catalogue is the one of
    the receipt; without it refused purposes go by their ids.
    exit 0  written
         1  the receipt is refused, or the format cannot express it
         2  wrong usage, or what cannot be read or written
`

// export writes one receipt in another format.
func (c *command) export(_ context.Context, f *cli.Flags) (int, error) {
	to := f.String("to", "", "format: "+strings.Join(exchange.Names(), ", "))
	consentID := f.String("consent", "", "id of the consent to export")
	file := f.String("catalogue", "", "catalogue of the receipt (YAML, or canonical JSON)")
	reportFile := f.String("report", "", "file for the loss report (JSON)")
	var roots cli.List
	f.Var(&roots, "root", "root certificate (PEM file)")
	f.Moved = map[string]string{"ledger": "desk export", "subject": "desk export"}
	if err := f.Parse(1, 1); err != nil {
		return 0, err
	}
	format, ok := exchange.Find(*to)
	if !ok {
		return 0, f.Wrong("give --to with one of %s", strings.Join(exchange.Names(), ", "))
	}
	trusted, err := cli.Trust(roots)
	if err != nil {
		return 0, err
	}
	rec, err := load(f.Arg(0), trusted.Roots)
	if _, refused := receipt.AsRefusal(err); refused {
		fmt.Fprintf(c.Stderr, "REFUSED: %s\n", cli.Told(err))
		return cli.ExitRefused, nil
	}
	if err != nil {
		return 0, err
	}
	of, err := catalogueOf(rec, *file)
	if err != nil {
		return 0, err
	}
	doc, err := format.Export(rec, of.cat, *consentID)
	if err != nil {
		fmt.Fprintf(c.Stderr, "REFUSED: %s\n", cli.Told(err))
		return cli.ExitRefused, nil
	}
	if err := saveReport(*reportFile, &doc.Report); err != nil {
		return 0, err
	}
	if _, err := c.Document.Write(freetext.EscapeJSON(doc.Body)); err != nil {
		return 0, err
	}
	return cli.ExitDone, printLoss(c.Stderr, &doc.Report)
}

// saveReport writes a loss report, if a file is named.
func saveReport(name string, r *exchange.Report) error {
	if name == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(b, '\n'), 0o600)
}

// printLoss prints what was not carried unchanged. Fields with the same fate for the same
// reason share a line.
func printLoss(w io.Writer, r *exchange.Report) error {
	type group struct {
		field exchange.Field
		more  int
	}
	var groups []*group
	for _, f := range r.Lost() {
		at := (*group)(nil)
		for _, g := range groups {
			if g.field.Fate == f.Fate && g.field.Why == f.Why {
				at = g
			}
		}
		if at != nil {
			at.more++
			continue
		}
		groups = append(groups, &group{field: f})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "FIELD\tBECAME\tWHY\n")
	for _, g := range groups {
		name := freetext.Inline(g.field.Path)
		if g.more > 0 {
			name += fmt.Sprintf(" and %d more", g.more)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", name, g.field.Fate, freetext.Visible(g.field.Why))
	}
	_, err := fmt.Fprintf(t, "%s: %d carried, %d approximated, %d dropped\n", r.Format, r.Carried, r.Approx, r.Dropped)
	return errors.Join(err, t.Flush())
}
