package receipt_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"consent-receipts/shared/receipt"
)

// FuzzJOSE holds the library go-jose against the verifier, which reads its one form of JWS
// itself: what passes the check of the signature, go-jose verifies with the leaf's key, and what
// is refused for its signature, go-jose refuses. The seeds are the vectors, each with changes.
func FuzzJOSE(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, v := range readIndex(f) {
		raw, err := os.ReadFile(filepath.Join(vectorsDir, v.File))
		must(f, err)
		f.Add(string(raw))
		for range 20 {
			end := strings.IndexByte(string(raw)+"~", '~')
			changed := slices.Clone(raw)
			for at := max(0, end-1-r.IntN(90)); at < len(changed); at += 1 + r.IntN(2000) { // in the signature, and behind it
				changed[at] = "AQgw-_.~="[r.IntN(9)]
			}
			f.Add(string(changed))
		}
	}
	verifier := mustVerifier(f)
	after := []receipt.Code{receipt.CodeIssuer, receipt.CodeDisclosure, receipt.CodeSchema}
	f.Fuzz(func(t *testing.T, raw string) {
		_, err := verifier.Verify(raw)
		refusal, refused := receipt.AsRefusal(err)
		compact, _, _ := strings.Cut(raw, "~")
		switch ok := joseVerifies(compact); {
		case (!refused || slices.Contains(after, refusal.Code)) && !ok:
			t.Fatalf("%v, go-jose refuses %s", err, compact)
		case refused && refusal.Code == receipt.CodeSignature && ok:
			t.Fatalf("%v, go-jose verifies %s", err, compact)
		}
	})
}

// joseVerifies reports whether go-jose verifies a token with the key of its leaf.
func joseVerifies(compact string) bool {
	jws, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return false
	}
	var header struct {
		X5C [][]byte `json:"x5c"`
	}
	head, _, _ := strings.Cut(compact, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil || json.Unmarshal(b, &header) != nil || len(header.X5C) == 0 {
		return false
	}
	leaf, err := x509.ParseCertificate(header.X5C[0])
	if err != nil {
		return false
	}
	_, err = jws.Verify(leaf.PublicKey)
	return err == nil
}
