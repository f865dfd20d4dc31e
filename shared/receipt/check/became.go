package check

import (
	"maps"
	"slices"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// Fate is the later history of a consent that the shown receipt has, as far as the given
// receipts show it.
type Fate struct {
	Consent            string // its id
	Purpose, Recipient string // "" if the shown receipt withholds them
	Labels             *statement.Labels

	Steps    []Step    // changes by later receipts, in order
	Over     bool      // the last step ended it
	Ended    time.Time // the first moment after its validity, if that is past and no receipt ended it; or zero
	Withheld []uint64  // later receipts that withhold their changes; none if it is over
	Missing  bool      // receipts are missing between those given
	Latest   uint64    // the number of the latest later receipt given, or 0
	At       time.Time // when the latest was issued

	state   statement.State // the state after the receipts so far
	touched uint64          // the last receipt that changed it
}

// Step is one later change of a consent.
type Step struct {
	Did    string // narrowed, changed, confirmed, resumed, touched, ended, or the state that it has since
	Seq    uint64 // the receipt that changed it
	Stated bool   // receipt Seq states the change, and the receipt that made it was not given
}

// These steps leave the consent given, except didEnd: the consent is over, and how it ended
// is not known.
const (
	didNarrow  = "narrowed"
	didChange  = "changed"
	didConfirm = "confirmed"
	didResume  = "resumed"
	didTouch   = "touched" // confirmed, narrowed or changed
	didEnd     = "ended"
)

// ends are the states of a consent that is over. It never comes back.
var ends = []statement.State{statement.Refused, statement.Withdrawn, statement.Revoked, statement.Expired, statement.Annulled}

// endsOfRecords are the same, in the same order, as ISO/IEC TS 27560 has them in a record's
// events.
var endsOfRecords = []string{"dpv:ConsentRefused", "dpv:ConsentWithdrawn", "dpv:ConsentRevoked", "dpv:ConsentExpired", "dpv:ConsentInvalidated"}

// Became returns the fate, until now, of each consent that a receipt shows and that could
// still be in force. The others are all given receipts that passed, in any order.
func Became(shown *receipt.Receipt, others []*receipt.Receipt, now time.Time) []Fate {
	given := newContent(shown)
	given.until = newContent(whole(shown, others)).until
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
					f.step(Step{Did: did(c), Seq: l.seq}, c.To)
					f.touched = l.seq
				}
			}
			f.recorded(l)
			if !f.Over && !f.stands(l) && l.withheld && f.touched < l.seq {
				f.Withheld = append(f.Withheld, l.seq)
			}
			if f.Over {
				break
			}
		}
		if f.Over {
			f.Withheld, f.Missing = nil, false
		} else if !until.IsZero() && !until.After(now) {
			f.Ended = until
		}
		fates = append(fates, f)
	}
	return fates
}

func (f *Fate) step(s Step, to statement.State) {
	f.Steps, f.state, f.Over = append(f.Steps, s), to, slices.Contains(ends, to)
}

// recorded takes from the records of a later receipt that the consent is over, if the changes
// at hand do not tell it: an ending carries the record that it ends.
func (f *Fate) recorded(l *content) {
	for _, r := range l.records {
		if to := ended(r); r.RecordID == f.Consent && to != "" && !f.Over {
			f.step(Step{Did: string(to), Seq: l.seq, Stated: true}, to)
		}
	}
}

// ended is the state in which a record says that its consent is over, or "".
func ended(r statement.Record) statement.State {
	if len(r.Events) == 0 {
		return ""
	}
	i := slices.Index(endsOfRecords, r.Events[len(r.Events)-1].EventState)
	if i < 0 {
		return ""
	}
	return ends[i]
}

// stands takes from the standing of a later receipt what the changes at hand do not tell,
// and reports whether that standing shows the consent, or another one in its place.
func (f *Fate) stands(l *content) bool {
	i := slices.IndexFunc(l.lines, func(line statement.Line) bool {
		return line.ConsentID == f.Consent || f.Purpose != "" && line.Purpose == f.Purpose && line.Recipient == f.Recipient
	})
	if i < 0 {
		return false
	}
	line := l.lines[i]
	stated := func(did string, to statement.State) { f.step(Step{Did: did, Seq: l.seq, Stated: true}, to) }
	switch {
	case line.ConsentID != f.Consent:
		stated(didEnd, statement.Withdrawn) // or it ended in another way: it is over
	case line.State == statement.Given && f.state == statement.Paused:
		stated(didResume, line.State)
	case line.State != f.state:
		stated(string(line.State), line.State)
	case line.Latest.Seq > f.touched:
		f.step(Step{Did: didTouch, Seq: line.Latest.Seq}, line.State)
	}
	f.touched, f.Withheld, f.Missing = max(f.touched, line.Latest.Seq), nil, false
	return true
}

// did names the change of a consent that was given.
func did(c statement.Change) string {
	none := func(d statement.Delta) bool { return len(d.Data) == 0 && len(d.Resources) == 0 && d.Until == nil }
	sooner := c.Added.Until != nil && c.Removed.Until != nil && c.Added.Until.Before(*c.Removed.Until)
	if sooner { // a shorter validity only narrows
		c.Added.Until = nil
	}
	switch {
	case c.To != statement.Given, c.From == statement.Requested:
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

// content is what a receipt shows about consents.
type content struct {
	seq      uint64
	at       time.Time
	changes  []statement.Change
	lines    []statement.Line
	records  []statement.Record
	until    map[string]time.Time // the first moment after a consent's validity, by its id
	withheld bool                 // some changes are withheld
}

func newContent(rec *receipt.Receipt) *content {
	c := &content{seq: rec.Seq, at: rec.Time(), until: map[string]time.Time{}}
	c.changes, _ = receipt.Decode[statement.Change](rec.Changes) // the schema ensures that they decode
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

// consents returns those that could still be in force after the receipt, in its order.
func (c *content) consents() (fates []Fate) {
	known := map[string]bool{"": true}
	add := func(f Fate, over bool) {
		if !known[f.Consent] && !over {
			f.touched = c.seq
			fates = append(fates, f)
		}
		known[f.Consent] = true
	}
	for _, ch := range c.changes {
		f := Fate{Consent: ch.ConsentID, Purpose: ch.Purpose, Recipient: ch.Recipient, Labels: ch.Labels, state: ch.To}
		add(f, ch.To == statement.None || slices.Contains(ends, ch.To))
	}
	for _, l := range c.lines {
		f := Fate{Consent: l.ConsentID, Purpose: l.Purpose, Recipient: l.Recipient, Labels: l.Labels, state: l.State}
		add(f, l.Kind != statement.KindConsent || slices.Contains(ends, l.State))
	}
	for _, r := range c.records {
		f := Fate{Consent: r.RecordID, state: statement.Given}
		if len(r.Purposes) > 0 {
			f.Purpose = r.Purposes[0].Purpose
			f.Labels = &statement.Labels{Language: r.Language, Purpose: r.Purposes[0].Title}
		}
		add(f, ended(r) != "")
	}
	return fates
}

// laterOf returns the later receipts of the same person, in order. Copies of one receipt are
// joined.
func laterOf(shown *receipt.Receipt, others []*receipt.Receipt) (later []*content) {
	bySeq := map[uint64]*receipt.Receipt{}
	for _, o := range others {
		if o.Issuer != shown.Issuer || o.Subject != shown.Subject || o.Seq <= shown.Seq {
			continue
		}
		if known := bySeq[o.Seq]; known == nil {
			bySeq[o.Seq] = o
		} else if known.Digest == o.Digest {
			bySeq[o.Seq] = together(known, o)
		}
	}
	for _, seq := range slices.Sorted(maps.Keys(bySeq)) {
		later = append(later, newContent(bySeq[seq]))
	}
	return later
}

// whole is a receipt with all that its copies show.
func whole(shown *receipt.Receipt, others []*receipt.Receipt) *receipt.Receipt {
	for _, o := range others {
		if o.Digest == shown.Digest {
			shown = together(shown, o)
		}
	}
	return shown
}

// together is a receipt with all that two copies of it show of consents.
func together(a, b *receipt.Receipt) *receipt.Receipt {
	both := *a
	for _, array := range []struct{ of, more *[]receipt.Element }{
		{&both.Changes, &b.Changes}, {&both.Standing, &b.Standing}, {&both.Records, &b.Records},
	} {
		*array.of = slices.Clone(*array.of)
		for i, e := range *array.more {
			if i < len(*array.of) && e.Value != nil {
				(*array.of)[i] = e
			}
		}
	}
	return &both
}
