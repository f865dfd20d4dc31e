package bundle

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"runtime"
	"slices"
	"sync"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/page/wording"
	"consent-receipts/shared/receipt/pdf"
)

var (
	//go:embed words.*.json
	wordFiles embed.FS
	//go:embed index.html
	indexLayout string
	//go:embed index.css
	indexStyle string

	words = wording.MustLoad(wordFiles)
	index = template.Must(template.New("index").Parse(indexLayout))
)

// forms are a receipt as a person reads it.
type forms struct {
	html, text, pdf []byte
	heading, moment string
	said            []string
}

// size is about what it takes in the bundle, in bytes: the page is compressed to a
// quarter, and the PDF is already.
func (f *forms) size() int64 { return int64(len(f.html)/4 + len(f.text)/2 + len(f.pdf)) }

// listed is a receipt in the index.
type listed struct {
	Seq             uint64
	Heading, Moment string
	Said            []string
	Signed          string
	Page, PDF, Text string
}

// render makes the forms of some receipts, on every core.
func (w *writer) render(recs []*receipt.Receipt) ([]*forms, error) {
	for _, rec := range recs {
		if _, err := w.catalogue(rec.Catalogue); err != nil {
			return nil, err
		}
	}
	out, errs := make([]*forms, len(recs)), make([]error, len(recs))
	var wg sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := worker; i < len(recs); i += runtime.GOMAXPROCS(0) {
				out[i], errs[i] = render(recs[i], w.catalogues[recs[i].Catalogue], w.src.Language)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func render(rec *receipt.Receipt, cat *catalogue.Catalogue, language string) (*forms, error) {
	d, err := page.NewDocument(rec, cat, language)
	if err != nil {
		return nil, err
	}
	var html, text, paper bytes.Buffer
	if err := page.Render(&html, rec, cat, language); err != nil {
		return nil, err
	}
	if err := d.WriteText(&text); err != nil {
		return nil, err
	}
	if err := pdf.Write(&paper, d, rec); err != nil {
		return nil, err
	}
	return &forms{html.Bytes(), text.Bytes(), paper.Bytes(), d.Heading, d.Moment, d.Sections[0].Rows[0].Lines}, nil
}

// catalogue parses a catalogue once.
func (w *writer) catalogue(digest string) (*catalogue.Catalogue, error) {
	if cat := w.catalogues[digest]; cat != nil {
		return cat, nil
	}
	body, err := w.src.Document(digest)
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", digest, err)
	}
	cat, err := catalogue.Parse(body)
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", digest, err)
	}
	w.catalogues[digest] = cat
	return cat, nil
}

// pages writes the forms of a receipt, and notes it for the index.
func (w *writer) pages(rec *receipt.Receipt, f *forms) error {
	at := PagesDir + fmt.Sprintf("%010d", rec.Seq)
	l := listed{rec.Seq, f.heading, f.moment, f.said, ReceiptsDir + FileName(rec.Seq), at + ".html", at + ".pdf", at + ".txt"}
	w.listed = append(w.listed, l)
	for _, file := range []struct {
		name   string
		body   []byte
		method uint16
	}{{l.Page, f.html, zip.Deflate}, {l.Text, f.text, zip.Deflate}, {l.PDF, f.pdf, zip.Store}} { // a PDF is compressed already
		if err := w.file(file.name, file.body, file.method); err != nil {
			return err
		}
	}
	return nil
}

// index is the page that a person opens first: newest first, as they remember.
func (w *writer) index(from, next uint64) ([]byte, error) {
	newest := slices.Clone(w.listed)
	slices.Reverse(newest)
	var fingerprints []string
	for _, root := range w.src.Roots {
		fingerprints = append(fingerprints, receipt.Fingerprint(root))
	}
	cat := w.src.Catalogue
	var b bytes.Buffer
	sum := sha256.Sum256([]byte(indexStyle))
	err := index.Execute(&b, map[string]any{
		"Style": template.CSS(indexStyle), "StyleHash": "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
		"W": words.In(w.src.Language), "Controller": cat.Parties[cat.Controller].Name, "Receipts": newest, "From": from, "Next": next,
		"Fingerprints": fingerprints, "Issuer": cat.Issuer, "Withdrawal": cat.Withdrawal.URL,
		"Alternative": cat.Withdrawal.Alternative.In(w.src.Language, cat.Languages...),
	})
	return b.Bytes(), err
}
