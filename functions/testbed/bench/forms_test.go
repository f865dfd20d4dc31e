package bench

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/measured"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/pdf"
)

// bundled is how many receipts the bundle that is measured has.
const bundled = 1000

// TestForms measures the forms in which people get their receipts.
func TestForms(t *testing.T) {
	if !*table {
		t.Skip("measures for a minute: make bench")
	}
	d := newDesk(t)
	subject := d.subject(t, 0)
	d.optIn(t, 0)
	recs, err := d.Receipts(context.Background(), ledger.Person(subject), 1, 1)
	must(t, err)
	rec := recs[0]
	cat, _ := d.Catalogue.Current()
	verifier := receipt.NewVerifier(d.root)
	document, err := page.NewDocument(rec, cat, "en")
	must(t, err)
	bare := *document
	bare.Sections = nil

	// first, while the process is small
	parts, took, cpu, memory := measureBundle(t, d, rec, cat)
	what := fmt.Sprintf("a bundle of %d receipts", bundled)
	measured.Compare("CPU of "+what, cpu, compress(t, parts), "compressing the same files").AtMost(1.8).Print(t.Output())
	measured.Row{What: what, Figure: fmt.Sprintf("%d parts after %s, memory %d MB", len(parts), measured.Time(took), memory>>20)}.
		Want("under 5 s, 128 MB", took < 5*time.Second && memory < 128<<20).Print(t.Output())

	html := perOp(func(t testing.TB) { must(t, page.Render(io.Discard, rec, nil, cat, "en", brand.Brand{})) })
	measured.Compare("a receipt as HTML", html, perOp(func(t testing.TB) {
		_, err := verifier.Verify(rec.Raw)
		must(t, err)
	}), "verifying it").Want("under 2 ms", html < 2*time.Millisecond).Print(t.Output())
	drawn := perOp(func(t testing.TB) { must(t, pdf.Render(io.Discard, rec, nil, cat, "en", brand.Brand{})) })
	measured.Compare("a receipt as PDF", drawn, perOp(func(t testing.TB) { must(t, pdf.Write(io.Discard, &bare, rec, nil)) }),
		"its head, fonts and attachment alone").Want("under 150 ms", drawn < 150*time.Millisecond).Print(t.Output())
}

// measureBundle writes bundles of many receipts into files, as a person downloads them.
// The collector knows the bound on memory, as in a function.
func measureBundle(t *testing.T, d *desk, rec *receipt.Receipt, cat *catalogue.Catalogue) (parts []string, took, cpu time.Duration, memory uint64) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(96 << 20))
	folder := t.TempDir()
	src := bundle.Source{
		Roots: d.api.Roots, Catalogue: cat, Language: "en",
		Receipts: func(from uint64, limit int) (recs []*receipt.Receipt, err error) {
			for seq := from; seq <= bundled && len(recs) < limit; seq++ {
				next := *rec
				next.Seq = seq
				recs = append(recs, &next)
			}
			return recs, nil
		},
		Document: func(digest string) ([]byte, error) {
			doc, err := d.api.Documents.Document(context.Background(), digest)
			return doc.Body, err
		},
		Logo: func(digest string) []byte {
			doc, err := d.api.Documents.Document(context.Background(), digest)
			must(t, err)
			return doc.Body
		},
		Audit: func() ([]byte, error) { return []byte(`{"records":[]}`), nil },
	}
	begin, before := time.Now(), measured.CPU()
	for next := uint64(1); next != 0; {
		part, err := os.Create(filepath.Join(folder, fmt.Sprint(next, ".zip")))
		must(t, err)
		next, err = bundle.Write(part, src, next, bundle.MaxBytes)
		must(t, err)
		must(t, part.Close())
		parts = append(parts, part.Name())
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		memory = max(memory, m.Sys)
	}
	return parts, time.Since(begin), measured.CPU() - before, memory
}

// compress is the CPU time of writing ZIP files with the same in them.
func compress(t *testing.T, parts []string) time.Duration {
	var took time.Duration
	for _, part := range parts {
		in, err := zip.OpenReader(part)
		must(t, err)
		var files [][]byte
		for _, f := range in.File {
			r, err := f.Open()
			must(t, err)
			content, err := io.ReadAll(r)
			must(t, err)
			files = append(files, content)
		}
		before := measured.CPU()
		out := zip.NewWriter(io.Discard)
		for i, f := range in.File {
			w, err := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: f.Method})
			must(t, err)
			_, err = w.Write(files[i])
			must(t, err)
		}
		must(t, out.Close())
		took += measured.CPU() - before
		must(t, in.Close())
	}
	return took
}
