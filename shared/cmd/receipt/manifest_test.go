package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/statement"
)

// TestManifest: the manifest is genuine, and so is each file on it. A changed file is
// noticed, and so is a changed manifest. receipt verify gives the same verdict on the
// manifest.
func TestManifest(t *testing.T) {
	const issuer = "https://consent.first-example-bank.example"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	now := func() time.Time { return scriptsNow }
	root, err := receipt.NewRoot(key, issuer, now())
	must(err)
	authority := &receipt.Authority{Key: key, Issuer: issuer, Now: now}
	file := []byte("date,amount\n2026-11-01,7\n")
	digest := sha256.Sum256(file)
	payload, err := json.Marshal(manifest.Manifest{
		Issuer: issuer, Subject: strings.Repeat("A", 43), IssuedAt: now().Unix(),
		Request: statement.Request{
			Kind: statement.KindRequest, ID: "5f3b2c0e-1d7a-4b8e-9c55-2f6d3a1b9e01", Type: statement.Access, State: statement.Completed,
			Received: now().UTC(), Due: "2026-12-23", Rule: "gdpr",
		},
		Receipts: manifest.Holding{Count: 3, Newest: "sha256:" + strings.Repeat("0a", 32), Where: issuer + "/v1/receipts/bundle"},
		Parts:    []manifest.StatedPart{{Part: statement.Part{Name: "payments.csv", MediaType: "text/csv", Digest: "sha256:" + hex.EncodeToString(digest[:]), Where: "at the branch"}, Receipt: 3}},
	})
	must(err)
	signed, err := receipt.NewSigner(authority.Certify, root).Sign(t.Context(), manifest.Type, payload, now())
	must(err)
	other, err := receipt.NewSigner(authority.Certify, root).Sign(t.Context(), "consent-offer+jwt", payload, now())
	must(err)

	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	rootFile := write("root.pem", string(receipt.Roots{root}.PEM()))
	good, good2 := write("payments.csv", string(file)), write("other.csv", string(file)+"2026-11-02,8\n")
	changed := filepath.Join(t.TempDir(), "payments.csv")
	must(os.WriteFile(changed, append(file, 'x'), 0o600))
	header, rest, _ := strings.Cut(signed, ".")
	for name, c := range map[string]struct {
		manifest string
		files    []string
		code     int
		says     string
	}{
		"alone":             {signed, nil, cli.ExitDone, "not given"},
		"with its file":     {signed + "\n", []string{good}, cli.ExitDone, "is " + good},
		"a changed file":    {signed, []string{good, good2}, cli.ExitRefused, "NOT IN THE MANIFEST"},
		"a changed list":    {header + "." + strings.Replace(rest, rest[40:44], "AAAA", 1), nil, cli.ExitRefused, "REFUSED"},
		"another token":     {other, nil, cli.ExitRefused, "REFUSED"},
		"the API's JSON":    {`{"iss":"x","manifest":"` + signed + `","parts":[]}`, []string{good}, cli.ExitDone, "is " + good},
		"a changed JSON":    {`{"manifest":"` + signed + `A"}`, nil, cli.ExitRefused, "REFUSED"},
		"other JSON":        {`{"receipts":[]}`, nil, cli.ExitUsage, "Accept: application/jose"},
		"a part of JSON":    {`{"manifest":"` + signed, nil, cli.ExitUsage, "Accept: application/jose"},
		"a receipt":         {signed + "~", nil, cli.ExitUsage, "receipt verify"},
		"no token":          {"x", nil, cli.ExitUsage, "not a signed manifest"},
		"a file that isn't": {signed, []string{filepath.Join(dir, "none")}, cli.ExitUsage, ""},
	} {
		var out bytes.Buffer
		code := run(nil, &out, &out, append([]string{"manifest", "--root", rootFile, write("manifest.jws", c.manifest)}, c.files...)...)
		if code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("%s: exit %d\n%s", name, code, &out)
		}
	}
	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"verified":          {[]string{"--root", rootFile, write("manifest.jws", signed)}, cli.ExitDone, "1 checked, 0 failed: genuine\n"},
		"named":             {[]string{"--root", rootFile, write("manifest.json", `{"manifest":"`+signed+`"}`)}, cli.ExitDone, "the manifest of an answer, and no receipt: access, asked on"},
		"not confirmed":     {[]string{write("manifest.jws", signed), rootFile}, cli.ExitConsistent, receipt.Fingerprint(root)},
		"a changed list":    {[]string{"--root", rootFile, write("changed.jws", header+"."+strings.Replace(rest, rest[40:44], "AAAA", 1))}, cli.ExitRefused, "CHANGED"},
		"with its file":     {[]string{"--root", rootFile, write("manifest.jws", signed), good}, cli.ExitDone, "answer to request 5f3b2c0e, receipt 3: payments.csv (text/csv, 0 bytes, sha256:" + hex.EncodeToString(digest[:]) + "): it is " + good},
		"without it":        {[]string{"--root", rootFile, write("manifest.jws", signed)}, cli.ExitDone, "): not given here"},
		"a changed file":    {[]string{"--root", rootFile, write("manifest.jws", signed), changed}, cli.ExitRefused, changed + ": CHANGED: it has the name of a file that a receipt or a manifest names, and another content"},
		"both":              {[]string{"--root", rootFile, changed, good, write("manifest.jws", signed)}, cli.ExitRefused, "): it is " + good},
		"a file of none":    {[]string{"--root", rootFile, write("manifest.jws", signed), good2}, cli.ExitDone, good2 + ": no receipt here"},
		"not confirmed too": {[]string{write("manifest.jws", signed), good}, cli.ExitConsistent, good + ": consistent"},
		"as JSON":           {[]string{"--root", rootFile, "--json", write("manifest.jws", signed), changed}, cli.ExitRefused, `"changed": true`},
		"a manifest as one": {[]string{"--root", rootFile, "--json", write("manifest.jws", signed)}, cli.ExitDone, `"verdict": "genuine"`},
	} {
		var out bytes.Buffer
		if code := run(nil, &out, &out, append([]string{"verify"}, c.args...)...); code != c.code || !strings.Contains(out.String(), c.says) {
			t.Errorf("verify, %s: exit %d\n%s", name, code, &out)
		}
	}
	var out bytes.Buffer
	for _, args := range [][]string{{rootFile}, {"--root", receipt.Fingerprint(root), write("manifest.jws", signed)}} {
		if code := run(nil, &out, &out, append([]string{"manifest"}, args...)...); code != cli.ExitUsage {
			t.Errorf("%v: exit %d", args, code)
		}
	}
}
