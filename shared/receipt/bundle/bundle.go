// Package bundle writes everything that one person keeps as a ZIP: their receipts in all
// forms, the root certificates, the notices and catalogues that the receipts cite, the list
// of who of the staff looked, and instructions for checking it all. A bundle does not vouch
// for itself: the checker compares the root's fingerprint with one from elsewhere.
package bundle

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strings"
	"text/template"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/verifypage"
	"consent-receipts/shared/wording"
)

// MaxBytes is the approximate size of a bundle, in bytes; further receipts go into the next
// bundle. A Lambda function's answer is limited to 6 MB in base64.
const MaxBytes = 4 << 20

// These are names inside a bundle, beside those that package check knows.
const (
	ReadmeFile  = "README.txt"
	IndexFile   = "index.html"
	VerifyFile  = "verify.html"
	LookedFile  = "who-looked.html"
	ReceiptsDir = "receipts/"
	PagesDir    = "pages/"
)

// Source provides the content of a bundle.
type Source struct {
	Roots     receipt.Roots
	Catalogue *catalogue.Catalogue // the current one, for the README
	Language  string
	Receipts  func(from uint64, limit int) ([]*receipt.Receipt, error)
	Document  func(digest string) ([]byte, error) // by digest: notices and catalogues
	Logo      func(digest string) []byte          // by digest, or nil if it cannot be read: no receipt fails for want of a logo
	Audit     func() ([]byte, error)              // the list of who of the staff looked, as JSON; bounded. nil: the bundle has none
}

// batch is the maximum number of receipts that are read and rendered at once.
const batch = 32

// reserve is the space for the files after the receipts, in compressed bytes.
const reserve = 256 << 10

// Write writes the receipts from the given number on, as many as fit into maxBytes, in all
// their forms, with the documents that they cite. It returns the number at which the next
// bundle begins, or 0 if there is none. It holds a few receipts in memory at a time.
func Write(w io.Writer, src Source, from uint64, maxBytes int64) (next uint64, err error) {
	size := &counter{w: w}
	compressor, _ := flate.NewWriter(nil, flate.DefaultCompression) // this level exists
	out := &writer{
		zip: zip.NewWriter(size), size: size, src: src, most: maxBytes - reserve, packer: packer{compressor},
		cited: map[string]bool{}, catalogues: map[string]terms{},
	}
	for _, root := range src.Roots {
		out.at = root.NotBefore // used until the first receipt
	}
	if err := out.looks(); err != nil { // the receipts, which come later, fill the remaining space
		return 0, err
	}
	next, err = out.receipts(from)
	if err != nil {
		return 0, err
	}
	for _, f := range []struct {
		name string
		make func() ([]byte, error)
	}{
		{inside.RootFile, func() ([]byte, error) { return src.Roots.PEM(), nil }},
		{LookedFile, out.looked},
		{VerifyFile, func() ([]byte, error) { return verifypage.Page, nil }},
		{IndexFile, func() ([]byte, error) { return out.index(from, next) }},
		{ReadmeFile, func() ([]byte, error) { return out.readme(from, next) }},
	} {
		if f.name == LookedFile && src.Audit == nil {
			continue
		}
		body, err := f.make()
		if err != nil {
			return 0, err
		}
		if err := out.file(f.name, body); err != nil {
			return 0, err
		}
	}
	return next, out.zip.Close()
}

// counter counts the bytes written.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

type writer struct {
	zip        *zip.Writer
	size       *counter
	src        Source
	most       int64
	cited      map[string]bool
	catalogues map[string]terms // by digest
	listed     []listed
	answers    manifest.Answers
	records    []looks.Shown
	packer     packer
	at         time.Time // of the newest receipt so far: the date of the files that accompany it
}

// FileName returns the name of a receipt's file: its number in ten digits, so that files sort
// in the order of the receipts.
func FileName(seq uint64) string { return fmt.Sprintf("%010d.sd-jwt", seq) }

func (w *writer) receipts(from uint64) (next uint64, err error) {
	for {
		limit := w.room()
		recs, err := w.src.Receipts(from, limit)
		if err != nil {
			return 0, err
		}
		rendered, err := w.render(recs)
		if err != nil {
			return 0, err
		}
		for i, rec := range recs {
			if len(w.listed) > 0 && w.size.n+rendered[i].size() > w.most {
				return rec.Seq, nil
			}
			if err := w.receipt(rec, rendered[i]); err != nil {
				return 0, err
			}
			from = rec.Seq + 1
		}
		if len(recs) < limit {
			return 0, nil
		}
	}
}

// room estimates how many more receipts to render: as many as fit if their size is the
// average so far, and one more.
func (w *writer) room() int {
	n := int64(len(w.listed))
	if n == 0 {
		return batch
	}
	return int(min(batch, max(0, w.most-w.size.n)*n/w.size.n+1))
}

func (w *writer) receipt(rec *receipt.Receipt, forms *forms) error {
	w.listed, w.at = append(w.listed, forms.listed), rec.Time()
	if err := w.answers.Receipt(rec); err != nil {
		return err
	}
	for _, file := range forms.files {
		if err := w.put(file); err != nil {
			return err
		}
	}
	standing, err := rec.ReadStanding()
	if err != nil {
		return err
	}
	catalogues, notices := standing.References()
	for _, digest := range append(catalogues, rec.Catalogue) {
		if err := w.cite(inside.CatalogueDir, digest, ".json"); err != nil {
			return err
		}
	}
	if logo := w.catalogues[rec.Catalogue].brand.Logo; logo != nil && !w.cited[logo.Digest] {
		w.cited[logo.Digest] = true
		if err := w.file(named(inside.CatalogueDir, logo.Digest, ".png"), logo.PNG); err != nil {
			return err
		}
	}
	for _, digest := range notices {
		if err := w.cite(inside.NoticesDir, digest, ".md"); err != nil {
			return err
		}
	}
	return nil
}

// cite adds a document once, under the hex of its digest.
func (w *writer) cite(dir, digest, ext string) error {
	if w.cited[digest] {
		return nil
	}
	w.cited[digest] = true
	body, err := w.document(digest)
	if err != nil {
		return err
	}
	return w.file(named(dir, digest, ext), body)
}

// named returns the name of a file that a digest addresses: the hex of the digest.
func named(dir, digest, ext string) string { return dir + strings.TrimPrefix(digest, "sha256:") + ext }

func (w *writer) document(digest string) ([]byte, error) {
	body, err := w.src.Document(digest)
	if err != nil {
		return nil, fmt.Errorf("document %s: %w", digest, err)
	}
	return body, nil
}

func (w *writer) file(name string, body []byte) error {
	file, err := w.packer.pack(name, func(out io.Writer) error { _, err := out.Write(body); return err })
	if err != nil {
		return err
	}
	return w.put(file)
}

// put adds a packed file, under the date of the newest receipt so far.
func (w *writer) put(file packed) error {
	file.SetModTime(w.at) // CreateRaw writes the date that SetModTime sets, and not Modified
	f, err := w.zip.CreateRaw(&file.FileHeader)
	if err != nil {
		return err
	}
	if _, err := f.Write(file.body); err != nil {
		return err
	}
	return w.zip.Flush() // flushed so that counter counts it
}

func (w *writer) readme(from, next uint64) ([]byte, error) {
	t, err := template.New(ReadmeFile).Parse(wording.Text(wording.Readme, w.src.Language))
	if err != nil {
		return nil, err
	}
	facts := w.facts(from, next)
	facts["Count"] = len(w.listed)
	var b bytes.Buffer
	err = t.Execute(&b, facts)
	return b.Bytes(), err
}

// facts returns the values that the README and the index of a bundle share.
func (w *writer) facts(from, next uint64) map[string]any {
	cat := w.src.Catalogue
	var fingerprints []string
	for _, root := range w.src.Roots {
		fingerprints = append(fingerprints, receipt.Fingerprint(root))
	}
	return map[string]any{
		"Controller": cat.Parties[cat.Controller].Name, "Looked": w.src.Audit != nil, "From": from, "Next": next, "Fingerprints": fingerprints,
		"Trust": cat.Issuer + page.TrustPath, "Withdrawal": cat.Withdrawal.URL,
		"Alternative": cat.Withdrawal.Alternative.In(w.src.Language, cat.Languages...),
	}
}
