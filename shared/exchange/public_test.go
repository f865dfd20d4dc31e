package exchange_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var specs = flag.String("specs", "", "folder with the published specifications that testdata/schema/README.md names")

// validated is a golden file that a published document was found to allow.
type validated struct {
	Published string `json:"published"` // name of the document's file
	SHA256    string `json:"sha256"`    // its digest
	Schema    string `json:"schema"`    // what in it the golden file is one of
	Golden    string `json:"golden"`
	Validated string `json:"validated"` // digest of the golden file that was validated
}

// TestPublishedSpecifications: every golden file is, byte for byte, the one that was
// validated against the published document, which its licence keeps out of this
// repository. With -specs they are validated again; -update then notes which ones. The
// schemas in testdata/schema state the same facts in our words.
func TestPublishedSpecifications(t *testing.T) {
	record := filepath.Join("testdata", "schema", "published.json")
	b, err := os.ReadFile(record)
	must(t, err)
	var all []validated
	must(t, json.Unmarshal(b, &all))
	left := map[string]bool{}
	for _, format := range []string{"fdx", "rebit", "uk-ob"} {
		files, err := filepath.Glob(filepath.Join("testdata", "golden", format, "*"))
		must(t, err)
		for _, file := range files {
			left[format+"/"+filepath.Base(file)] = true
		}
	}
	for _, ended := range []string{"withdrawal", "annulled", "objection"} {
		delete(left, "fdx/"+ended+".json") // FDX 5.2 has no name for a revocation list
	}
	for i, v := range all {
		delete(left, v.Golden)
		t.Run(v.Golden, func(t *testing.T) {
			doc, err := os.ReadFile(filepath.Join("testdata", "golden", v.Golden))
			must(t, err)
			if *specs != "" {
				v.validate(t, doc)
			}
			if *specs != "" && *update {
				all[i].Validated = digest(doc)
			} else if digest(doc) != v.Validated {
				t.Errorf("the golden file has changed since it was validated: go test ./shared/exchange -run Published -specs FOLDER -update")
			}
		})
	}
	if len(left) > 0 {
		t.Errorf("%s does not name %v", record, left)
	}
	if *specs != "" && *update && !t.Failed() {
		b, err := json.MarshalIndent(all, "", " ")
		must(t, err)
		must(t, os.WriteFile(record, append(b, '\n'), 0o644))
	}
}

func (v validated) validate(t *testing.T, doc []byte) {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	compiler.DefaultDraft(jsonschema.Draft4)
	compiler.UseLoader(folder{t})
	b, err := os.ReadFile(filepath.Join(*specs, v.Published))
	must(t, err)
	if digest(b) != v.SHA256 {
		t.Fatalf("%s is another version: %s", v.Published, digest(b))
	}
	against, err := compiler.Compile("specs:///" + v.Published + v.Schema)
	must(t, err)
	must(t, against.Validate(tree(t, doc)))
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// folder loads specifications that refer to each other, YAML and JSON.
type folder struct{ t *testing.T }

func (f folder) Load(url string) (any, error) {
	b, err := os.ReadFile(filepath.Join(*specs, filepath.Base(url)))
	if err != nil {
		return nil, err
	}
	if filepath.Ext(url) == ".yaml" {
		var doc any
		if err := yaml.Unmarshal(b, &doc); err != nil {
			return nil, err
		}
		if b, err = json.Marshal(doc); err != nil {
			return nil, err
		}
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(b))
}
