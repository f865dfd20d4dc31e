package sdjwt_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/shared/receipt/sdjwt"
)

// TestRFC9901 processes the RFC's examples ("source" in the file states how far they are its
// own): the signatures verify with its key, key-binding JWTs verify with the key in cnf, and
// the disclosed payload is that of the example.
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
			if again(parsed) != e.SDJWT {
				t.Error("reassembled otherwise")
			}
			jws, err := jose.ParseSignedCompact(parsed.Issuer, []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jws.Verify(published.Key); err != nil {
				t.Fatal(err)
			}
			if parsed.KeyBinding != "" {
				checkKeyBinding(t, parsed)
			}
			tree, err := sdjwt.Process(parsed.Payload, parsed.Disclosures, false)
			if err != nil {
				t.Fatal(err)
			}
			if e.Processed == nil {
				return
			}
			processed, err := json.Marshal(plain(tree))
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

// checkKeyBinding checks signature and sd_hash (RFC 9901, sections 4.3 and 4.3.1):
// what Parse calls the key-binding JWT is signed by the holder over the rest.
func checkKeyBinding(t *testing.T, parsed *sdjwt.SDJWT) {
	t.Helper()
	var payload struct {
		Confirmation struct{ JWK jose.JSONWebKey } `json:"cnf"`
	}
	if err := json.Unmarshal([]byte(parsed.Payload.Raw()), &payload); err != nil {
		t.Fatal(err)
	}
	jws, err := jose.ParseSignedCompact(parsed.KeyBinding, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	b, err := jws.Verify(payload.Confirmation.JWK)
	if err != nil {
		t.Fatal(err)
	}
	var binding struct {
		Hash string `json:"sd_hash"`
	}
	if err := json.Unmarshal(b, &binding); err != nil {
		t.Fatal(err)
	}
	if got := sdjwt.Digest(strings.TrimSuffix(again(parsed), parsed.KeyBinding)); got != binding.Hash {
		t.Errorf("sd_hash is %s, got %s", binding.Hash, got)
	}
}
