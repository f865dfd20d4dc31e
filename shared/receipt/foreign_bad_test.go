package receipt_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// The list of docs/integrators.md is between these lines.
const (
	listBegin = "<!-- accepted: begin -->\n"
	listEnd   = "<!-- accepted: end -->\n"
)

// TestForeignAccept: docs/integrators.md lists exactly the bad vectors that a library for
// SD-JWT accepts, each with what is wrong with it. The libraries get the public key of the
// certificate in the header, as a verifier does that knows SD-JWT and not this profile.
func TestForeignAccept(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(vectorsDir, "index.json"))
	must(t, err)
	var index []struct{ File, What, Code string }
	must(t, json.Unmarshal(raw, &index))
	genuine, err := os.ReadFile(filepath.Join(vectorsDir, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	type one struct {
		Raw string          `json:"sd_jwt"`
		Key json.RawMessage `json:"key"`
	}
	all := []one{{string(genuine), leafKey(t, string(genuine))}}
	bad := index[:0]
	for _, v := range index {
		if !strings.HasPrefix(v.File, "bad/") {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(vectorsDir, v.File))
		must(t, err)
		key := all[0].Key
		if own := headerKey(string(raw)); own != nil {
			key = own
		}
		bad, all = append(bad, v), append(all, one{strings.ToValidUTF8(string(raw), "\ufffd"), key})
	}
	accepted := map[string][]any{}
	for name, ask := range foreigners(t) {
		answer, err := ask(t, map[string]any{"op": "accept", "all": all})
		must(t, err)
		accepted[name] = answer["accepted"].([]any)
		if accepted[name][0] != true {
			t.Fatalf("%s refuses a genuine receipt", name)
		}
	}
	list := listBegin + "| Vector | What is wrong | Refusal code here | PyPI sd-jwt | npm @sd-jwt/core |\n|---|---|---|:-:|:-:|\n"
	word := map[any]string{true: "accepts", false: ""}
	for i, v := range bad {
		python, node := accepted["PyPI sd-jwt"][i+1], accepted["npm @sd-jwt/core"][i+1]
		if python == true || node == true {
			list += fmt.Sprintf("| `%s` | %s | `%s` | %s | %s |\n", v.File, v.What, v.Code, word[python], word[node])
		}
	}
	page := filepath.Join(repository, "docs", "integrators.md")
	doc, err := os.ReadFile(page)
	must(t, err)
	before, rest, ok := strings.Cut(string(doc), listBegin)
	was, after, end := strings.Cut(rest, listEnd)
	if !ok || !end {
		t.Fatal("docs/integrators.md has no list")
	}
	switch {
	case *update:
		must(t, os.WriteFile(page, []byte(before+list+listEnd+after), 0o644))
	case listBegin+was != list:
		t.Errorf("the list differs; if that is meant: go test ./shared/receipt -run TestForeignAccept -update\n%s", list)
	}
}

// headerKey is the public key that a receipt's first certificate names, as a JWK, or nil if
// its header cannot be read.
func headerKey(raw string) json.RawMessage {
	var h struct{ X5C []string }
	b, err := b64.DecodeString(strings.SplitN(raw, ".", 2)[0])
	if err != nil || json.Unmarshal(b, &h) != nil || len(h.X5C) == 0 {
		return nil
	}
	der, err := base64.StdEncoding.DecodeString(h.X5C[0])
	if err != nil {
		return nil
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	key, err := json.Marshal(jose.JSONWebKey{Key: cert.PublicKey})
	if err != nil {
		return nil
	}
	return key
}
