package dynamoledger

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

var update = flag.Bool("update", false, "write testdata anew")

// story reads the published receipts, by name.
func story(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", "events", "vectors", "good", "*.sd-jwt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d vectors, %v", len(files), err)
	}
	out := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(f), ".sd-jwt")] = strings.TrimSuffix(string(b), "\n")
	}
	return out
}

// TestPack: every receipt is packed, whether whole or in part, and comes back.
func TestPack(t *testing.T) {
	for name, receipt := range story(t) {
		version, r := pack(receipt)
		if version != packed {
			t.Errorf("%s is not packed", name)
		}
		if back, err := unpack(version, r); back != receipt || err != nil {
			t.Errorf("%s does not come back: %v", name, err)
		}
	}
}

// TestPackUnusual: what is not a receipt of the usual form comes back too.
func TestPackUnusual(t *testing.T) {
	receipt := story(t)["01-opt-in"]
	jws, rest, _ := strings.Cut(receipt, "~")
	header, _, _ := strings.Cut(jws, ".")
	spaced := func(s string) string {
		b, _ := base64.RawURLEncoding.DecodeString(header)
		return strings.Replace(receipt, header, base64.RawURLEncoding.EncodeToString(bytes.Replace(b, []byte(`"x5c":`), []byte(s), 1)), 1)
	}
	for name, text := range map[string]string{
		"nothing":                        "~",
		"text":                           "receipt",
		"no ~ at the end":                receipt[:len(receipt)-1],
		"two ~ at the end":               receipt + "~",
		"a JWT alone":                    jws,
		"a part too many":                jws + ".e30~" + rest,
		"a part too few":                 header + ".e30~",
		"padded":                         strings.Replace(receipt, ".", "=.", 1),
		"standard alphabet":              strings.NewReplacer("-", "+", "_", "/").Replace(receipt),
		"a trailing bit set":             receipt[:len(jws)-1] + "B~" + rest,
		"a line break inside":            receipt[:100] + "\n" + receipt[100:],
		"an empty disclosure":            jws + "~~" + rest,
		"another header":                 "e30" + receipt[len(header):],
		"a header with a space":          spaced(`"x5c": `),
		"a header with another member":   spaced(`"kid":"1","x5c":`),
		"a line break in the cert":       spaced(`"x5c":["\n`),
		"no disclosures, but something":  jws + "~x",
		"disclosures in another order":   story(t)["reordered"],
		"the mark in the payload":        strings.Replace(receipt, ".", ".Kio", 1),
		"the mark, and no disclosures":   strings.Replace(jws, ".", ".Kio", 1) + "~",
		"what the conformance suite has": ledgertest.Entry(ledgertest.Subject(), 1).Receipt,
	} {
		version, r := pack(text)
		if back, err := unpack(version, r); back != text || err != nil {
			t.Errorf("%s: does not come back: %v", name, err)
		}
	}
}

// TestDictionary: what is stored depends on it for ever. A better one is another
// version.
func TestDictionary(t *testing.T) {
	for version, want := range map[int]string{
		packed2: "ddad8cbfbee61fd79358003b606ee5508c901c060dc3e7ed5a07dd0c40b65ec4",
		packed:  "de09b4afb012659675555fb772cce59e042de206cdc5c97f72b4a5add774415c",
	} {
		if sum := sha256.Sum256(dictionaries[version]); hex.EncodeToString(sum[:]) != want {
			t.Errorf("the dictionary of version %d changed: %x", version, sum)
		}
		// and so does how it is used
		file := filepath.Join("testdata", fmt.Sprintf("01-opt-in.v%d", version))
		receipt := story(t)["01-opt-in"]
		if *update && version == packed {
			_, r := pack(receipt)
			if err := os.WriteFile(file, r, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		r, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := unpack(version, r); got != receipt || err != nil {
			t.Errorf("what was packed before does not come back: %v", err)
		}
	}
}

// TestPackedSize: what the receipts of the sample take, packed.
func TestPackedSize(t *testing.T) {
	for name, most := range map[string]int{"01-opt-in": 2100, "03-opt-out": 1850} {
		b, err := os.ReadFile(filepath.Join("..", "..", "..", "events", "vectors", "labelled", "good", name+".sd-jwt"))
		if err != nil {
			t.Fatal(err)
		}
		version, r := pack(string(b))
		if back, err := unpack(version, r); version != packed || back != string(b) || err != nil {
			t.Errorf("%s: version %d, %v", name, version, err)
		}
		if t.Logf("%s: %d bytes, packed %d", name, len(b), len(r)); len(r) > most {
			t.Errorf("%s takes %d bytes, at most %d", name, len(r), most)
		}
	}
}

// TestUnpackIsBounded: a small item can claim to be a huge receipt.
func TestUnpackIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	w, err := flate.NewWriterDict(&bomb, flate.BestCompression, dictionaries[packed])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.CopyN(w, zeros{}, 100<<20); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	allocated := testing.AllocsPerRun(1, func() {
		if _, err := unpack(packed, bomb.Bytes()); err == nil {
			t.Errorf("%d bytes became 100 MB", bomb.Len())
		}
	})
	if allocated > 1000 {
		t.Errorf("%.0f allocations", allocated)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// TestLargestReceipt: one of 64 KB comes back, packed or not.
func TestLargestReceipt(t *testing.T) {
	opt := story(t)["01-opt-in"]
	room := ledger.MaxReceipt - len(opt) - 1
	filler := base64.RawURLEncoding.EncodeToString(make([]byte, room*3/4-1))
	receipt := opt + filler + "~"
	version, r := pack(receipt)
	if back, err := unpack(version, r); version != packed || back != receipt || err != nil {
		t.Errorf("version %d of a receipt of %d bytes: %v", version, len(receipt), err)
	}
}

// FuzzUnpack: no stored bytes make it panic, or give more than a receipt's size.
// The second attempt gets behind the compression.
func FuzzUnpack(f *testing.F) {
	for _, receipt := range story(f) {
		version, r := pack(receipt)
		f.Add(version, r)
		parts, _ := split(receipt)
		f.Add(packed, bytes.Join(parts, nil))
	}
	f.Add(verbatim, []byte("x~"))
	f.Add(0, []byte{})
	f.Fuzz(func(t *testing.T, version int, r []byte) {
		for _, stored := range [][]byte{r, deflate([][]byte{r}), deflate([][]byte{nil, nil, r, r})} {
			text, err := unpack(version, stored)
			if err != nil {
				continue
			}
			if version == packed && len(text) > 50*ledger.MaxReceipt {
				t.Errorf("%d bytes became %d", len(stored), len(text))
			}
			if v, again := pack(text); v == packed {
				if back, err := unpack(v, again); back != text || err != nil {
					t.Errorf("%q does not come back: %v", text, err)
				}
			}
		}
	})
}

// FuzzPack: whatever is stored comes back byte for byte.
func FuzzPack(f *testing.F) {
	for _, receipt := range story(f) {
		f.Add(receipt)
	}
	f.Add("~")
	f.Add("..~")
	f.Fuzz(func(t *testing.T, receipt string) {
		version, r := pack(receipt)
		back, err := unpack(version, r)
		if len(receipt) <= ledger.MaxReceipt && (back != receipt || err != nil) {
			t.Errorf("version %d of %q: %q, %v", version, receipt, back, err)
		}
	})
}
