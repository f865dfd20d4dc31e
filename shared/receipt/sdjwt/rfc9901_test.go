package sdjwt_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/shared/receipt/sdjwt"
)

// TestRFC9901 processes the RFC's own examples: the signatures verify with its
// key, and what is disclosed comes out as it says.
func TestRFC9901(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("testdata", "rfc9901.json"))
	if err != nil {
		t.Fatal(err)
	}
	var published struct {
		Key      jose.JSONWebKey
		Examples []struct {
			Section   string
			SDJWT     string `json:"sd_jwt"`
			Processed any
		}
	}
	if err := json.Unmarshal(b, &published); err != nil {
		t.Fatal(err)
	}
	for _, e := range published.Examples {
		t.Run(e.Section, func(t *testing.T) {
			parsed, err := sdjwt.Parse(e.SDJWT, maxBytes)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.String() != e.SDJWT {
				t.Error("reassembled otherwise")
			}
			jws, err := jose.ParseSignedCompact(parsed.Issuer, []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jws.Verify(published.Key); err != nil {
				t.Fatal(err)
			}
			tree, err := sdjwt.Process(parsed.Payload, parsed.Disclosures, false)
			if err != nil {
				t.Fatal(err)
			}
			if e.Processed == nil {
				return
			}
			processed, err := json.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			var got any
			if err := json.Unmarshal(processed, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, e.Processed) {
				t.Errorf("got %s", processed)
			}
		})
	}
}
