package verifypage_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/strictjson"
)

// TestJSON: of JSON with damages at random, the page's reader says what the Go package strictjson
// says, and reads what JSON.parse reads.
func TestJSON(t *testing.T) {
	engine(t)
	seeds := [][]byte{
		[]byte(`{"a":[1,-0.5e+3,true,false,null,"x"],"b":{"c":{},"d":[]}}`), []byte(`{"a":"\ud83d\ude00\u0000\n\"","\u0062":1,"b ":2}`),
		[]byte("[ 1 ,\t{ \"a\" : \"\u00e9\u2028\" } ]"), []byte(strings.Repeat("[", 32) + strings.Repeat("]", 32)),
		[]byte(`{"a":1,"a":2}`), []byte(`[{"b":[1,{"\u0062":2}],"\u0062":2}]`),
	}
	raw, err := os.ReadFile(filepath.Join(vectors, "good", "04-request.sd-jwt"))
	must(t, err)
	for _, disclosure := range strings.Split(string(raw), "~")[1:] {
		if seed, err := b64.DecodeString(disclosure); err == nil && len(seed) > 0 {
			seeds = append(seeds, seed)
		}
	}
	random := rand.New(rand.NewPCG(3, 5))
	pieces := []string{"{", "}", "[", "]", ",", ":", `"`, `\`, " ", "\n", "\x00", "\x1f", "\x7f", "\x80", "\ufeff", "0", "1", "-", "+", ".", "e", "E5", "true", "nul", `"a":1,`, `\ud800`, `\u00`, `"__proto__":{},`}
	texts := slices.Clone(seeds)
	for range 4000 {
		text := slices.Clone(seeds[random.IntN(len(seeds))])
		for range 1 + random.IntN(2) {
			from := random.IntN(len(text) + 1)
			to := min(len(text), from+random.IntN(3))
			var piece string
			if random.IntN(4) > 0 {
				piece = pieces[random.IntN(len(pieces))]
			}
			text = slices.Concat(text[:from], []byte(piece), text[to:])
		}
		texts = append(texts, text)
	}
	var got []receipt.Code
	must(t, json.Unmarshal(node(t, map[string]any{"texts": texts}, filepath.Join("testdata", "json.mjs")), &got))
	seen := map[receipt.Code]int{}
	for i, text := range texts {
		var want receipt.Code
		if _, err := strictjson.Parse(string(text)); errors.Is(err, strictjson.ErrDuplicate) {
			want = receipt.CodeDuplicate
		} else if err != nil {
			want = receipt.CodeJSON
		}
		if seen[want]++; got[i] != want {
			t.Errorf("%q: %q, in Go %q", text, got[i], want)
		}
	}
	if len(seen) < 3 || seen[""] < 300 {
		t.Errorf("%v: want some of each", seen)
	}
}
