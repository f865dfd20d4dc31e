package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/manifest"
)

// maxManifestFile bounds the file that has a manifest, in bytes. The API's JSON repeats the
// content of the manifest in clear.
const maxManifestFile = 3 * manifest.MaxBytes

const manifestHelp = `receipt manifest --root FILE MANIFEST [FILE...]
    verifies the signed list of what an answer to a request for data consists
    of, and compares files with it. MANIFEST is what
    GET /v1/data-requests/{id}/manifest gives as application/jose.
    exit 0  genuine, and every file is in it
         1  refused, or a file is not in it or was changed
         2  wrong usage, or files that cannot be read
`

// manifest verifies the signed manifest of the answer to a request for data, and the
// files that somebody got with it.
func (c *command) manifest(_ context.Context, f *cli.Flags) (int, error) {
	var roots cli.List
	f.Var(&roots, "root", "root certificate (PEM file)")
	if err := f.Parse(1, cli.Any); err != nil {
		return 0, err
	}
	m, err := readManifest(f.Arg(0), roots)
	if _, refused := receipt.AsRefusal(err); refused {
		fmt.Fprintf(c.Stdout, "REFUSED: %s\n", cli.Told(err))
		return cli.ExitRefused, nil
	}
	if err != nil {
		return 0, err
	}
	there, err := digests(f.Args()[1:])
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(c.Stdout, "genuine: %s\n", cli.Answer(m))
	fmt.Fprintf(c.Stdout, "receipts: %d, the newest %s, at %s\n", m.Receipts.Count, m.Receipts.Newest, m.Receipts.Where)
	table := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, p := range m.Parts {
		what := "not given"
		if name, ok := there[p.Digest]; ok {
			what = "is " + freetext.Inline(name)
			delete(there, p.Digest)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", freetext.Inline(p.Name), freetext.Inline(p.MediaType), freetext.Inline(p.Where), what)
	}
	if err := table.Flush(); err != nil {
		return 0, err
	}
	for _, name := range there {
		fmt.Fprintf(c.Stdout, "%s: NOT IN THE MANIFEST, or changed\n", freetext.Inline(name))
	}
	if len(there) > 0 {
		return cli.ExitRefused, nil
	}
	return cli.ExitDone, nil
}

// readManifest verifies a manifest under roots that were given.
func readManifest(name string, roots []string) (*manifest.Manifest, error) {
	verifier, _, err := cli.Verifier(roots)
	if err != nil {
		return nil, err
	}
	b, err := cli.ReadAtMost(name, maxManifestFile)
	if err != nil {
		return nil, err
	}
	token, err := signedManifest(b)
	if err != nil {
		return nil, &check.FileError{Name: name, Err: err}
	}
	return manifest.Verify(verifier, token)
}

// signedManifest finds the signed manifest in a file. The file is the manifest, as the API
// answers with Accept: application/jose, or JSON that contains it.
func signedManifest(b []byte) (string, error) {
	token := strings.TrimSpace(string(b))
	if strings.HasPrefix(token, "{") {
		var answer struct {
			Signed string `json:"manifest"`
		}
		if err := json.Unmarshal(b, &answer); err != nil || answer.Signed == "" {
			return "", errors.New(`JSON without a signed "manifest": get it with Accept: application/jose`)
		}
		token = answer.Signed
	}
	switch {
	case strings.Contains(token, "~"):
		return "", errors.New("a receipt, not a manifest: receipt verify checks it")
	case strings.Count(token, ".") != 2 || strings.ContainsAny(token, " \t\r\n"):
		return "", errors.New("not a signed manifest (a compact JWS): get it with Accept: application/jose")
	}
	return token, nil
}

// digests names files by their digests.
func digests(names []string) (map[string]string, error) {
	by := map[string]string{}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		h := sha256.New()
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		by["sha256:"+hex.EncodeToString(h.Sum(nil))] = name
	}
	return by, nil
}
