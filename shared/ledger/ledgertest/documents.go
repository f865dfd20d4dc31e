package ledgertest

import (
	"bytes"
	"context"
	"testing"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

func documentIs(t *testing.T, b Backend, want ledger.Document) {
	t.Helper()
	got, err := b.Documents.Document(t.Context(), want.Digest)
	if err != nil {
		t.Fatalf("Document: %v", err)
	}
	if got.Digest != want.Digest || got.MediaType != want.MediaType || !bytes.Equal(got.Body, want.Body) {
		t.Fatalf("Document: got %.20q, %q, %d bytes, not what was put", got.Digest, got.MediaType, len(got.Body))
	}
}

func put(t *testing.T, b Backend, d ledger.Document) {
	t.Helper()
	if err := b.Documents.PutDocument(t.Context(), d); err != nil {
		t.Fatalf("PutDocument: %v", err)
	}
}

func documentFirstWins(t *testing.T, b Backend) {
	first, other := Document(1000), Document(1000)
	put(t, b, first)
	put(t, b, other)
	put(t, b, first)
	second := first
	second.MediaType = "text/html"
	is(t, "PutDocument", b.Documents.PutDocument(t.Context(), second), ledger.ErrConflict)
	documentIs(t, b, first)
	documentIs(t, b, other)
}

func documentRace(t *testing.T, b Backend) {
	d := Document(2000)
	var errs [racers]error
	together(racers, func(i int) { errs[i] = b.Documents.PutDocument(t.Context(), d) })
	for _, err := range errs {
		if err != nil {
			t.Fatalf("PutDocument of one and the same document: %v", err)
		}
	}
	documentIs(t, b, d)
}

func documentNone(t *testing.T, b Backend) {
	put(t, b, Document(10))
	for _, digest := range []string{statement.Digest(random(10)), "sha256:", "nonsense", ""} {
		_, err := b.Documents.Document(t.Context(), digest)
		is(t, "Document", err, ledger.ErrNotFound)
	}
}

func documentLarge(t *testing.T, b Backend) {
	d := Document(ledger.MaxDocument)
	put(t, b, d)
	documentIs(t, b, d)
}

func documentDoesNotAlias(t *testing.T, b Backend) {
	d := Document(5000)
	given := d
	given.Body = bytes.Clone(d.Body)
	put(t, b, given)
	clear(given.Body)
	documentIs(t, b, d)

	got, err := b.Documents.Document(t.Context(), d.Digest)
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		put(t, b, Document(100_000))
	}
	if !bytes.Equal(got.Body, d.Body) {
		t.Fatal("the body changed after it was read")
	}
	clear(got.Body)
	documentIs(t, b, d)
}

func documentInvalid(t *testing.T, b Backend) {
	d := Document(100)
	wrong := d
	wrong.Body = random(100) // would take the place of the right one, for ever
	is(t, "PutDocument under another's digest", b.Documents.PutDocument(t.Context(), wrong), ledger.ErrInvalid)
	_, err := b.Documents.Document(t.Context(), d.Digest)
	is(t, "Document", err, ledger.ErrNotFound)
	put(t, b, d)

	is(t, "PutDocument over the limit", b.Documents.PutDocument(t.Context(), Document(ledger.MaxDocument+1)), ledger.ErrInvalid)
}

func documentContextEnded(t *testing.T, b Backend) {
	d := Document(100)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	put := b.Documents.PutDocument(ctx, d)
	_, read := b.Documents.Document(ctx, d.Digest)
	for what, err := range map[string]error{"PutDocument": put, "Document": read} {
		is(t, what, err, ledger.ErrUnavailable)
		is(t, what, err, context.Canceled)
	}
	_, err := b.Documents.Document(t.Context(), d.Digest)
	is(t, "Document", err, ledger.ErrNotFound)
}
