package main

import (
	"bytes"
	"errors"
	"io"
	"os"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
	"consent-receipts/shared/wording"
)

// forms are the forms in which a receipt can be written for a person.
var forms = map[string]func(io.Writer, *receipt.Receipt, receipt.Roots, *catalogue.Catalogue, string, brand.Brand) error{
	"html": page.Render, "pdf": pdf.Render,
	"text": func(w io.Writer, rec *receipt.Receipt, _ receipt.Roots, cat *catalogue.Catalogue, language string, _ brand.Brand) error {
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
	of, err := catalogueOf(rec, catalogueFile)
	if err != nil {
		return err
	}
	if language == "" {
		language = page.LanguageOf(rec)
	}
	var b bytes.Buffer
	if err := render(&b, rec, roots, of.cat, language, of.brandIn(language)); err != nil {
		return err
	}
	if out == "" {
		_, err = c.Document.Write(b.Bytes())
		return err
	}
	return writeNew(out, b.Bytes())
}

// writeNew writes a file that does not exist yet.
func writeNew(name string, b []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	return errors.Join(err, file.Close())
}

// showsExactly renders the receipt in a page or a PDF anew, in every language and with the
// root that lies beside it, and compares the results with the file. A brand says words of its
// own, such as its links: only that of the catalogue which the receipt names, by the digest
// that is signed, is compared with, never one that is found in the file.
func showsExactly(r check.Result, of openedCatalogue) bool {
	if of.digest != r.Receipt.Catalogue {
		of = openedCatalogue{}
	}
	if r.Receipt.Controller == nil && of.cat == nil {
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
	for _, language := range wording.Languages() {
		for _, worn := range []brand.Brand{of.brandIn(language), {}} {
			var b bytes.Buffer
			if render(&b, r.Receipt, beside, of.cat, language, worn) == nil && bytes.Equal(b.Bytes(), r.Shown) {
				return true
			}
		}
	}
	return false
}
