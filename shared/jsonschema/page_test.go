package jsonschema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"consent-receipts/events"
	"consent-receipts/shared/jsonschema"
	"consent-receipts/shared/strictjson"
)

// TestPage: verify.html finds the same first violation as this package in random documents, of
// the schemas that it has.
func TestPage(t *testing.T) {
	if testing.Short() {
		t.Skip("the work is another program's, which the race detector does not see")
	}
	if _, err := os.Stat(filepath.Join("..", "..", "node_modules", "esbuild")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("esbuild is missing: make test installs it")
	}
	for _, name := range []string{"receipt", "presentation", "manifest"} {
		t.Run(name, func(t *testing.T) {
			g := newGenerator(t, 2)
			var texts, ours []string
			valid := 0
			for len(texts) < *documents/2 {
				doc := g.document(name + "/1")
				for range g.IntN(4) - 1 {
					g.change(doc, g.document(name+"/1"))
				}
				v, err := strictjson.Parse(doc.String())
				if err != nil {
					continue
				}
				var bad *jsonschema.Violation
				said := ""
				if errors.As(events.Check(name+"/1", v), &bad) {
					said = bad.Error()[len("at "):]
				} else {
					valid++
				}
				texts, ours = append(texts, doc.String()), append(ours, said)
			}
			if valid < len(texts)/10 || valid > len(texts)*9/10 {
				t.Errorf("%d of %d documents are valid", valid, len(texts))
			}
			var theirs []string
			for some := range slices.Chunk(texts, 2500) { // a text of Node has a bound
				theirs = append(theirs, onPage(t, name, some)...)
			}
			for i := range texts {
				if theirs[i] != ours[i] {
					t.Errorf("the page says %q, this package %q of %s", theirs[i], ours[i], texts[i])
				}
			}
		})
	}
}

// onPage asks the sources of verify.html, in Node.
func onPage(t *testing.T, schema string, documents []string) (said []string) {
	t.Helper()
	task, err := json.Marshal(map[string]any{"schema": schema, "documents": documents})
	must(t, err)
	command := exec.Command("node", filepath.Join("..", "receipt", "verifypage", "testdata", "schemas.mjs"))
	command.Stdin, command.Stderr = bytes.NewReader(task), os.Stderr
	out, err := command.Output()
	must(t, err)
	must(t, json.Unmarshal(out, &said))
	if len(said) != len(documents) {
		t.Fatalf("%d answers to %d documents", len(said), len(documents))
	}
	return said
}
