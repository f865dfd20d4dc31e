package dailyreport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/banktest"
	"consent-receipts/functions/internal/dailyreport"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/ledgertest"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// listings is a docket with the items of one person.
type listings struct {
	of    ledger.Subject
	items []docket.Item
}

func (l listings) Listings(_ context.Context, month string, shard int) (out []ledger.Listed, err error) {
	for n, i := range l.items {
		if e := i.Listing(); e.Month == month && l.of.Shard() == shard {
			out = append(out, ledger.Listed{Subject: l.of, Seq: uint64(n + 1), Text: e.Text})
		}
	}
	return out, nil
}

// TestHandle: the files and the mail say the same, name requests and nobody, and take what an own
// rule may be called as text.
func TestHandle(t *testing.T) {
	bank, _ := banktest.Open(t).Registrar.Catalogue.Current()
	received := noon.AddDate(0, -2, 0)
	kept := listings{ledgertest.Subject(), []docket.Item{
		{ID: "6f1c0a52-0000-4000-8000-000000000001", Type: "erasure", Rule: "gdpr", State: "received", Received: received, Due: "2026-11-28", At: received},
		{ID: "6f1c0a52-0000-4000-8000-000000000002", Type: "access", Rule: "<b>own", State: "received", Received: noon, Due: "2026-12-02", At: noon},
	}}
	files, mails := map[string]string{}, []string{}
	h := &dailyreport.Handler{
		Docket: kept, Catalogue: bank, Desk: "https://consent.bank.example", Clock: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Put: func(_ context.Context, key, media string, body []byte) error {
			files[key] = media + "\n" + string(body)
			return nil
		},
		Publish: func(_ context.Context, subject, text string) error {
			mails = append(mails, subject+"\n"+text)
			return nil
		},
	}
	for range 2 {
		if err := h.Handle(t.Context(), events.SQSEvent{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) != 4 || len(mails) != 2 {
		t.Fatalf("%d files, %d mails", len(files), len(mails))
	}
	for key, parts := range map[string][]string{
		"report.html":  {"text/html; charset=utf-8\n<!DOCTYPE html>", "As of 30 November 2026.", "6f1c0a52", "2 days late", "&lt;b&gt;own", "2026-09", "https://consent.bank.example/desk/requests?state=overdue"},
		"by-rule.csv":  {"text/csv; charset=utf-8\ntype,rule,received,", "erasure,gdpr,1,0,0,0,0,0,1,1,0,0"},
		"by-month.csv": {"\n2026-09,1,", "\n2026-10,0,", "\n2026-11,1,"},
		"pressing.csv": {"6f1c0a52-0000-4000-8000-000000000001,erasure,gdpr,2026-11-28,-2"},
	} {
		for _, part := range parts {
			if body := files[dailyreport.Folder+"2026-11-30/"+key]; !strings.Contains(body, part) {
				t.Errorf("%s lacks %q:\n%s", key, part, body)
			}
		}
	}
	for _, part := range []string{"Data requests, 2026-11-30: 1 of 2 overdue\n", "28 November 2026 (2 days late): Delete the data 6f1c0a52, GDPR"} {
		if !strings.Contains(mails[0], part) {
			t.Errorf("the mail lacks %q:\n%s", part, mails[0])
		}
	}
	for name, text := range files {
		if strings.Contains(text, kept.of.ID()) {
			t.Errorf("%s names a person", name)
		}
	}
	if strings.Contains(mails[0], kept.of.ID()) {
		t.Error("the mail names a person")
	}
}

// TestFails: what could not be handed over is an error, so that it comes again; a page is not
// published of what was not kept.
func TestFails(t *testing.T) {
	bank, _ := banktest.Open(t).Registrar.Catalogue.Current()
	var done []string
	broken := errors.New("broken")
	for _, fails := range []string{"", "put", "publish"} {
		done = nil
		act := func(name string) error {
			done = append(done, name)
			if name == fails {
				return fmt.Errorf("%s: %w", name, broken)
			}
			return nil
		}
		h := &dailyreport.Handler{
			Docket: listings{of: ledgertest.Subject()}, Catalogue: bank, Clock: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Put:     func(context.Context, string, string, []byte) error { return act("put") },
			Publish: func(context.Context, string, string) error { return act("publish") },
		}
		if err := h.Handle(t.Context(), events.SQSEvent{}); errors.Is(err, broken) != (fails != "") || fails == "put" && slices.Contains(done, "publish") {
			t.Errorf("%q fails: %v after %v", fails, err, done)
		}
	}
	if err := (&dailyreport.Handler{}).Handle(t.Context(), events.SQSEvent{}); !errors.Is(err, dailyreport.ErrNowhere) {
		t.Errorf("without a place: %v", err)
	}
}
