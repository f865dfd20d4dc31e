package consent_test

import (
	"errors"
	"time"

	"pgregory.net/rapid"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// Signal says no to the marked purposes, except those chosen with the signal on, and those
// that are quiet already.
func (m *machine) Signal(t *rapid.T) {
	now := m.world().Now
	about := map[key]bool{}
	for p, purpose := range m.cat().Purposes {
		for _, r := range purpose.Recipients {
			about[key{p, r}] = purpose.GPC
		}
	}
	for _, l := range m.standing.Lines { // of the other catalogue's, what still holds
		until, holds := l.Lapses()
		if l.Purpose == "retired" && holds && now.Before(until) {
			about[key{l.Purpose, l.Recipient}] = true
		}
	}
	var ends []key
	for k, marked := range about {
		last, ok := m.model.inForce(k, now)
		if marked && !(ok && last.gpc) && (m.model.optOutSince(k).IsZero() || now.Format(time.DateOnly) >= m.model.quiet(k)) {
			ends = append(ends, k)
		}
	}
	e, err := m.run(t, consent.Signal{}, consent.Context{Evidence: statement.Evidence{GPC: true}})
	if err != nil || (e != nil) != (len(ends) > 0) || e != nil && len(e.Changes) != len(ends) {
		t.Fatalf("signal: event %v, error %v, to end: %v", e, err, ends)
	}
	if e == nil {
		return
	}
	m.recordNos(e)
	for _, k := range ends {
		if m.model.quiet(k) <= now.Format(time.DateOnly) {
			t.Fatalf("%v is not quiet after a signal", k)
		}
	}
	if again, err := m.run(t, consent.Signal{}, consent.Context{Evidence: statement.Evidence{GPC: true}}); again != nil || err != nil {
		t.Fatalf("the same signal again: event %v, error %v", again, err)
	}
}

func (m *machine) Ask(t *rapid.T) {
	before := len(m.standing.Requests)
	_, err := m.run(t, consent.RequestData{Type: "access"}, consent.Context{})
	if full := before >= consent.MaxRequests; full != errors.Is(err, consent.ErrCap) || (!full && len(m.standing.Requests) != before+1) {
		t.Fatalf("%d open requests: %v", before, err)
	}
}

// AskToStop asks for a restriction, objects, opts out of sale, or limits the use of
// sensitive data: each is a no at once, however many requests are open, and the model
// has one word for all.
func (m *machine) AskToStop(t *rapid.T) {
	kind := rapid.SampledFrom(statement.StoppingTypes()).Draw(t, "type")
	purpose := rapid.SampledFrom([]string{"", "alerts", "offers"}).Draw(t, "purpose")
	cmd := consent.RequestData{Type: string(kind)}
	if purpose != "" {
		cmd.Scope.Purposes = []string{purpose}
	}
	e, err := m.run(t, cmd, consent.Context{})
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	for _, l := range m.standing.Lines {
		last, inForce := m.model.inForce(key{l.Purpose, l.Recipient}, e.Standing.At)
		marked := l.Purpose != "alerts" && l.Purpose != "research"
		ends := inForce && (purpose == "" || purpose == l.Purpose)
		switch kind {
		case statement.OptOutOfSale:
			ends = inForce && marked // said to be sale: whatever was deliberate before ends too
		case statement.LimitSensitiveUse:
			ends = ends && l.Purpose == "offers" // what has data marked special
		}
		if l.State == statement.Paused && kind == statement.Objection && (purpose == "" || purpose == l.Purpose) && e.Standing.At.Before(l.Until) {
			t.Fatalf("an objection to %q left %s paused", purpose, l.Purpose)
		}
		if inForce && ends == l.InForce(e.Standing.At) {
			t.Fatalf("%s of %q: %s in force: %t, given with %+v", kind, purpose, l.Purpose, l.InForce(e.Standing.At), last)
		}
	}
	m.recordNos(e)
}

func (m *machine) TakeBack(t *rapid.T) {
	id := "never-heard-of"
	if len(m.standing.Requests) > 0 {
		id = rapid.SampledFrom(m.standing.Requests).Draw(t, "request").ID
	}
	_, err := m.run(t, consent.TakeBack{ID: id}, consent.Context{})
	if (err != nil) != (id == "never-heard-of") {
		t.Fatalf("take back %s: %v", id, err)
	}
}
