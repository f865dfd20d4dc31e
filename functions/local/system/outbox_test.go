package system

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// watched is a store that tells when an entry has been appended, and nobody knows yet.
type watched struct {
	ledger.Store
	appended func()
}

func (w watched) Append(ctx context.Context, e ledger.Entry) error {
	err := w.Store.Append(ctx, e)
	w.appended()
	return err
}

// TestOutboxCrash: a machine that goes down right after an entry was appended tells of it
// when it is up again.
func TestOutboxCrash(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	clock, log := func() time.Time { return now }, slog.New(slog.NewJSONHandler(io.Discard, nil))
	dir, after := t.TempDir(), filepath.Join(t.TempDir(), "after")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sys, err := Open(t.Context(), dir, clock, log)
	must(err)
	t.Cleanup(func() { must(sys.Close()) })
	api, err := sys.Protocols()
	must(err)
	_, err = api.Counter.Open(t.Context(), counter.Request{
		Origin: counter.Origin{Party: counter.Party{Protocol: counter.OpenDSR, ID: sampleBankID}, ID: "one", Callbacks: []string{"https://controller.example/"}},
		Key:    "one", Type: statement.Access, CustomerID: SamplePerson,
	})
	must(err)
	subject, err := sys.API.Pseudonyms.Of(SamplePerson)
	must(err)
	standing, err := sys.API.Registrar.Standing(t.Context(), subject)
	must(err)
	store := sys.API.Registrar.Store.(announcing)
	store.Store = watched{store.Store, func() { must(os.CopyFS(after, os.DirFS(dir))) }}
	sys.API.Registrar.Store = store
	_, err = sys.API.Registrar.Do(t.Context(), subject, "start", consent.AdvanceRequest{ID: standing.Requests[0].ID, Act: datarequest.Start, Case: "C-1"}, consent.Context{
		Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
	})
	must(err)

	again, err := Open(t.Context(), after, clock, log)
	must(err)
	t.Cleanup(func() { must(again.Close()) })
	now = now.Add(grace)
	all := again.Outbox.all()
	if len(all) != 1 || !all[0].State.Due(now) {
		t.Fatalf("kept: %+v", all)
	}
	teller, err := again.Outbox.teller()
	must(err)
	notices, err := teller.Notices(t.Context(), *all[0].News)
	must(err)
	if len(notices) != 1 {
		t.Fatalf("%+v", notices)
	}
	if _, current, err := teller.Message(t.Context(), notices[0]); err != nil || !current {
		t.Errorf("it is told: %t, %v", current, err)
	}
}
