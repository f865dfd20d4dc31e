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

// TestPublishedSpecifications validates the golden files against the published
// documents themselves, which their licences keep out of this repository. The
// schemas in testdata/schema state the same facts in our words.
func TestPublishedSpecifications(t *testing.T) {
	if *specs == "" {
		t.Skip("give -specs FOLDER; testdata/schema/README.md says which files it holds")
	}
	for _, c := range []struct{ file, digest, pointer, golden string }{
		{"account-info-openapi.json", "09713f62a9105c9cde90927d0b7fd7dad0a49cfb6354bff78ef1bf5cfd2d6cd5", "#/components/schemas/OBReadConsentResponse1", "uk-ob/opt-in.json"},
		{"account-info-openapi.json", "09713f62a9105c9cde90927d0b7fd7dad0a49cfb6354bff78ef1bf5cfd2d6cd5", "#/components/schemas/OBReadConsentResponse1", "uk-ob/amendment.json"},
		{"aa.yaml", "76e0c9ac4cf5448d432aff52dc5248695a1720474ebfdeeacdc2e3ace92df78a", "#/definitions/ConsentDetail", "rebit/opt-in.json"},
		{"aa.yaml", "76e0c9ac4cf5448d432aff52dc5248695a1720474ebfdeeacdc2e3ace92df78a", "#/definitions/ConsentStatusNotification", "rebit/withdrawal.json"},
		{"fdxapi.consent.yaml", "456b3f4c6e78ab1d193ae69a0603b52305f8aa067bfd28bdc79d575ae475d65f", "#/components/schemas/ConsentGrant", "fdx/opt-in.json"},
		{"fdxapi.consent.yaml", "456b3f4c6e78ab1d193ae69a0603b52305f8aa067bfd28bdc79d575ae475d65f", "#/components/schemas/ConsentGrant", "fdx/unlimited.json"},
	} {
		t.Run(c.golden, func(t *testing.T) {
			compiler := jsonschema.NewCompiler()
			compiler.AssertFormat()
			compiler.DefaultDraft(jsonschema.Draft4)
			compiler.UseLoader(folder{t})
			b, err := os.ReadFile(filepath.Join(*specs, c.file))
			must(t, err)
			if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != c.digest {
				t.Fatalf("%s is another version: %x", c.file, sum)
			}
			against, err := compiler.Compile("specs:///" + c.file + c.pointer)
			must(t, err)
			doc, err := os.ReadFile(filepath.Join("testdata", "golden", c.golden))
			must(t, err)
			must(t, against.Validate(tree(t, doc)))
		})
	}
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
