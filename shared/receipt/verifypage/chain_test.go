package verifypage_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/bundle"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// issued is one person's receipts under a root of their own.
type issued struct {
	roots    receipt.Roots
	signer   *receipt.Signer
	issuer   *receipt.Issuer
	verifier *receipt.Verifier
	receipts []*receipt.Receipt
}

// sign issues claims, whatever else was issued.
func (c *issued) sign(t testing.TB, claims receipt.Claims) *receipt.Receipt {
	t.Helper()
	signed, err := c.issuer.Issue(context.Background(), &claims)
	must(t, err)
	rec, err := c.verifier.Verify(signed.Raw)
	must(t, err)
	return rec
}

// issue makes a chain of so many receipts, each with the content of the vectors'
// first one.
func issue(t testing.TB, n int) *issued {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(vectors, "good", "01-opt-in.sd-jwt"))
	must(t, err)
	verifier := receipt.NewVerifier()
	first, err := verifier.Verify(string(b))
	must(t, err)
	of := registrartest.NewSigning(t, first.Issuer, first.Time, rand.Reader)
	out := &issued{roots: receipt.Roots{of.Root}, signer: of.Signer, issuer: of.Issuer, verifier: of.Verifier}
	claims := first.Claims
	for claims.Seq = 1; claims.Seq <= uint64(n); claims.Seq++ {
		out.receipts = append(out.receipts, out.sign(t, claims))
		claims.Prev = out.receipts[claims.Seq-1].Digest
	}
	return out
}

// bundles writes the chain as a person downloads it, in as many parts as it takes.
func (c *issued) bundles(t testing.TB) (paths []string) {
	t.Helper()
	compiled := registrartest.Sample(t)
	files, err := filepath.Glob(filepath.Join(vectors, "notices", "*"))
	must(t, err)
	documents := map[string][]byte{}
	for _, file := range append(files, filepath.Join(vectors, "catalogue.json")) {
		document, err := os.ReadFile(file)
		must(t, err)
		documents[statement.Digest(document)] = document
	}
	src := bundle.Source{
		Roots: c.roots, Catalogue: compiled.Catalogue, Language: "en",
		Receipts: func(from uint64, limit int) ([]*receipt.Receipt, error) {
			rest := c.receipts[min(int(from)-1, len(c.receipts)):]
			return rest[:min(limit, len(rest))], nil
		},
		Document: func(digest string) ([]byte, error) {
			if document, ok := documents[digest]; ok {
				return document, nil
			}
			return nil, fmt.Errorf("the vectors do not cite %s", digest)
		},
		Logo:  func(digest string) []byte { return documents[digest] },
		Audit: func() ([]byte, error) { return c.looked(t, c.receipts[0].Subject, 3), nil },
	}
	folder := t.TempDir()
	for from := uint64(1); from != 0; {
		var b bytes.Buffer
		next, err := bundle.Write(&b, src, from, bundle.MaxBytes)
		must(t, err)
		path := filepath.Join(folder, fmt.Sprintf("bundle-%d.zip", from))
		must(t, os.WriteFile(path, b.Bytes(), 0o600))
		paths, from = append(paths, path), next
	}
	return paths
}

// rewrite copies a bundle with entries changed; "" removes one.
func rewrite(t *testing.T, from, name string, change func(entry, content string) string) string {
	t.Helper()
	in, err := zip.OpenReader(from)
	must(t, err)
	defer in.Close()
	path := filepath.Join(t.TempDir(), name)
	f, err := os.Create(path)
	must(t, err)
	out := zip.NewWriter(f)
	for _, entry := range in.File {
		r, err := entry.Open()
		must(t, err)
		b, err := io.ReadAll(r)
		must(t, err)
		if content := change(entry.Name, string(b)); content != "" {
			w, err := out.Create(entry.Name)
			must(t, err)
			_, err = io.WriteString(w, content)
			must(t, err)
		}
	}
	must(t, out.Close())
	must(t, f.Close())
	return path
}
