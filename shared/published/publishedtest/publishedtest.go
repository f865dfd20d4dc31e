// Package publishedtest issues receipts for tests of what is published of them.
package publishedtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

// Alex is a pseudonym.
const Alex = "alexaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

// Opened is when the desk opens.
var Opened = registrartest.Begin

// Desk issues by a registrar on the embedded ledger, at a moment that the test sets, and
// has a bus.
type Desk struct {
	Registrar *registrar.Registrar
	Events    *published.Events
	Bus       *Bus
	Now       time.Time
}

// NewDesk opens a desk under a root of its own.
func NewDesk(t testing.TB) *Desk {
	t.Helper()
	d := &Desk{Now: Opened, Bus: &Bus{}}
	d.Registrar = registrartest.New(t, registrartest.Setup{Now: func() time.Time { return d.Now }}).Registrar
	d.Events = &published.Events{Verifier: d.Registrar.Verifier, Issuer: d.Registrar.Catalogue.Issuer()}
	return d
}

var must = errtest.None

// story is the sample story as far as producers and the HTTP API can tell it,
// an hour apart.
var story = []consent.Command{
	consent.OptIn{Choices: []consent.Choice{
		{Purpose: "account-alerts", Answer: "yes"}, {Purpose: "service-improvement", Answer: "yes"}, {Purpose: "card-offers", Answer: "no"},
	}},
	consent.OptOut{Purposes: []string{"service-improvement", "telepathy"}, Reason: "Alex's own words"},
	consent.RequestData{Type: "access", Details: "Alex's own words"},
	consent.OptOut{All: true},
	consent.Erase{},
}

// Tell plays the story and returns the entries.
func (d *Desk) Tell(t testing.TB, subject string) []ledger.Entry {
	t.Helper()
	ctx := context.Background()
	person := consent.Context{
		Actor:    statement.Actor{Role: statement.RoleSubject},
		Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
	}
	for i, command := range story {
		_, err := d.Registrar.Do(ctx, ledger.Person(subject), fmt.Sprint("key", i), command, person)
		must(t, err)
		d.Now = d.Now.Add(time.Hour)
	}
	entries, err := d.Registrar.Store.List(ctx, ledger.Person(subject), 1, 100)
	must(t, err)
	return entries
}

// Bus keeps what was put on it, and refuses what it is told to.
type Bus struct {
	Refuse func(event string) bool // may be nil
	Taken  []string
}

// Put implements published.Bus.
func (b *Bus) Put(_ context.Context, events [][]byte) []error {
	errs := make([]error, len(events))
	for i, e := range events {
		if b.Refuse != nil && b.Refuse(string(e)) {
			errs[i] = errors.New("the bus is full")
			continue
		}
		b.Taken = append(b.Taken, string(e))
	}
	return errs
}

// Event is one, as a consumer reads it.
type Event struct {
	ID, Subject string
	Data        struct {
		Seq     uint64
		Event   string
		Changes []struct{ Purpose, Recipient, From, To string }
	}
}

// Read reads what is on the bus, after checking each event against the schema.
func (b *Bus) Read(t testing.TB) (out []Event) {
	t.Helper()
	for _, event := range b.Taken {
		must(t, contracts.CheckJSON("published/1", []byte(event)))
		if strings.Contains(event, "words") || strings.Contains(event, "telepathy") {
			t.Errorf("somebody's own words are in %s", event)
		}
		var p Event
		must(t, json.Unmarshal([]byte(event), &p))
		out = append(out, p)
	}
	return out
}
