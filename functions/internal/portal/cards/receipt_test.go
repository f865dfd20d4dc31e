package cards_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/portaltest"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// TestTell tells what no vector has: a late no, a no by a privacy signal, and a correction.
func TestTell(t *testing.T) {
	s := portaltest.New(t)
	rec, err := cards.Parse(s.API.Receipt(3))
	if err != nil {
		t.Fatal(err)
	}
	rec.Event.Late = true
	rec.Event.Corrects = &statement.Correction{Seq: 3, Why: "Wrong form."}
	rec.Changes, err = receipt.Disclosed(statement.Change{Purpose: "card-offers", Recipient: "parley", From: "given", To: "withdrawn", Cause: "gpc"},
		statement.Change{ConsentID: "unknown", From: "none", To: "none"})
	if err != nil {
		t.Fatal(err)
	}
	house, err := shell.New(shell.Config{
		BaseURL: portaltest.Base, SessionKey: make([]byte, 32), API: &http.Client{Transport: s.API}, OIDC: http.DefaultClient,
		Now: func() time.Time { return portaltest.Now }, Rand: rand.Reader, Languages: []string{"en"},
	})
	if err != nil {
		t.Fatal(err)
	}
	serve, err := house.Mount(http.NewServeMux(), shell.Realm{Client: shell.Client{Issuer: s.Issuer.URL, ID: "portal"}, Files: []fs.FS{cards.Files}, Words: []fs.FS{wording.Cards}})
	if err != nil {
		t.Fatal(err)
	}
	var got cards.Receipt
	var entry cards.Entry
	serve(func(v *shell.Visit) error {
		entry, err = cards.EntryOf(v, rec)
		var failed error
		got, failed = cards.Tell(v, rec)
		err = errors.Join(err, failed)
		return nil
	}).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", portaltest.Base, nil))
	if err != nil || !strings.HasPrefix(entry.Late, "This no reached us late") || entry.Changes[0].Verb != "Withdrawn" ||
		entry.Changes[1].Purpose != "unknown" || got.Corrects != 3 || entry.Mark != page.MarkEnd || !slices.ContainsFunc(got.Document.About, func(r page.Row) bool { return slices.Equal(r.Quoted, []string{"Wrong form."}) }) {
		t.Errorf("%+v, %+v, %v", entry, got, err)
	}
}
