package main

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"os"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// archive FILE NAME: writes a ZIP file that holds one file of that name. The name is written
// as a Go string is.
func archive(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: archive FILE NAME")
	}
	name, err := strconv.Unquote(`"` + args[1] + `"`)
	ts.Check(err)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true})
	ts.Check(err)
	_, err = w.Write([]byte("eyJubyByZWNlaXB0"))
	ts.Check(err)
	ts.Check(z.Close())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
}

// reissue FILE RECEIPT TEXT: issues the request of a receipt anew. The text, written as a Go
// string is, replaces the words of every person, as earlier versions allowed it.
func reissue(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: reissue FILE RECEIPT TEXT")
	}
	text, err := strconv.Unquote(`"` + args[2] + `"`)
	ts.Check(err)
	rec, err := load(ts.MkAbs(args[1]), nil)
	ts.Check(err)
	var request statement.RequestStatement
	ts.Check(json.Unmarshal(rec.Request[0].Value, &request))
	request.Details = text
	rec.Request, err = receipt.Disclosed(request)
	ts.Check(err)
	rec.Note, err = receipt.Disclosed(statement.Note{By: statement.RoleSubject, Text: text})
	ts.Check(err)
	authority, err := json.Marshal(map[string]string{"mandate": text, "party": text, "protocol": "drp"})
	ts.Check(err)
	rec.Actor, err = receipt.Disclosed(statement.Actor{Role: statement.RoleAttorney, ID: text, Authority: statement.Authority{RawMessage: authority}})
	ts.Check(err)
	issueAnew(ts, args[0], rec)
}

// under FILE RECEIPT CATALOGUE: issues a receipt anew that names a catalogue.
func under(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: under FILE RECEIPT CATALOGUE")
	}
	rec, err := load(ts.MkAbs(args[1]), nil)
	ts.Check(err)
	rec.Catalogue = statement.Digest([]byte(ts.ReadFile(args[2])))
	issueAnew(ts, args[0], rec)
}

// issueAnew issues a receipt with changed claims, under a root of its own.
func issueAnew(ts *testscript.TestScript, file string, rec *receipt.Receipt) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	root, err := receipt.NewRoot(key, rec.Issuer, rec.Time())
	ts.Check(err)
	signer := receipt.NewSigner((&receipt.Authority{Key: key, Issuer: rec.Issuer, Now: rec.Time}).Certify, root)
	issuer := receipt.NewIssuer(signer, rand.Reader)
	issued, err := issuer.Issue(context.Background(), &rec.Claims)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(file), []byte(issued.Raw), 0o600))
}
