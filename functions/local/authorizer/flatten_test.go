package authorizer_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"consent-receipts/functions/local/authorizer"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestFlatten compares the claims of testdata/claims.json, as a function gets
// them, with testdata/flat.json.
func TestFlatten(t *testing.T) {
	flat, _, err := newAuthorizer(published()).Authorize(good(must(os.ReadFile("testdata/claims.json"))), []string{self})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(flat); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("testdata/flat.json", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(must(os.ReadFile("testdata/flat.json"))); b.String() != want {
		t.Errorf("got\n%s, not\n%s", b.String(), want)
	}
}

// FuzzAuthorize looks for a panic, an error without a sentinel, a reason that
// quotes the token, and an accepted token that is not the issuer's. Claims are
// fuzzed under a good signature as well. Signing takes another way each time, which
// the engine would spend its time minimizing: give it -fuzzminimizetime 10x.
func FuzzAuthorize(f *testing.F) {
	f.Add("", []byte(`{}`))
	f.Add("Bearer "+good(claims(nil)), must(json.Marshal(claims(nil))))
	f.Add("Bearer e30.e30.e30", must(os.ReadFile("testdata/claims.json")))
	f.Add("bearer "+unsigned(`{"alg":"none","kid":"key-1"}`, claims(nil)), []byte(`{"iss":"https://sign-in.example","exp":1e308}`))
	f.Add("Bearer a.b.c,Bearer d.e.f", []byte(`{"aud":[[[[null]]]],"exp":1e-400}`))
	a := newAuthorizer(published())
	check := func(t *testing.T, token string) {
		flat, scopes, err := a.Authorize(token, []string{self})
		if err == nil {
			if flat["iss"] != issuer || len(scopes) == 0 {
				t.Fatalf("accepted: %v %v", flat, scopes)
			}
			for name, value := range flat {
				if !utf8.ValidString(value) || len(value) > 400*authorizer.MaxToken {
					t.Fatalf("%s: %d bytes", name, len(value))
				}
			}
			return
		}
		if errors.Is(err, authorizer.ErrUnauthenticated) == errors.Is(err, authorizer.ErrForbidden) || flat != nil || scopes != nil {
			t.Fatalf("%v %v %v", err, flat, scopes)
		}
		if len(err.Error()) > 100 || len(token) > 20 && strings.Contains(err.Error(), token) {
			t.Fatalf("reason: %v", err)
		}
	}
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		token, err := authorizer.Bearer(header)
		if err == nil {
			check(t, token)
		} else if !errors.Is(err, authorizer.ErrUnauthenticated) {
			t.Fatal(err)
		}
		check(t, header)
		if len(body) < authorizer.MaxToken { // check bounds what comes out, and the work is linear in that
			check(t, good(body))
		}
	})
}
