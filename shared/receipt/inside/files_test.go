package inside_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/statement"
)

var update = flag.Bool("update", false, "write the vectors of files anew")

var fileVectors = filepath.Join("..", "..", "..", "events", "vectors", "files")

// fileVector is the expected result of reading a file.
type fileVector struct {
	File      string          `json:"file"`
	Kind      inside.Kind     `json:"kind"`
	Outcome   receipt.Verdict `json:"outcome"`             // "read", or why there is nothing to judge
	Code      string          `json:"code,omitempty"`      // of that
	Receipts  []string        `json:"receipts,omitempty"`  // their digests, in order
	Copies    []int           `json:"copies,omitempty"`    // how many disclosures each has
	Manifests []string        `json:"manifests,omitempty"` // their digests
	Documents []string        `json:"documents,omitempty"` // the digests that their names claim
	Unchecked []string        `json:"unchecked,omitempty"` // paths in it that are not checked
}

func readVector(t *testing.T, name string, content []byte) fileVector {
	t.Helper()
	out := fileVector{File: name, Outcome: "read"}
	kind, err := inside.Read(name, bytes.NewReader(content), int64(len(content)), func(_ inside.Kind, p inside.Part) error {
		switch p.Kind {
		case inside.Receipt:
			out.Receipts = append(out.Receipts, statement.Digest([]byte(signed(string(p.Content)))))
			out.Copies = append(out.Copies, strings.Count(string(p.Content), "~")-1)
		case inside.Manifest:
			out.Manifests = append(out.Manifests, statement.Digest([]byte(signed(string(p.Content)))))
		case inside.Document:
			out.Documents = append(out.Documents, p.Claimed)
		case inside.Other:
			out.Unchecked = append(out.Unchecked, strings.TrimPrefix(p.Name, name+"/"))
		}
		return nil
	})
	out.Kind = kind
	if e, ok := inside.AsError(err); ok {
		out.Outcome, out.Code = e.Outcome, e.Code
	} else {
		must(t, err)
	}
	return out
}

// TestVectorFiles: the files of the vectors are read as their index says. verify.html is
// held to the same files by a test of its own.
func TestVectorFiles(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	b, err := os.ReadFile(filepath.Join(fileVectors, "index.json"))
	must(t, err)
	var index []fileVector
	must(t, json.Unmarshal(b, &index))
	for _, want := range index {
		content, err := os.ReadFile(filepath.Join(fileVectors, want.File))
		must(t, err)
		got, _ := json.Marshal(readVector(t, want.File, content))
		if want, _ := json.Marshal(want); !bytes.Equal(got, want) {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func writeVectors(t *testing.T) {
	t.Helper()
	must(t, os.RemoveAll(fileVectors))
	must(t, os.MkdirAll(fileVectors, 0o755))
	files := vectorFiles(t)
	var index []fileVector
	for name, content := range files {
		must(t, os.WriteFile(filepath.Join(fileVectors, name), []byte(content), 0o644))
		index = append(index, readVector(t, name, []byte(content)))
	}
	slices.SortFunc(index, func(a, b fileVector) int { return strings.Compare(a.File, b.File) })
	b, err := json.MarshalIndent(index, "", "  ")
	must(t, err)
	must(t, os.WriteFile(filepath.Join(fileVectors, "index.json"), append(b, '\n'), 0o644))
}
