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
	run, floor, memory := measureBundle(t, d, rec, cat)
	what := fmt.Sprintf("a bundle of %d receipts", bundled)
	measured.Compare("CPU of "+what, run.CPU, floor, "compressing the same files").AtMost(1.8).Print(t.Output())
	measured.Row{What: what, Figure: fmt.Sprintf("%d parts after %s, memory %d MB", len(run.Each), measured.Time(run.Took), memory>>20)}.
		Want("under 5 s, 128 MB", run.Took < 5*time.Second && memory < 128<<20).Print(t.Output())

	html := perOp(func(t testing.TB) { must(t, page.Render(io.Discard, rec, nil, cat, "en", brand.Brand{})) })
	measured.Compare("a receipt as HTML", html, perOp(func(t testing.TB) {
		_, err := verifier.Verify(rec.Raw)
		must(t, err)
	}), "verifying it").Want("under 2 ms", html < 2*time.Millisecond).Print(t.Output())
	drawn := perOp(func(t testing.TB) { must(t, pdf.Render(io.Discard, rec, nil, cat, "en", brand.Brand{})) })
	measured.Compare("a receipt as PDF", drawn, perOp(func(t testing.TB) { must(t, pdf.Write(io.Discard, &bare, rec, nil)) }),
		"its head, fonts and attachment alone").Want("under 150 ms", drawn < 150*time.Millisecond).Print(t.Output())
}

// measureBundle writes bundles of many receipts into files, as a person downloads them. After each it
// compresses the same files alone. The collector knows the bound on memory, as in a function.
func measureBundle(t *testing.T, d *desk, rec *receipt.Receipt, cat *catalogue.Catalogue) (run measured.Run, floor time.Duration, memory uint64) {
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
	for next := uint64(1); next != 0; {
		part, err := os.Create(filepath.Join(folder, fmt.Sprint(next, ".zip")))
		must(t, err)
		one, err := measured.AtOnce(1, 1, func(int) (err error) {
			next, err = bundle.Write(part, src, next, bundle.MaxBytes)
			return err
		})
		must(t, err)
		must(t, part.Close())
		run, floor = run.And(one), floor+compress(t, part.Name())
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		memory = max(memory, m.Sys)
	}
	return run, floor, memory
}

// compress is the CPU time of writing a ZIP with the same files in it, of which it holds one at a time.
func compress(t *testing.T, part string) (took time.Duration) {
	in, err := zip.OpenReader(part)
	must(t, err)
	out := zip.NewWriter(io.Discard)
	for _, f := range in.File {
		r, err := f.Open()
		must(t, err)
		content, err := io.ReadAll(r)
		must(t, err)
		before := measured.CPU()
		w, err := out.CreateHeader(&zip.FileHeader{Name: f.Name, Method: f.Method})
		must(t, err)
		_, err = w.Write(content)
		must(t, err)
		took += measured.CPU() - before
	}
	before := measured.CPU()
	must(t, out.Close()) // also ends the last file
	must(t, in.Close())
	return took + measured.CPU() - before
}
