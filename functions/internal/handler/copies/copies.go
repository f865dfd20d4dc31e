// Package copies makes what people keep of their receipts, pages, PDFs and bundles. It is
// apart from package handler so that only what makes them carries it.
package copies

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
)

// Maker is a handler.Copies.
type Maker struct{}

// Page writes a receipt as an HTML page.
func (Maker) Page(w io.Writer, rec *receipt.Receipt, roots receipt.Roots, cat *catalogue.Catalogue, language string) error {
	return page.Render(w, rec, roots, cat, language)
}

// PagePolicy is the Content-Security-Policy to serve a page with.
func (Maker) PagePolicy() string { return page.ContentSecurityPolicy }

// FileName is what the file of a receipt is called, without an extension.
func (Maker) FileName(rec *receipt.Receipt) string {
	return page.FileName(rec)
}

// BundleName is what the file of a bundle is called, without an extension.
func (Maker) BundleName(cat *catalogue.Catalogue, at time.Time, from uint64) string {
	return page.BundleName(cat, at, from)
}

// Text writes a receipt as plain text.
func (Maker) Text(w io.Writer, rec *receipt.Receipt, cat *catalogue.Catalogue, language string) error {
	return page.Text(w, rec, cat, language)
}

// PDF writes a receipt as a PDF.
func (Maker) PDF(w io.Writer, rec *receipt.Receipt, roots receipt.Roots, cat *catalogue.Catalogue, language string) error {
	return pdf.Render(w, rec, roots, cat, language)
}

// Export writes a receipt in the format of another system.
func (Maker) Export(name string, rec *receipt.Receipt, cat *catalogue.Catalogue, consent string) (*handler.Exported, error) {
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

// Bundle writes receipts and what they cite as a ZIP file.
func (Maker) Bundle(w io.Writer, of handler.Holdings, from uint64) (uint64, error) {
	return bundle.Write(w, bundle.Source(of), from, bundle.MaxBytes)
}
