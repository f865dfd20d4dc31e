package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
	"consent-receipts/shared/statement"
)

// forms are what a receipt can be written as for a person.
var forms = map[string]func(io.Writer, *receipt.Receipt, receipt.Roots, *catalogue.Catalogue, string) error{
	"html": page.Render, "pdf": pdf.Render,
	"text": func(w io.Writer, rec *receipt.Receipt, _ receipt.Roots, cat *catalogue.Catalogue, language string) error {
		return page.Text(w, rec, cat, language)
	},
}

// form writes a receipt anew in one of its forms.
func (c *command) form(f *cli.Flags, rec *receipt.Receipt, roots receipt.Roots, format, catalogueFile, language, out string) error {
	render, ok := forms[format]
	switch {
	case !ok:
		return f.Wrong("--format is html, text or pdf")
	case catalogueFile == "" && rec.Controller == nil:
		return f.Wrong("--format needs --catalogue for a receipt that has no words of its own")
	}
	cat, digest, err := loadCatalogue(catalogueFile)
	if err != nil {
		return err
	}
	if cat != nil && digest != rec.Catalogue {
		return fmt.Errorf("%s is catalogue %s, the receipt names %s", catalogueFile, digest, rec.Catalogue)
	}
	if language == "" {
		language = page.LanguageOf(rec)
	}
	var b bytes.Buffer
	if err := render(&b, rec, roots, cat, language); err != nil {
		return err
	}
	if out == "" {
		_, err = c.Document.Write(b.Bytes())
		return err
	}
	file, err := os.OpenFile(out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(b.Bytes())
	return errors.Join(err, file.Close())
}

// loadCatalogue reads a catalogue, from a bundle or as it was written, and its digest.
// Without a name there is none.
func loadCatalogue(name string) (*catalogue.Catalogue, string, error) {
	if name == "" {
		return nil, "", nil
	}
	if ext := filepath.Ext(name); ext == ".yaml" || ext == ".yml" {
		compiled, problems := source.Compile(os.DirFS(filepath.Dir(name)), filepath.Base(name))
		if len(problems) > 0 {
			return nil, "", fmt.Errorf("%s: %s", name, problems[0])
		}
		return compiled.Catalogue, compiled.Digest, nil
	}
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, "", err
	}
	cat, err := catalogue.Parse(b)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", name, err)
	}
	return cat, statement.Digest(b), nil
}

// showsExactly renders the receipt in a page or a PDF anew, in every language, with the
// root that lies beside it, and compares.
func showsExactly(r check.Result, cat *catalogue.Catalogue, digest string) bool {
	if r.Receipt.Controller == nil && (cat == nil || digest != r.Receipt.Catalogue) {
		return false
	}
	render := forms["text"]
	switch inside.KindOf(r.Shown) {
	case inside.HTML:
		render = page.Render
	case inside.PDF:
		render = pdf.Render
	}
	beside := inside.RootsOf(r.Shown)
	for _, language := range page.Languages() {
		var b bytes.Buffer
		if render(&b, r.Receipt, beside, cat, language) == nil && bytes.Equal(b.Bytes(), r.Shown) {
			return true
		}
	}
	return false
}
