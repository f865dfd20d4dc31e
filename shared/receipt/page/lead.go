package page

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// leadOf is how many changes, recipients and ends a lead names one by one. More would be a wall of
// text, and are summed up.
const leadOf = 3

// longLead is the number of characters from which a lead is long, and is set smaller on a phone.
const longLead = 280

// lead is what one would tell a friend of a receipt, sentence by sentence.
type lead struct {
	*builder
	said   []phrase
	noes   []phrase // to what was not allowed before: said if nothing else is
	then   []phrase // what happens with the data once a consent is stopped
	owed   []phrase // what happens with the data of consents that have ended
	allows bool     // somebody may use something
	ends   bool     // somebody may no longer use something
}

// outcome is what a change comes to, and for how long.
type outcome struct {
	kind string    // allowed, ended, paused or no
	stop bool      // of an end: the recipient may use the data to the end of the day
	end  time.Time // of what is allowed or ended
	day  string    // the same as a civil date in words
}

// Lead returns what a receipt comes to, in sentences, as the first lines of its page and of verify.html
// say it.
func (n *Names) Lead(rec *receipt.Receipt) (string, error) {
	b, err := newBuilder(n, rec)
	if err != nil {
		return "", err
	}
	return b.lead().Text, nil
}

// lead returns what a receipt comes to: what was asked of whom and when it is answered; who may
// use what until when, and who no longer; how to stop, and what happens with the data then. It
// returns nothing if the receipt shows no such thing, or not all of it.
func (b *builder) lead() phrase {
	l := &lead{builder: b}
	for _, r := range b.requests {
		l.request(r)
	}
	all := b.standing.Fence // a no to everything, if this receipt is one
	if all != nil && all.Seq != b.rec.Seq {
		all = nil
	}
	n := len(b.changes)
	if all != nil && (n == 0 || n > leadOf) {
		l.ends = true
		l.say("fence."+all.Cause, "date", l.Words.Date(all.At), "n", all.Seq)
	}
	if n > leadOf {
		l.summary()
		return l.close()
	}
	for _, c := range b.changes {
		if !l.change(c) {
			return phrase{}
		}
	}
	return l.close()
}

// close adds how to stop what is allowed, or else how to allow something.
func (l *lead) close() phrase {
	if !l.allows && !l.ends {
		l.said = append(l.said, l.noes...)
	}
	switch url, _ := l.stopping(); {
	case l.allows:
		l.say("card.lead.stop", "where", place(url, ""))
		switch n := len(l.then); {
		case n > leadOf:
			l.say("card.lead.many.then")
		case n > 0:
			l.say("card.lead.then", "what", chained(l.then, "; "))
		}
	case l.ends, len(l.noes) > 0:
		l.say("card.lead.back", "where", place(l.rec.Issuer, ""))
	}
	return chained(l.said, " ")
}

// say adds a sentence.
func (l *lead) say(key string, args ...any) { l.said = append(l.said, say(l.Words, key, args...)) }

// sentence adds a text as a sentence.
func (l *lead) sentence(text string) {
	if text != "" {
		l.said = append(l.said, inOwn(text+"."))
	}
}

// outcome returns what a change comes to. It returns false if the receipt does not show that.
func (l *lead) outcome(c statement.Change) (outcome, bool) {
	if c.To != statement.Given && c.From != statement.Given && c.From != statement.Paused {
		return outcome{kind: "no"}, true
	}
	terms, known := l.granted[c.ConsentID]
	if !known || terms.Until.IsZero() {
		return outcome{}, false
	}
	w := l.Words
	switch {
	case c.To == statement.Given:
		return outcome{kind: "allowed", end: terms.Until, day: w.LastDay(terms.Until)}, true
	case c.To == statement.Paused:
		return outcome{kind: "paused"}, true
	case c.Effect != nil && c.Effect.StopBy != "":
		stop, err := time.Parse(time.DateOnly, c.Effect.StopBy)
		return outcome{kind: "ended", stop: true, end: stop, day: w.Day(c.Effect.StopBy)}, err == nil
	case c.To == statement.Expired:
		return outcome{kind: "ended", end: terms.Until, day: w.LastDay(terms.Until)}, true
	}
	return outcome{kind: "ended", end: l.rec.Time(), day: w.Date(l.rec.Time())}, true
}

// change says what one change comes to. It returns false if the receipt does not show that.
func (l *lead) change(c statement.Change) bool {
	if c.To == statement.None {
		return true
	}
	n, w := l.OfChange(c), l.Words
	who, purpose := written(n.Party(c.Recipient), ""), n.changed(c)
	o, shown := l.outcome(c)
	if who.Text == "" || !shown {
		return false
	}
	if o.kind == "no" {
		l.noes = append(l.noes, say(w, "card.lead.no", "who", who, "purpose", purpose))
		return true
	}
	terms := l.granted[c.ConsentID]
	data := quoted(w, n.dataOf(statement.Delta{Data: terms.Data, Resources: terms.Resources}))
	l.allows, l.ends = l.allows || o.kind == "allowed", l.ends || o.kind != "allowed"
	switch {
	case o.kind == "allowed":
		key := "card.lead"
		if l.several(c.Recipient) {
			key = "card.lead.for"
		}
		l.say(key, "purpose", purpose, "who", who, "data", data, "day", o.day)
		if gone := quoted(w, n.dataOf(c.Removed)); gone.Text != "" {
			l.say("card.lead.ended", "purpose", purpose, "who", who, "data", gone, "day", w.Date(l.rec.Time()))
		}
		l.afterwards(n, c, who)
	case o.kind == "paused":
		l.say("card.lead.paused", "purpose", purpose, "who", who, "data", data)
	case o.stop:
		l.say("card.lead", "who", who, "data", data, "day", o.day)
	default:
		l.say("card.lead.ended", "purpose", purpose, "who", who, "data", data, "day", o.day)
	}
	if c.Effect != nil && c.Effect.Deletion != nil {
		l.sentence(n.Deletion(*c.Effect.Deletion, c.Recipient))
	}
	return true
}

// several says whether the receipt allows a recipient something for more than one purpose.
func (l *lead) several(recipient string) bool {
	n := 0
	for _, c := range l.changes {
		if c.To == statement.Given && c.Recipient == recipient {
			n++
		}
	}
	return n > 1
}

// afterwards notes what happens with the data once the consent is stopped.
func (l *lead) afterwards(n *Names, c statement.Change, who phrase) {
	after, ok := l.after[c.ConsentID]
	if !ok {
		return
	}
	l.then = once(l.then, say(n.Words, "card.then."+after.What, "who", who, "period", n.Words.Period(after.Within)))
}

// request says what was asked of whom, the next date, and how to go on.
func (l *lead) request(r statement.RequestStatement) {
	words, w := l.Request(r, nil), l.Words
	l.say("card.lead.asked", "who", written(l.Controller().Name, ""), "day", w.Date(r.Received), "what", words.What)
	n := l.OfRequest(r)
	switch scope := written(w.Quoted(n.Scope(r.Scope)), n.Foreign()); {
	case scope.Text != "":
		l.say("card.lead.about", "scope", scope)
	case l.wide(r):
		l.say("card.lead.about", "scope", w.Say("card.all-data"))
	}
	l.sentence(words.Next)
	if !r.Open() {
		return
	}
	if r.Type == statement.Erasure && slices.ContainsFunc(l.standing.Lines, func(s statement.Line) bool { return s.InForce(l.rec.Time()) }) {
		l.say("card.lead.goes-on")
	}
	if r.State != statement.ToBeErased {
		l.say("card.lead.follow", "where", place(l.rec.Issuer, RequestsPath))
	}
}

// place links to an address of the controller, and shows it as people type it.
func place(url, path string) phrase {
	host := strings.TrimSuffix(strings.TrimPrefix(url, "https://"), "/")
	return to(url+path, inOwn(freetext.Visible(host+path)))
}

// chained puts phrases behind each other.
func chained(all []phrase, between string) phrase {
	texts, marked := plain(all), make([]string, len(all))
	for i, p := range all {
		marked[i] = string(p.HTML)
	}
	return phrase{strings.Join(texts, between), template.HTML(strings.Join(marked, between))}
}
