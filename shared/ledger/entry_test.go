package ledger_test

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

func TestEntryValidate(t *testing.T) {
	good := ledger.Entry{
		Subject: ledger.Person(id),
		Seq:     1,
		Receipt: "e30.e30.e30~",
		Key:     [32]byte{1},
		Command: [32]byte{2},
	}
	for name, test := range map[string]struct {
		change func(*ledger.Entry)
		ok     bool
	}{
		"as it should be":     {func(*ledger.Entry) {}, true},
		"last slot":           {func(e *ledger.Entry) { e.Seq = ledger.MaxSeq }, true},
		"largest receipt":     {func(e *ledger.Entry) { e.Receipt = strings.Repeat("r", ledger.MaxReceipt) }, true},
		"no subject":          {func(e *ledger.Entry) { e.Subject = ledger.Subject{} }, false},
		"an audit ledger's":   {func(e *ledger.Entry) { e.Subject = ledger.Audit(id) }, true},
		"a day's":             {func(e *ledger.Entry) { e.Subject = ledger.Day(id) }, true},
		"a contact's":         {func(e *ledger.Entry) { e.Subject, e.Due = ledger.Contact(id), "2028-02-29" }, true},
		"an audit ledger due": {func(e *ledger.Entry) { e.Subject, e.Due = ledger.Audit(id), "2028-02-29" }, false},
		"a day due":           {func(e *ledger.Entry) { e.Subject, e.Due = ledger.Day(id), "2028-02-29" }, false},
		"an item of a day": {func(e *ledger.Entry) {
			e.Subject, e.Listing = ledger.Day(id), ledger.Listing{Month: "2026-11", Text: "{}"}
		}, false},
		"a case's": {func(e *ledger.Entry) {
			e.Subject, e.Listing = ledger.Case(ledger.Person(id), request), ledger.Listing{Month: "2026-11", Text: "{}"}
		}, true},
		"a case due":          {func(e *ledger.Entry) { e.Subject, e.Due = ledger.Case(ledger.Person(id), request), "2028-02-29" }, false},
		"no slot":             {func(e *ledger.Entry) { e.Seq = 0 }, false},
		"after the last":      {func(e *ledger.Entry) { e.Seq = ledger.MaxSeq + 1 }, false},
		"no receipt":          {func(e *ledger.Entry) { e.Receipt = "" }, false},
		"too large":           {func(e *ledger.Entry) { e.Receipt = strings.Repeat("r", ledger.MaxReceipt+1) }, false},
		"receipt not text":    {func(e *ledger.Entry) { e.Receipt = "\xff" }, false},
		"no key":              {func(e *ledger.Entry) { e.Key = [32]byte{} }, false},
		"no command's digest": {func(e *ledger.Entry) { e.Command = [32]byte{} }, false},
		"an item":             {func(e *ledger.Entry) { e.Listing = ledger.Listing{Month: "2026-11", Text: "{}"} }, true},
		"an item of no month": {func(e *ledger.Entry) { e.Listing = ledger.Listing{Text: "{}"} }, false},
		"an item of month 13": {func(e *ledger.Entry) { e.Listing = ledger.Listing{Month: "2026-13", Text: "{}"} }, false},
		"an item of nothing":  {func(e *ledger.Entry) { e.Listing = ledger.Listing{Month: "2026-11"} }, false},
		"a long line":         {func(e *ledger.Entry) { e.Listing = ledger.Listing{Month: "2026-11", Text: strings.Repeat("x", 1025)} }, false},
		"sealed":              {func(e *ledger.Entry) { e.Sealed = strings.Repeat("\xff", ledger.MaxSealed) }, true},
		"sealed at length":    {func(e *ledger.Entry) { e.Sealed = strings.Repeat("s", ledger.MaxSealed+1) }, false},
		"an audit's sealed":   {func(e *ledger.Entry) { e.Subject, e.Sealed = ledger.Audit(id), "s" }, false},
		"a day sealed":        {func(e *ledger.Entry) { e.Subject, e.Sealed = ledger.Day(id), "s" }, false},
		"due on a day":        {func(e *ledger.Entry) { e.Due = "2028-02-29" }, true},
		"due on no day":       {func(e *ledger.Entry) { e.Due = "2027-02-29" }, false},
		"due at a time":       {func(e *ledger.Entry) { e.Due = "2027-02-28T00:00:00Z" }, false},
		"due in another form": {func(e *ledger.Entry) { e.Due = "2027-2-28" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := good
			test.change(&e)
			verdict(t, e.Validate(), test.ok)
		})
	}
}

func TestDocumentValidate(t *testing.T) {
	body := []byte("what we ask of you")
	good := ledger.Document{Digest: statement.Digest(body), MediaType: "text/plain; charset=utf-8", Body: body}
	for name, test := range map[string]struct {
		change func(*ledger.Document)
		ok     bool
	}{
		"as it should be": {func(*ledger.Document) {}, true},
		"largest": {func(d *ledger.Document) {
			d.Body = make([]byte, ledger.MaxDocument)
			d.Digest = statement.Digest(d.Body)
		}, true},
		"too large": {func(d *ledger.Document) {
			d.Body = make([]byte, ledger.MaxDocument+1)
			d.Digest = statement.Digest(d.Body)
		}, false},
		"empty":              {func(d *ledger.Document) { d.Body, d.Digest = nil, statement.Digest(nil) }, false},
		"no media type":      {func(d *ledger.Document) { d.MediaType = "" }, false},
		"long media type":    {func(d *ledger.Document) { d.MediaType = strings.Repeat("m", 256) }, false},
		"media type no text": {func(d *ledger.Document) { d.MediaType = "\xff" }, false},
		"another's digest":   {func(d *ledger.Document) { d.Digest = statement.Digest([]byte("else")) }, false},
		"upper case digest":  {func(d *ledger.Document) { d.Digest = strings.ToUpper(d.Digest) }, false},
		"no digest":          {func(d *ledger.Document) { d.Digest = "" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := good
			test.change(&d)
			verdict(t, d.Validate(), test.ok)
		})
	}
}

func verdict(t *testing.T, err error, ok bool) {
	t.Helper()
	if ok && err != nil {
		t.Errorf("refused: %v", err)
	}
	if !ok && !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("error %v, want ErrInvalid", err)
	}
}
