package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/manifest"
)

// maxManifestFile bounds what a manifest lies in: the API's JSON says it in clear too.
const maxManifestFile = 3 * manifest.MaxBytes

// manifest verifies the signed manifest of the answer to a request for data, and the
// files that somebody got with it.
func (c *command) manifest(args []string) (int, error) {
	f := c.flags("manifest")
	var roots list
	f.Var(&roots, "root", "root certificate (PEM file)")
	if err := f.Parse(args); err != nil {
		return 0, errUsage
	}
	if f.NArg() < 1 || len(roots) == 0 {
		fmt.Fprintln(c.stderr, "usage: receipt manifest --root FILE MANIFEST [FILE...]")
		return 0, errUsage
	}
	m, err := readManifest(f.Arg(0), roots)
	if _, refused := receipt.AsRefusal(err); refused {
		fmt.Fprintf(c.stdout, "REFUSED: %s\n", told(err))
		return exitRefused, nil
	}
	if err != nil {
		return 0, err
	}
	there, err := digests(f.Args()[1:])
	if err != nil {
		return 0, err
	}
	fmt.Fprintf(c.stdout, "genuine: %s, asked on %s, %s; as of %s\n", m.Request.Type, m.Request.Received.Format(time.DateOnly), m.Request.State,
		m.Time().Format(time.RFC3339))
	fmt.Fprintf(c.stdout, "receipts: %d, the newest %s, at %s\n", m.Receipts.Count, m.Receipts.Newest, m.Receipts.Where)
	table := tabwriter.NewWriter(c.stdout, 0, 0, 2, ' ', 0)
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
		fmt.Fprintf(c.stdout, "%s: NOT IN THE MANIFEST, or changed\n", freetext.Inline(name))
	}
	if len(there) > 0 {
		return exitRefused, nil
	}
	return exitGenuine, nil
}

// readManifest verifies a manifest under roots that were given.
func readManifest(name string, roots []string) (*manifest.Manifest, error) {
	options, err := trust(roots)
	if err != nil {
		return nil, err
	}
	if len(options.Roots) == 0 {
		return nil, errors.New("--root: give the root certificate itself, a PEM file")
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxManifestFile+1))
	if err != nil {
		return nil, err
	}
	verifier, err := receipt.NewVerifier(options.Roots...)
	if err != nil {
		return nil, err
	}
	token, err := signedManifest(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return manifest.Verify(verifier, token)
}

// signedManifest finds the signed manifest in a file: alone, as the API answers it with
// Accept: application/jose, or in its JSON.
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
