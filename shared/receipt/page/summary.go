package page

import (
	"slices"
	"time"

	"consent-receipts/shared/statement"
)

// sum is what many changes of one kind come to together.
type sum struct {
	who      []phrase
	purposes []string
	end      time.Time // the latest
	day      string    // the same as a civil date in words
}

// summary says of many changes who may use data, or no longer, for how many purposes, and until
// when at the latest; and what happens with the data then. It says nothing if the receipt does not
// show all of that.
func (l *lead) summary() {
	sums := map[string]*sum{"allowed": {}, "ended": {}, "paused": {}, "no": {}}
	for _, c := range l.changes {
		if c.To == statement.None {
			continue
		}
		n := l.OfChange(c)
		who := written(n.Party(c.Recipient), "")
		o, shown := l.outcome(c)
		if who.Text == "" || !shown {
			return
		}
		sums[o.kind].add(who, c.Purpose, o)
		if o.kind == "allowed" {
			l.afterwards(n, c, who)
		}
		if c.Effect != nil && c.Effect.Deletion != nil {
			l.owed = once(l.owed, inOwn(n.Deletion(*c.Effect.Deletion, c.Recipient)+"."))
		}
	}
	for _, kind := range []string{"allowed", "ended", "paused"} {
		if s := sums[kind]; len(s.who) > 0 {
			l.said = append(l.said, l.many(kind, s))
		}
	}
	if s := sums["no"]; len(s.who) > 0 {
		l.noes = append(l.noes, l.many("no", s))
	}
	l.allows, l.ends = len(sums["allowed"].who) > 0, l.ends || len(sums["ended"].who)+len(sums["paused"].who) > 0
	switch n := len(l.owed); {
	case n <= leadOf:
		l.said = append(l.said, l.owed...)
	case !l.allows || len(l.then) <= leadOf: // else the same is said of what is allowed
		l.say("card.lead.many.then")
	}
}

// add takes one change into the sum.
func (s *sum) add(who phrase, purpose string, o outcome) {
	s.who = once(s.who, who)
	if !slices.Contains(s.purposes, purpose) {
		s.purposes = append(s.purposes, purpose)
	}
	if o.end.After(s.end) {
		s.end, s.day = o.end, o.day
	}
}

// many says what the changes of a kind come to.
func (l *lead) many(kind string, s *sum) phrase {
	w, who := l.Words, list(l.Words, s.who)
	if n := len(s.who); n > leadOf {
		who = inOwn(w.Say("card.recipients", "n", n))
	}
	return say(w, "card.lead.many."+kind, "who", who, "purposes", w.Count("card.purposes", len(s.purposes)), "day", s.day)
}

// once adds a phrase that is not yet there.
func once(all []phrase, p phrase) []phrase {
	if slices.Contains(all, p) {
		return all
	}
	return append(all, p)
}
