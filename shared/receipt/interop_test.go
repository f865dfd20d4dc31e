package receipt_test

import (
	"bytes"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/shared/receipt"
)

var repository = filepath.Join("..", "..")

// engine finds what `make test` installs. Without it the test is skipped with a
// clear line, and where CI=true it fails.
func engine(t *testing.T, path ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("the work is another program's, which the race detector does not see")
	}
	name, err := filepath.Abs(filepath.Join(append([]string{repository}, path...)...))
	must(t, err)
	if _, err := os.Stat(name); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is missing", filepath.Join(path...))
		}
		t.Skipf("%s is missing: make test installs it", filepath.Join(path...))
	}
	return name
}

// foreign is another implementation, driven by a script.
type foreign func(t *testing.T, task map[string]any) (map[string]any, error)

func foreigners(t *testing.T) map[string]foreign {
	run := func(command ...string) foreign {
		return func(t *testing.T, task map[string]any) (map[string]any, error) {
			in, err := json.Marshal(task)
			must(t, err)
			cmd := exec.Command(command[0], command[1:]...)
			var stderr bytes.Buffer
			cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Logf("%s", stderr.String())
				return nil, err
			}
			var answer map[string]any
			must(t, json.Unmarshal(out, &answer))
			return answer, nil
		}
	}
	return map[string]foreign{
		"PyPI sd-jwt": func(t *testing.T, task map[string]any) (map[string]any, error) {
			return run(engine(t, ".venv", "bin", "python"), filepath.Join("testdata", "interop.py"))(t, task)
		},
		"npm @sd-jwt/core": func(t *testing.T, task map[string]any) (map[string]any, error) {
			engine(t, "node_modules", "@sd-jwt", "core")
			return run("node", filepath.Join("testdata", "interop.mjs"))(t, task)
		},
	}
}

var arrays = []string{"changes", "records", "standing", "actor", "evidence", "request", "note"}

// TestForeignVerify: two foreign implementations verify our receipts, whole and
// in part, and read the same in them; a changed one they refuse.
func TestForeignVerify(t *testing.T) {
	verifier := mustVerifier(t, readRoot(t, "root.pem"))
	for name, ask := range foreigners(t) {
		t.Run(name, func(t *testing.T) {
			for _, file := range []string{"01-opt-in", "03-opt-out", "one-change-disclosed", "nothing-disclosed"} {
				raw, err := os.ReadFile(filepath.Join(vectorsDir, "good", file+".sd-jwt"))
				must(t, err)
				rec, err := verifier.Verify(string(raw))
				must(t, err)
				key := leafKey(t, string(raw))
				answer, err := ask(t, map[string]any{"op": "verify", "sd_jwt": string(raw), "key": key})
				must(t, err)
				got := answer["payload"].(map[string]any)
				delete(got, "_sd_alg")
				if want := disclosedOnly(t, rec); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: they read %v\nwe read %v", file, got, want)
				}
				changed := strings.Replace(string(raw), ".e", ".f", 1)
				if _, err := ask(t, map[string]any{"op": "verify", "sd_jwt": changed, "key": key}); err == nil {
					t.Errorf("%s: they accept it changed", file)
				}
			}
		})
	}
}

// leafKey is the public key that a receipt's certificate names, as a JWK.
func leafKey(t *testing.T, raw string) json.RawMessage {
	t.Helper()
	var h struct{ X5C []string }
	b, err := b64.DecodeString(raw[:strings.IndexByte(raw, '.')])
	must(t, err)
	must(t, json.Unmarshal(b, &h))
	der, err := base64.StdEncoding.DecodeString(h.X5C[0])
	must(t, err)
	key, err := json.Marshal(jose.JSONWebKey{Key: mustParse(t, der).PublicKey})
	must(t, err)
	return key
}

// disclosedOnly is a receipt in the form of RFC 9901: withheld elements are left out.
func disclosedOnly(t *testing.T, rec *receipt.Receipt) map[string]any {
	t.Helper()
	b, err := json.Marshal(rec.Claims)
	must(t, err)
	var m map[string]any
	must(t, json.Unmarshal(b, &m))
	delete(m, "_sd_alg")
	for _, name := range arrays {
		kept := []any{}
		for _, e := range m[name].([]any) {
			if _, withheld := e.(map[string]any)["..."]; !withheld {
				kept = append(kept, e)
			}
		}
		m[name] = kept
	}
	return m
}

// TestForeignIssue: we verify what two foreign implementations issue, with their
// headers adapted to the profile.
func TestForeignIssue(t *testing.T) {
	rootKey := newKey(t, elliptic.P256())
	root, err := receipt.NewRoot(rootKey, issuerURL, issuedAt)
	must(t, err)
	genuine := newDesk(t, rootKey, root).optIn(t, "en", yesAlerts)
	f := newForger(t, rootKey, root, genuine)
	verifier := mustVerifier(t, root)
	rec, err := verifier.Verify(genuine)
	must(t, err)
	key, err := json.Marshal(jose.JSONWebKey{Key: f.key})
	must(t, err)
	for name, ask := range foreigners(t) {
		t.Run(name, func(t *testing.T) {
			answer, err := ask(t, map[string]any{
				"op": "issue", "claims": disclosedOnly(t, rec), "arrays": arrays, "key": json.RawMessage(key),
				"header": map[string]any{"typ": receipt.Type, "x5c": []string{base64.StdEncoding.EncodeToString(f.leaf)}},
			})
			must(t, err)
			theirs, err := verifier.Verify(answer["sd_jwt"].(string))
			must(t, err)
			if !theirs.Complete() || !reflect.DeepEqual(disclosedOnly(t, theirs), disclosedOnly(t, rec)) {
				t.Errorf("we read otherwise: %v", theirs.Claims)
			}
		})
	}
}
