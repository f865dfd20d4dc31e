package publish_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published/publishedtest"
)

const alex = publishedtest.Alex

// desk publishes the receipts that a desk issues.
type desk struct {
	*publishedtest.Desk
	*publish.Publisher
	contacts publishedtest.Bus
	log, out bytes.Buffer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{Desk: publishedtest.NewDesk(t)}
	d.Publisher = &publish.Publisher{
		Events: d.Desk.Events, Bus: d.Desk.Bus, Contacts: &d.contacts,
		Metrics: &emf.Emitter{Out: &d.out, Now: func() time.Time { return d.Now }}, Log: slog.New(slog.NewJSONHandler(&d.log, nil)),
	}
	return d
}

// appended returns the changes by which entries were appended.
func appended(entries []ledger.Entry) (changes []ledger.Change) {
	for i, e := range entries {
		changes = append(changes, ledger.Change{Mark: fmt.Sprint(100 + i), What: ledger.Appended, Subject: e.Subject, Seq: e.Seq, Entry: e})
	}
	return changes
}
