package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Fate is what became of a consent after the receipt that is shown, as far as the receipts
// at hand say.
type Fate struct {
	Consent            string // its id
	Purpose, Recipient string // "" where the receipt that is shown withholds them

	Steps    []Step    // what later receipts did to it, in order
	Over     bool      // the last step ended it
	Ended    time.Time // the last moment of its time, if that is past and no receipt ended it; or else zero
	Withheld []uint64  // later receipts that do not show what they changed; none if it is over
	Missing  bool      // so are some between the receipts at hand
	Latest   uint64    // the number of the latest later receipt at hand, or 0
	At       time.Time // when that was issued
}

// Step is one thing that a later receipt did to a consent.
type Step struct {
	Did string // narrowed, changed, confirmed, resumed, or the state that it has since
	Seq uint64
}

// What a step did that leaves the consent given.
const (
	didNarrow  = "narrowed"
	didChange  = "changed"
	didConfirm = "confirmed"
	didResume  = "resumed"
)

// ends are the states in which a consent is over. One that is over never comes back.
var ends = []statement.State{statement.Refused, statement.Withdrawn, statement.Revoked, statement.Expired, statement.Annulled}

// endsOfRecords are the same, as ISO/IEC TS 27560 has them in a record's events.
var endsOfRecords = []string{"dpv:ConsentRefused", "dpv:ConsentWithdrawn", "dpv:ConsentRevoked", "dpv:ConsentExpired", "dpv:ConsentInvalidated"}

// Became says of each consent that a receipt shows, and that could still be in force, what
// became of it by now. The others are all receipts at hand that passed, in any order.
func Became(shown *receipt.Receipt, others []*receipt.Receipt, now time.Time) []Fate {
	given := newContent(shown)
	later := laterOf(shown, others)
	var fates []Fate
	for _, f := range given.consents() {
		until := given.until[f.Consent]
		before := shown.Seq
		for _, l := range later {
			f.Missing = f.Missing || l.seq != before+1
			before = l.seq
			f.Latest, f.At = l.seq, l.at
			if end, ok := l.until[f.Consent]; ok {
				until = end
			}
			for _, c := range l.changes {
				if c.ConsentID == f.Consent {
					f.Steps = append(f.Steps, Step{did(c), l.seq})
					f.Over = slices.Contains(ends, c.To)
				}
			}
			if f.Over {
				break
			}
			if l.withheld {
				f.Withheld = append(f.Withheld, l.seq)
			}
		}
		if f.Over {
			f.Withheld, f.Missing = nil, false
		} else if !until.IsZero() && !until.After(now) {
			f.Ended = until.Add(-time.Nanosecond).UTC()
		}
		fates = append(fates, f)
	}
	return fates
}

// did says in a word what a change did to a consent that was given.
func did(c statement.Change) string {
	none := func(d statement.Delta) bool { return len(d.Data) == 0 && len(d.Resources) == 0 && d.Until == nil }
	switch {
	case c.To != statement.Given:
		return string(c.To)
	case c.From == statement.Paused:
		return didResume
	case !none(c.Added):
		return didChange
	case !none(c.Removed):
		return didNarrow
	}
	return didConfirm
}

// content is what a receipt says of consents.
type content struct {
	seq      uint64
	at       time.Time
	changes  []statement.Change
	lines    []statement.Line
	records  []statement.Record
	until    map[string]time.Time // the first moment after a consent, by its id
	withheld bool                 // not all changes are shown
}

func newContent(rec *receipt.Receipt) *content {
	c := &content{seq: rec.Seq, at: rec.Time(), until: map[string]time.Time{}}
	c.changes, _ = receipt.Decode[statement.Change](rec.Changes) // the schema has seen to it that they can be read
	c.withheld = len(c.changes) < len(rec.Changes)
	standing, _ := rec.ReadStanding()
	c.lines = standing.Lines
	c.records, _ = receipt.Decode[statement.Record](rec.Records)
	for _, r := range c.records {
		if n := len(r.Events); n > 0 {
			c.until[r.RecordID] = r.Events[n-1].ValidityDuration
		}
	}
	for _, l := range c.lines {
		if l.Kind == statement.KindConsent && l.Terms != nil {
			c.until[l.ConsentID] = l.Until
		}
	}
	return c
}

// consents are those that could still be in force after the receipt, in the order in
// which it shows them.
func (c *content) consents() (fates []Fate) {
	known := map[string]bool{"": true}
	add := func(id, purpose, recipient string, over bool) {
		if !known[id] && !over {
			fates = append(fates, Fate{Consent: id, Purpose: purpose, Recipient: recipient})
		}
		known[id] = true
	}
	for _, ch := range c.changes {
		add(ch.ConsentID, ch.Purpose, ch.Recipient, slices.Contains(ends, ch.To))
	}
	for _, l := range c.lines {
		add(l.ConsentID, l.Purpose, l.Recipient, l.Kind != statement.KindConsent || slices.Contains(ends, l.State))
	}
	for _, r := range c.records {
		var purpose string
		if len(r.Purposes) > 0 {
			purpose = r.Purposes[0].Purpose
		}
		n := len(r.Events)
		add(r.RecordID, purpose, "", n > 0 && slices.Contains(endsOfRecords, r.Events[n-1].EventState))
	}
	return fates
}

// laterOf are the receipts of the same person that come later, in order. Of copies of one,
// changes that are shown in any count.
func laterOf(shown *receipt.Receipt, others []*receipt.Receipt) (later []*content) {
	bySeq := map[uint64]*content{}
	for _, o := range others {
		if o.Issuer != shown.Issuer || o.Subject != shown.Subject || o.Seq <= shown.Seq {
			continue
		}
		c, known := newContent(o), bySeq[o.Seq]
		if known == nil {
			later = append(later, c)
			bySeq[o.Seq] = c
		} else if len(c.changes) > len(known.changes) {
			*known = *c
		}
	}
	slices.SortFunc(later, func(a, b *content) int { return cmp.Compare(a.seq, b.seq) })
	return later
}

// civil is how a sentence says a day, in UTC.
const civil = "2 January 2006"

// Sentence says what became of a consent, of so many files that were given. It ends where
// a receipt ended the consent; otherwise it says what nobody can know from these files.
func (f Fate) Sentence(files int) string {
	in := "in this file"
	if files > 1 {
		in = "in these files"
	}
	var parts []string
	for _, s := range f.Steps {
		parts = append(parts, fmt.Sprintf("%s in receipt %d", s.Did, s.Seq))
	}
	if f.Over {
		return strings.Join(parts, "; ") + ", which is " + in
	}
	if !f.Ended.IsZero() {
		parts = append(parts, "ended on "+f.Ended.Format(civil))
	}
	for _, seq := range f.Withheld {
		parts = append(parts, fmt.Sprintf("whether receipt %d changed it is withheld", seq))
	}
	if f.Missing {
		parts = append(parts, "whether receipts that are missing changed it is not "+in)
	}
	since := ""
	if f.Latest > 0 {
		since = fmt.Sprintf(" receipt %d of %s", f.Latest, f.At.Format(civil))
	}
	return strings.Join(append(parts, "whether it changed since"+since+" is not "+in), "; ")
}
