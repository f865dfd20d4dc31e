// Package copies makes the copies that people keep: pages, PDFs and bundles of their
// receipts. It is apart from package handler, so that only functions that make copies link
// it.
package copies

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
)

// All makes every kind of copy.
var All = &handler.Copies{
	Forms: map[string]handler.Form{
		"html": page.Render,
		"pdf":  pdf.Render,
		"text": func(w io.Writer, rec *receipt.Receipt, _ receipt.Roots, cat *catalogue.Catalogue, language string, _ brand.Brand) error {
			return page.Text(w, rec, cat, language)
		},
	},
	PagePolicy: page.PolicyFor, FileName: page.FileName, BundleName: page.BundleName,
	Exports: exchange.Names(), Export: export,
	Bundle: func(w io.Writer, of handler.Holdings, from uint64) (uint64, error) {
		return bundle.Write(w, bundle.Source(of), from, bundle.MaxBytes)
	},
}

// export writes a receipt in the format of another system.
func export(name string, rec *receipt.Receipt, cat *catalogue.Catalogue, consent string) (*handler.Exported, error) {
	format, ok := exchange.Find(name)
	if !ok {
		return nil, fmt.Errorf("no format %q", name)
	}
	doc, err := format.Export(rec, cat, consent)
	for _, refusal := range []error{exchange.ErrNothing, exchange.ErrSeveral, exchange.ErrUnknown, exchange.ErrInexpressible} {
		if errors.Is(err, refusal) {
			return nil, gateway.Errorf(problem.ErrInexpressible, "%v", err)
		}
	}
	if err != nil {
		return nil, err
	}
	losses, err := json.MarshalIndent(doc.Report, "", "  ")
	return &handler.Exported{Body: doc.Body, Losses: losses, MediaType: format.MediaType, Extension: format.Extension}, err
}
