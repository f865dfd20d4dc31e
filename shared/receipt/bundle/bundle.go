// Package bundle writes everything that one person keeps as a ZIP: their
// receipts, the root certificates, the notices and catalogues that the receipts
// cite, and how to check them. A bundle does not vouch for itself: whoever
// checks it compares the root's fingerprint with one they have from elsewhere.
package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/template"

	_ "embed"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
)

// MaxBytes is about how large a bundle gets before it ends and another begins:
// a Lambda function's answer ends at 6 MB, in base64.
const MaxBytes = 4 << 20

// Names inside a bundle.
const (
	RootFile     = "root.pem"
	ReadmeFile   = "README.txt"
	ReceiptsDir  = "receipts/"
	NoticesDir   = "notices/"
	CatalogueDir = "catalogues/"
)

// Source is where a bundle's content comes from.
type Source struct {
	Roots     receipt.Roots
	Catalogue *catalogue.Catalogue // the current one, for the README
	Language  string
	Receipts  func(from uint64, limit int) ([]*receipt.Receipt, error)
	Document  func(digest string) ([]byte, error) // notices and catalogues
}

// batch is how many receipts are read at once.
const batch = 32

// Write writes the receipts from the given number on, as many as fit, and all
// that they cite. It returns the number at which the next bundle begins, or 0.
func Write(w io.Writer, src Source, from uint64) (next uint64, err error) {
	out := &writer{zip: zip.NewWriter(w), src: src, cited: map[string]bool{}}
	next, err = out.receipts(from)
	if err != nil {
		return 0, err
	}
	if err := out.file(RootFile, src.Roots.PEM()); err != nil {
		return 0, err
	}
	readme, err := out.readme(from, next)
	if err != nil {
		return 0, err
	}
	if err := out.file(ReadmeFile, readme); err != nil {
		return 0, err
	}
	return next, out.zip.Close()
}

type writer struct {
	zip   *zip.Writer
	src   Source
	cited map[string]bool
	size  int
	count int
}

// FileName is the name of a receipt's file: its number in ten digits, so that
// files sort as the receipts do.
func FileName(seq uint64) string { return fmt.Sprintf("%010d.sd-jwt", seq) }

func (w *writer) receipts(from uint64) (next uint64, err error) {
	for {
		recs, err := w.src.Receipts(from, batch)
		if err != nil {
			return 0, err
		}
		for _, rec := range recs {
			if w.count > 0 && w.size+len(rec.Raw) > MaxBytes {
				return rec.Seq, nil
			}
			if err := w.receipt(rec); err != nil {
				return 0, err
			}
			from = rec.Seq + 1
		}
		if len(recs) < batch {
			return 0, nil
		}
	}
}

func (w *writer) receipt(rec *receipt.Receipt) error {
	w.count++
	if err := w.file(ReceiptsDir+FileName(rec.Seq), []byte(rec.Raw)); err != nil {
		return err
	}
	if err := w.cite(CatalogueDir, rec.Catalogue, ".json"); err != nil {
		return err
	}
	values, _ := receipt.Values(rec.Standing)
	standing, err := consent.ParseStanding(rec.Seq, rec.Time(), values)
	if err != nil {
		return err
	}
	catalogues, notices := standing.References()
	for _, digest := range catalogues {
		if err := w.cite(CatalogueDir, digest, ".json"); err != nil {
			return err
		}
	}
	for _, digest := range notices {
		if err := w.cite(NoticesDir, digest, ".md"); err != nil {
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
	body, err := w.src.Document(digest)
	if err != nil {
		return fmt.Errorf("document %s: %w", digest, err)
	}
	return w.file(dir+strings.TrimPrefix(digest, "sha256:")+ext, body)
}

func (w *writer) file(name string, body []byte) error {
	f, err := w.zip.Create(name)
	if err != nil {
		return err
	}
	w.size += len(body)
	_, err = f.Write(body)
	return err
}

//go:embed readme.json
var readmeTexts []byte

// readmes are the README's templates, by language.
var readmes = func() map[string]*template.Template {
	var texts map[string][]string
	if err := json.Unmarshal(readmeTexts, &texts); err != nil {
		panic(err) // embedded: a test reads it
	}
	out := map[string]*template.Template{}
	for lang, lines := range texts {
		out[lang] = template.Must(template.New(lang).Parse(strings.Join(lines, "\n") + "\n"))
	}
	return out
}()

func (w *writer) readme(from, next uint64) ([]byte, error) {
	t, ok := readmes[w.src.Language]
	if !ok {
		t = readmes["en"]
	}
	cat := w.src.Catalogue
	var fingerprints []string
	for _, root := range w.src.Roots {
		fingerprints = append(fingerprints, receipt.Fingerprint(root))
	}
	var b bytes.Buffer
	err := t.Execute(&b, map[string]any{
		"Controller": cat.Parties[cat.Controller].Name, "Count": w.count, "From": from, "Next": next,
		"Fingerprints": fingerprints, "Issuer": cat.Issuer, "Withdrawal": cat.Withdrawal.URL,
		"Alternative": cat.Withdrawal.Alternative.In(w.src.Language, cat.Languages...),
	})
	return b.Bytes(), err
}
