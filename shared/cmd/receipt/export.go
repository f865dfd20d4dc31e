package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// export saves a ledger, or writes one receipt in another format.
func (c *command) export(ctx context.Context, args []string) (int, error) {
	f := c.flags("export")
	url := f.String("ledger", "", "ledger: "+ledgerurl.Scheme+"://TABLE")
	subject := f.String("subject", "", "pseudonym of the person")
	to := f.String("to", "", "format: "+formatNames())
	consentID := f.String("consent", "", "id of the consent to export")
	file := f.String("catalogue", "", "catalogue of the receipt (YAML, or canonical JSON)")
	reportFile := f.String("report", "", "file for the loss report (JSON)")
	var roots list
	f.Var(&roots, "root", "root certificate (PEM file)")
	if err := c.parse(f, args, 1); err != nil {
		return 0, err
	}
	if *to == "" {
		return c.saveLedger(ctx, *url, *subject, f.Arg(0))
	}
	format, ok := exchange.Find(*to)
	if !ok || *url != "" || *subject != "" {
		fmt.Fprintf(c.stderr, "receipt export: give --ledger and --subject, or --to with one of %s\n", formatNames())
		return 0, errUsage
	}
	rec, err := load(f.Arg(0), roots)
	if _, refused := receipt.AsRefusal(err); refused {
		fmt.Fprintf(c.stderr, "REFUSED: %s\n", told(err))
		return exitRefused, nil
	}
	if err != nil {
		return 0, err
	}
	cat, err := catalogueOf(rec, *file)
	if err != nil {
		return 0, err
	}
	doc, err := format.Export(rec, cat, *consentID)
	if err != nil {
		fmt.Fprintf(c.stderr, "REFUSED: %s\n", told(err))
		return exitRefused, nil
	}
	if err := saveReport(*reportFile, &doc.Report); err != nil {
		return 0, err
	}
	if _, err := c.document.Write(freetext.EscapeJSON(doc.Body)); err != nil {
		return 0, err
	}
	return exitGenuine, printLoss(c.stderr, &doc.Report)
}

func formatNames() string {
	var names []string
	for _, f := range exchange.Formats {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

// catalogueOf reads the catalogue of a receipt, or gives none for no file.
func catalogueOf(rec *receipt.Receipt, file string) (*catalogue.Catalogue, error) {
	if file == "" {
		return nil, nil
	}
	cat, digest, err := openCatalogue(file)
	if err == nil && digest != rec.Catalogue {
		err = fmt.Errorf("%s is %s, and the receipt was decided on %s", file, digest, rec.Catalogue)
	}
	return cat, err
}

// openCatalogue reads a catalogue, as an operator writes it or canonical.
func openCatalogue(file string) (*catalogue.Catalogue, string, error) {
	if filepath.Ext(file) == ".json" {
		b, err := readAtMost(file, catalogue.MaxBytes)
		if err != nil {
			return nil, "", err
		}
		cat, err := catalogue.Parse(b)
		return cat, statement.Digest(b), err
	}
	dir, name := filepath.Split(filepath.Clean(file))
	if dir == "" {
		dir = "."
	}
	compiled, problems := source.Compile(os.DirFS(dir), name)
	if len(problems) > 0 {
		return nil, "", fmt.Errorf("%d mistakes in the catalogue, the first at %s", len(problems), problems[0])
	}
	return compiled.Catalogue, compiled.Digest, nil
}

// readAtMost reads a file of at most so many bytes; of a larger one it gives one
// byte more, so that the reader refuses it.
func readAtMost(name string, size int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, size+1))
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

// printLoss prints what was not carried as it is, a line for what has the same
// fate for the same reason.
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
