package verifypage_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
)

var (
	manyFiles = flag.Int("files", 3_000, "how many files TestFilesAgree makes")
	firstFile = flag.Uint64("first-file", 0, "the number of the first of them")
)

func crc(content string) uint32 { return crc32.ChecksumIEEE([]byte(content)) }

// readAs is the result of a reader for a file.
type readAs struct {
	Kind    inside.Kind     `json:"kind"`
	Outcome receipt.Verdict `json:"outcome"`
	Code    string          `json:"code"`
	Parts   []readPart      `json:"parts"`
}

type readPart struct {
	Name    string      `json:"name"`
	Kind    inside.Kind `json:"kind"`
	Claimed string      `json:"claimed"`
	Content string      `json:"content"` // its SHA-256
}

// filesByGo asks the Go reader.
func filesByGo(t testing.TB, name string, content []byte) readAs {
	t.Helper()
	out := readAs{Parts: []readPart{}}
	kind, err := inside.Read(name, bytes.NewReader(content), int64(len(content)), func(_ inside.Kind, p inside.Part) error {
		part := readPart{Name: p.Name, Kind: p.Kind, Claimed: p.Claimed}
		if p.Kind != inside.Other {
			sum := sha256.Sum256(p.Content)
			part.Content = hex.EncodeToString(sum[:])
		}
		out.Parts = append(out.Parts, part)
		return nil
	})
	out.Kind = kind
	if e, ok := inside.AsError(err); ok {
		out.Outcome, out.Code = e.Outcome, e.Code
	} else if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return out
}

// filesBySources asks the page's sources, in Node.
func filesBySources(t testing.TB, folder string, names []string) (out []readAs) {
	t.Helper()
	must(t, json.Unmarshal(node(t, map[string]any{"folder": folder, "names": names}, filepath.Join("testdata", "read.mjs")), &out))
	return out
}

// TestVectorFiles: the page's sources and the Go reader read the files of the vectors alike.
// Another test compares the Go reader with their index.
func TestVectorFiles(t *testing.T) {
	engine(t, "esbuild")
	folder := filepath.Join(vectors, "files")
	entries, err := os.ReadDir(folder)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for i, theirs := range filesBySources(t, folder, names) {
		content, err := os.ReadFile(filepath.Join(folder, names[i]))
		must(t, err)
		if ours := filesByGo(t, names[i], content); !reflect.DeepEqual(theirs, ours) {
			t.Errorf("%s: the page says\n%+v, the Go reader\n%+v", names[i], theirs, ours)
		}
	}
}

// TestFilesAgree makes files at random with receipts in every form, damaged or not: both
// readers say the same of each, and of a page, a PDF or a text with two receipts that it is
// ambiguous. `-args -files 100000` makes more.
func TestFilesAgree(t *testing.T) {
	engine(t, "esbuild")
	const together = 1000
	maker := newMaker(t)
	seen := map[string]int{}
	for first := 0; first < *manyFiles; first += together {
		folder := t.TempDir()
		var names []string
		var ours []readAs
		for n := first; n < min(first+together, *manyFiles); n++ {
			file := maker.numbered(*firstFile + uint64(n))
			name := fmt.Sprintf("%d", *firstFile+uint64(n))
			must(t, os.WriteFile(filepath.Join(folder, name), file.content, 0o600))
			got := filesByGo(t, name, file.content)
			names, ours = append(names, name), append(ours, got)
			seen[string(got.Kind)+": "+cmp.Or(got.Code, "read")]++
			checkOne(t, name, got)
			if file.honest {
				checkHonest(t, name, file, got)
			}
		}
		for i, theirs := range filesBySources(t, folder, names) {
			if !reflect.DeepEqual(theirs, ours[i]) {
				t.Errorf("file %s: the page says\n%+v, the Go reader\n%+v", names[i], theirs, ours[i])
				if keep := os.Getenv("KEEP"); keep != "" {
					b, _ := os.ReadFile(filepath.Join(folder, names[i]))
					must(t, os.WriteFile(filepath.Join(keep, names[i]), b, 0o600))
				}
			}
		}
		must(t, os.RemoveAll(folder))
	}
	t.Logf("%d files: %v", *manyFiles, seen)
}

// checkOne: of a page, a PDF or a text one receipt is judged at most, so that none is genuine
// with two in it.
func checkOne(t *testing.T, name string, got readAs) {
	t.Helper()
	found := map[string]bool{}
	for _, p := range got.Parts {
		if p.Kind == inside.Receipt {
			found[p.Content] = true
		}
	}
	if alone := got.Kind == inside.HTML || got.Kind == inside.PDF || got.Kind == inside.Text; alone && len(found) > 1 {
		t.Errorf("file %s, a %s, is read as %d receipts", name, got.Kind, len(found))
	}
}

// checkHonest compares the result with the packed files.
func checkHonest(t *testing.T, name string, file made, got readAs) {
	t.Helper()
	want := map[int]string{0: inside.ErrNone.Code, 1: ""}
	code, few := want[len(file.receipts)]
	if !few {
		code = inside.ErrSeveral.Code
	}
	if got.Code != code {
		t.Errorf("file %s has %d receipts: %+v", name, len(file.receipts), got)
	}
}
