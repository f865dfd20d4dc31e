package consent_test

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"pgregory.net/rapid"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/period"
	"consent-receipts/shared/statement"
)

// The model is deliberately naive: it keeps the log of every word that counted
// and answers each question by reading the whole log again. It knows no lines,
// no watermarks and no fence.
type word struct {
	seq       uint64
	at        time.Time // when it was recorded
	effective time.Time // of a yes: when it happened
	key       key       // the zero key: everything
	yes       bool
	narrowing bool
	data      []string
	until     time.Time
	id        string
	gpc       bool // a yes with the signal on
	erasure   bool
	quiet     string // of a no: the first date on which they may be asked again
	optOut    bool   // a no that is an opt-out of sale and sharing
	paused    bool   // a no that only pauses
	again     bool   // a signal's no to what was a no already: the line stays as it is
}

type key struct{ purpose, recipient string }

type model struct {
	log []word
}

// about returns the words about a line, those about everything included.
func (m *model) about(k key) (out []word) {
	for _, w := range m.log {
		if w.key == k || w.key == (key{}) {
			out = append(out, w)
		}
	}
	return out
}

// standing returns the last decision on a line; it determines the state.
func (m *model) inForce(k key, t time.Time) (word, bool) {
	var last word
	for _, w := range m.about(k) {
		last = w
	}
	return last, last.yes && t.Before(last.until)
}

// counts says whether an opt-in event may count: it happened later than every
// no and narrowing was recorded, and than every yes that counted.
func (m *model) counts(k key, when time.Time) bool {
	for _, w := range m.about(k) {
		if w.yes && !w.narrowing && !when.After(w.effective) {
			return false
		}
		if (!w.yes || w.narrowing) && !when.After(w.at) {
			return false
		}
	}
	return true
}

// quiet returns the first date on which the person may be asked again, or "".
func (m *model) quiet(k key) (until string) {
	for _, w := range m.about(k) {
		if until = max(until, w.quiet); w.yes || w.erasure {
			until = ""
		}
	}
	return until
}

// optOutSince returns the moment since which an opt-out of sale and sharing is in force.
func (m *model) optOutSince(k key) (since time.Time) {
	for _, w := range m.about(k) {
		switch {
		case w.yes, w.erasure:
			since = time.Time{}
		case w.optOut && since.IsZero():
			since = w.at
		}
	}
	return since
}

func (m *model) staleSince(k key, seq uint64) bool {
	return slices.ContainsFunc(m.about(k), func(w word) bool { return w.seq > seq && !w.again })
}

// refused reports whether the last word about a line of the standing is a no.
func (m *model) refused(k key) bool {
	line, no := false, false
	for _, w := range m.about(k) {
		line, no = !w.erasure && (line || w.key == k), !w.yes && !w.paused
	}
	return line && no
}

// machine runs commands against Decide and the model side by side.
type machine struct {
	now        time.Time
	standing   statement.Standing
	model      model
	offers     []consent.Offer
	catalogues map[string]*catalogue.Catalogue
	current    string
	ids        int
	seenIDs    []string
	folded     map[key]statement.Line
	events     []*consent.Event // that can be annulled
}

func (m *machine) world() consent.World {
	now := m.now
	if now.Before(m.standing.At) {
		now = m.standing.At
	}
	return consent.World{
		Now: now, Subject: "subject", Current: m.current, Catalogues: m.catalogues,
		NewID: func() string {
			m.ids++
			id := fmt.Sprintf("id-%d", m.ids)
			m.seenIDs = append(m.seenIDs, id)
			return id
		},
	}
}

func (m *machine) cat() *catalogue.Catalogue { return m.catalogues[m.current] }

// run decides, and checks what must hold after every event.
func (m *machine) run(t *rapid.T, cmd consent.Command, c consent.Context) (*consent.Event, error) {
	if c.Actor.Role == "" {
		c.Actor.Role = statement.RoleSubject
	}
	if c.Evidence.Level == "" {
		c.Evidence.Level = statement.EvidenceAuthenticated
	}
	before := m.standing
	event, err := consent.Decide(before, cmd, c, m.world())
	if err != nil {
		if !consent.IsRefusal(err) {
			t.Fatalf("%s: not a typed refusal: %v", cmd.Operation(), err)
		}
		if event != nil {
			t.Fatalf("%s: refused, and yet an event", cmd.Operation())
		}
		return nil, err
	}
	if event == nil {
		return nil, nil
	}
	after := event.Standing
	if after.Seq != before.Seq+1 || after.At.Before(before.At) {
		t.Fatalf("%s: entry %d at %s after entry %d at %s", cmd.Operation(), after.Seq, after.At, before.Seq, before.At)
	}
	if len(after.Lines) > consent.MaxLines || len(after.Requests) > consent.MaxRequests+len(statement.StoppingTypes()) {
		t.Fatalf("caps passed: %d lines, %d requests", len(after.Lines), len(after.Requests))
	}
	gives := event.Type == statement.EventOptIn || event.Type == statement.EventImport
	for _, l := range after.Lines {
		old := before.Line(l.Purpose, l.Recipient)
		if l.InForce(after.At) && (old == nil || !old.InForce(after.At)) && !gives {
			t.Fatalf("%s brought %s back", event.Type, l.Purpose)
		}
		if l.InForce(after.At) && old != nil && old.InForce(after.At) && !gives {
			if extra := missing(l.Data, old.Data); extra != nil || l.Until.After(old.Until) {
				t.Fatalf("%s widened %s", event.Type, l.Purpose)
			}
		}
	}
	m.fold(event)
	m.standing = after
	m.events = append(m.events, event)
	return event, nil
}

// fold applies an event's changes alone, as somebody would who has only the
// receipts: the result must be the standing.
func (m *machine) fold(e *consent.Event) {
	if e.Type == statement.EventErasure {
		m.folded = map[key]statement.Line{}
		return
	}
	for _, c := range e.Changes {
		if c.Purpose == "" || c.To == statement.None {
			continue
		}
		k := key{c.Purpose, c.Recipient}
		if c.To != statement.Given {
			m.folded[k] = statement.Line{State: c.To, ConsentID: c.ConsentID}
			continue
		}
		l := m.folded[k]
		if l.State != statement.Given || l.ConsentID != c.ConsentID {
			l = statement.Line{Terms: &statement.Terms{}}
		}
		terms := *l.Terms
		terms.Data = append(missing(terms.Data, c.Removed.Data), c.Added.Data...)
		slices.Sort(terms.Data)
		if c.Added.Until != nil {
			terms.Until = *c.Added.Until
		}
		m.folded[k] = statement.Line{State: statement.Given, ConsentID: c.ConsentID, Terms: &terms}
	}
}

func missing(a, b []string) []string {
	var out []string
	for _, s := range a {
		if !slices.Contains(b, s) {
			out = append(out, s)
		}
	}
	return out
}

// Check compares machine, model and fold.
func (m *machine) Check(t *rapid.T) {
	w := m.world()
	all := map[key]bool{}
	for _, cat := range m.catalogues {
		for p, purpose := range cat.Purposes {
			for _, r := range purpose.Recipients {
				all[key{p, r}] = true
			}
		}
	}
	for k := range all {
		last, want := m.model.inForce(k, w.Now)
		l := m.standing.Line(k.purpose, k.recipient)
		got := l != nil && l.InForce(w.Now)
		if got != want {
			t.Fatalf("%v in force: %t, the model says %t\nline %+v\nlast word %+v", k, got, want, l, last)
		}
		if got && (!slices.Equal(l.Data, last.data) || !l.Until.Equal(last.until) || l.ConsentID != last.id) {
			t.Fatalf("%v: line %v until %s (%s), the model says %v until %s (%s)", k, l.Data, l.Until, l.ConsentID, last.data, last.until, last.id)
		}
		folded, known := m.folded[k]
		switch {
		case l == nil && known:
			t.Fatalf("%v: folded to %s, no line", k, folded.State)
		case l != nil && l.QuietUntil != m.model.quiet(k):
			t.Fatalf("%v: quiet until %q, the model says %q", k, l.QuietUntil, m.model.quiet(k))
		case l != nil && !l.OptOutSince.Equal(m.model.optOutSince(k)):
			t.Fatalf("%v: opted out of sale since %s, the model says %s", k, l.OptOutSince, m.model.optOutSince(k))
		case l != nil && (folded.State != l.State || folded.ConsentID != l.ConsentID):
			t.Fatalf("%v: folded to %s %s, the line is %s %s", k, folded.State, folded.ConsentID, l.State, l.ConsentID)
		case got && (!slices.Equal(folded.Data, l.Data) || !folded.Until.Equal(l.Until)):
			t.Fatalf("%v: folded to other terms", k)
		}
	}
	if !slices.IsSortedFunc(m.standing.Lines, func(a, b statement.Line) int {
		return slices.Compare([]string{a.Purpose, a.Recipient}, []string{b.Purpose, b.Recipient})
	}) {
		t.Fatal("lines are not in order")
	}
}

// recordNos writes the noes of an event's changes into the model's log.
func (m *machine) recordNos(e *consent.Event) { m.recordNosUnder(e, false) }

// recordNosUnder does, too: a no to what the catalogue marks is quiet if it came with
// the signal.
func (m *machine) recordNosUnder(e *consent.Event, gpc bool) {
	causes := []string{statement.CauseGPC, statement.CauseOptOutOfSale, statement.CauseLimit}
	for _, c := range e.Changes {
		if c.Purpose == "" || c.To == statement.None || c.To == statement.Given {
			continue
		}
		w := word{seq: e.Standing.Seq, at: e.Standing.At, key: key{c.Purpose, c.Recipient}, paused: c.To == statement.Paused}
		w.again = c.Cause == statement.CauseGPC && m.model.refused(w.key)
		if slices.Contains(causes, c.Cause) || gpc && m.cat().Purposes[c.Purpose].GPC {
			w.quiet = period.Period{Months: 12}.AddTo(e.Standing.At).Format(time.DateOnly)
			w.optOut = c.Cause != statement.CauseLimit || gpc
		}
		m.model.log = append(m.model.log, w)
	}
}

func newMachine(t *rapid.T) *machine {
	m := &machine{
		now: time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC), catalogues: testCatalogues(), current: "c1",
		folded: map[key]statement.Line{},
	}
	if rapid.Bool().Draw(t, "start with the second catalogue") {
		m.current = "c2"
	}
	return m
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
