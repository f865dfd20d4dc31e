package bundle_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/pem"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/errtest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

var vectors = filepath.Join("..", "..", "..", "events", "vectors")

// story is a source of the published receipts, from the first to an erasure.
func story(t testing.TB) bundle.Source {
	t.Helper()
	compiled := registrartest.Sample(t)
	b, err := os.ReadFile(filepath.Join(vectors, "root.pem"))
	must(t, err)
	block, _ := pem.Decode(b)
	root, err := receipt.ParseRoot(block.Bytes)
	must(t, err)
	verifier := receipt.NewVerifier(root)
	files, err := filepath.Glob(filepath.Join(vectors, "good", "0*.sd-jwt"))
	must(t, err)
	var recs []*receipt.Receipt
	for _, file := range files {
		raw, err := os.ReadFile(file)
		must(t, err)
		rec, err := verifier.Verify(strings.TrimSpace(string(raw)))
		must(t, err)
		if rec.Seq == uint64(len(recs)+1) {
			recs = append(recs, rec)
		}
	}
	named, err := os.ReadFile(filepath.Join(vectors, "catalogue.json"))
	must(t, err)
	documents := map[string][]byte{statement.Digest(named): named}
	notices, err := filepath.Glob(filepath.Join(vectors, "notices", "*"))
	must(t, err)
	for _, file := range notices {
		notice, err := os.ReadFile(file)
		must(t, err)
		documents[statement.Digest(notice)] = notice
	}
	return bundle.Source{
		Roots: receipt.Roots{root}, Catalogue: compiled.Catalogue, Language: "en",
		Receipts: func(from uint64, limit int) ([]*receipt.Receipt, error) {
			from = min(from, uint64(len(recs))+1)
			return recs[from-1 : min(int(from)-1+limit, len(recs))], nil
		},
		Document: func(digest string) ([]byte, error) {
			if documents[digest] == nil {
				return nil, os.ErrNotExist
			}
			return documents[digest], nil
		},
		Logo:  func(digest string) []byte { return documents[digest] },
		Audit: func() ([]byte, error) { return []byte(`{"records":[]}`), nil },
	}
}

// TestBundle: the bundle is complete, its index leads to every file, and the bundle verifies.
func TestBundle(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		src := story(t)
		src.Language = language
		file := filepath.Join(t.TempDir(), "bundle.zip")
		f, err := os.Create(file)
		must(t, err)
		next, err := bundle.Write(f, src, 1, bundle.MaxBytes)
		must(t, err)
		must(t, f.Close())
		if next != 0 {
			t.Errorf("%d is left", next)
		}
		report, err := check.Run(context.Background(), []string{file}, check.Options{})
		must(t, err)
		if report.Verdict != receipt.Consistent || report.Checked < 5 || len(report.Damaged) > 0 {
			t.Errorf("%+v", report)
		}
		z, err := zip.OpenReader(file)
		must(t, err)
		defer z.Close()
		all, err := src.Receipts(1, 100)
		must(t, err)
		first, last := src.Roots[0].NotBefore, all[len(all)-1].Time()
		for _, f := range z.File {
			if at := f.Modified; at.Before(first.Add(-2*time.Second)) || at.After(last) {
				t.Errorf("%s is of %s, not of %s to %s", f.Name, at, first, last)
			}
		}
		page, err := z.Open(bundle.IndexFile)
		must(t, err)
		index, err := io.ReadAll(page)
		must(t, err)
		readme, err := fs.ReadFile(z, bundle.ReadmeFile)
		must(t, err)
		for name, text := range map[string][]byte{bundle.IndexFile: index, bundle.ReadmeFile: readme} {
			if trust := []byte(src.Catalogue.Issuer + "/trust"); !bytes.Contains(text, trust) || bytes.Contains(text, append([]byte(`href="`), trust...)) {
				t.Errorf("%s: %s does not name the page to compare with, or links to it", language, name)
			}
		}
		links := regexp.MustCompile(`href="([a-z][^":]*)"`).FindAllStringSubmatch(string(index), -1)
		for _, link := range links {
			if _, err := z.Open(link[1]); err != nil {
				t.Errorf("%s: the index leads to %s: %v", language, link[1], err)
			}
		}
		if len(links) < 4*report.Checked {
			t.Errorf("%d links for %d receipts", len(links), report.Checked)
		}
	}
}

// TestLooked: the page of who looked says each look in the person's language, by case and newest
// first, leads to the receipt that it was about, and says when older ones are not here.
func TestLooked(t *testing.T) {
	const two = `{"records":[
		{"seq":%d,"at":"2026-11-24T09:00:00Z","staff":"9q2-7wAAAAAA","role":"operator","did":"person.find","case":"C-<7>","record":"x"},
		{"seq":%d,"at":"2026-11-24T09:01:00Z","staff":"9q2-7wAAAAAA","role":"auditor","did":"receipt.read","about":"3","record":"x"}]}`
	for _, c := range []struct {
		language, list string
		says           []string
		not            string
	}{
		{"en", fmt.Sprintf(two, 1, 2), []string{"Read one of your receipts", `<a href="pages/0000000003.html">Receipt 3</a>`, "An auditor · <code>9q2-7w</code>", "For the case C-&lt;7&gt;", "customer number", "Staff · <code>"}, "Older"},
		{"es", fmt.Sprintf(two, 8, 9), []string{"Sin caso", "Leyó uno de sus recibos", "Por el caso C-&lt;7&gt;", "Personal", "Las entradas anteriores no están aquí"}, "Nadie"},
		{"en", `{"records":[]}`, []string{"Nobody has looked."}, "Older"},
	} {
		src := story(t)
		src.Language, src.Audit = c.language, func() ([]byte, error) { return []byte(c.list), nil }
		var b bytes.Buffer
		_, err := bundle.Write(&b, src, 1, bundle.MaxBytes)
		must(t, err)
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		must(t, err)
		f, err := z.Open(bundle.LookedFile)
		must(t, err)
		page, err := io.ReadAll(f)
		must(t, err)
		at := 0
		for _, says := range c.says {
			i := strings.Index(string(page[at:]), says)
			if i < 0 {
				t.Fatalf("%s: %q is not there, or not in its place:\n%s", c.language, says, page)
			}
			at += i
		}
		if strings.Contains(string(page), c.not) {
			t.Errorf("%s says %q", c.language, c.not)
		}
	}
	src := story(t)
	src.Audit = func() ([]byte, error) { return []byte(`[]`), nil }
	if _, err := bundle.Write(io.Discard, src, 1, bundle.MaxBytes); err == nil {
		t.Error("a list that is none is written")
	}
}

// TestParts: a bundle that would be too large ends, and the next one goes on.
func TestParts(t *testing.T) {
	src := story(t)
	var seen []string
	parts := 0
	for next := uint64(1); next != 0; parts++ {
		var b bytes.Buffer
		var err error
		next, err = bundle.Write(&b, src, next, 400<<10)
		must(t, err)
		if b.Len() > 400<<10 {
			t.Errorf("a part has %d bytes", b.Len())
		}
		z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
		must(t, err)
		for _, f := range z.File {
			if strings.HasPrefix(f.Name, bundle.ReceiptsDir) {
				seen = append(seen, f.Name)
			}
		}
	}
	all, err := src.Receipts(1, 100)
	must(t, err)
	if parts < 2 || len(seen) != len(all) || !slices.IsSorted(seen) {
		t.Errorf("%d parts with %v", parts, seen)
	}
}

var manyReceipts = flag.Int("receipts", 50, "how many receipts TestMany has")

// TestMany: what a bundle of many receipts costs grows with their number alone, and it is
// written within 128 MB, of which the collector is told. make bench measures how long
// 1,000 take.
func TestMany(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(96 << 20))
	src := story(t)
	first, err := src.Receipts(1, 1)
	must(t, err)
	var most uint64
	write := func(many uint64) (allocated uint64, read int) {
		src.Receipts = func(from uint64, limit int) (recs []*receipt.Receipt, err error) {
			for seq := from; seq <= many && len(recs) < limit; seq++ {
				rec := *first[0]
				rec.Seq = seq
				recs = append(recs, &rec)
				read++
			}
			return recs, nil
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for next := uint64(1); next != 0; {
			var err error
			next, err = bundle.Write(io.Discard, src, next, bundle.MaxBytes)
			must(t, err)
			runtime.ReadMemStats(&after)
			most = max(most, after.Sys)
		}
		return after.TotalAlloc - before.TotalAlloc, read
	}
	write(1) // one-time work, such as fonts, is done here
	half, _ := write(uint64(*manyReceipts) / 2)
	whole, read := write(uint64(*manyReceipts))
	t.Logf("%d receipts: %d read, %d MB allocated, of half as many %d MB; %d MB taken of the system", *manyReceipts, read, whole>>20, half>>20, most>>20)
	if whole > half*5/2 || read > *manyReceipts*3/2 || most > 128<<20 {
		t.Error("that is too much")
	}
}

var must = errtest.None
