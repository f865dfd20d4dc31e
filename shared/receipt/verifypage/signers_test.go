package verifypage_test

import (
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// TestSigners: the page and the command name every signer, each by the name in its newest
// receipt that states one, in every order of the files.
func TestSigners(t *testing.T) {
	engine(t, "esbuild")
	mine := issue(t, 1)
	first := mine.receipts[0]
	const other = "https://consent.second-example-bank.example"
	of := registrartest.NewSigning(t, other, first.Time, rand.Reader)
	second := &issued{roots: receipt.Roots{of.Root}, issuer: of.Issuer, verifier: of.Verifier}
	named := func(c *issued, issuer, name string, seq uint64, prev *receipt.Receipt, later time.Duration) *receipt.Receipt {
		claims := first.Claims
		claims.Issuer, claims.Seq, claims.IssuedAt = issuer, seq, first.Time().Add(later).Unix()
		claims.Controller = &statement.Controller{Name: name, Timezone: "Etc/UTC"}
		if prev != nil {
			claims.Prev = prev.Digest
		}
		return c.sign(t, claims)
	}
	old := named(mine, first.Issuer, "Old Name", 1, nil, 0)
	receipts := []*receipt.Receipt{old, named(mine, first.Issuer, "New Name", 2, old, time.Minute), named(second, other, "Second Bank", 1, nil, 2*time.Minute)}
	want := []string{"New Name (" + first.Issuer + ")", "Second Bank (" + other + ")"}
	roots := slices.Concat(mine.roots, second.roots)
	for range 2 {
		var files []map[string]any
		var paths []string
		folder := t.TempDir()
		for _, r := range receipts {
			path := filepath.Join(folder, r.Digest[7:]+".sd-jwt")
			must(t, os.WriteFile(path, []byte(r.Raw), 0o600))
			files, paths = append(files, map[string]any{"name": path, "content": []byte(r.Raw)}), append(paths, path)
		}
		report, err := check.Run(t.Context(), paths, check.Options{Roots: roots})
		must(t, err)
		var command, page []string
		for _, s := range report.Signers {
			command = append(command, s.Name+" ("+s.Issuer+")")
		}
		must(t, json.Unmarshal(node(t, map[string]any{"roots": string(roots.PEM()), "files": files}, filepath.Join("testdata", "signers.mjs")), &page))
		slices.Sort(page)
		if slices.Sort(command); !slices.Equal(command, want) || !slices.Equal(page, want) {
			t.Errorf("the command names %q, the page %q, want %q", command, page, want)
		}
		slices.Reverse(receipts)
	}
}
