package page

import (
	"html/template"
	"slices"
	"strings"

	"consent-receipts/shared/statement"
)

// Mark is the sign beside an answer. The word of the answer always stands beside it.
type Mark string

// These are the marks. MarkEnd is for what is over, MarkAsk for an open request, MarkDone for
// one that was carried out, and MarkOpen for everything that is none of these.
const (
	MarkYes  Mark = "yes"
	MarkNo   Mark = "no"
	MarkLess Mark = "less"
	MarkEnd  Mark = "end"
	MarkAsk  Mark = "ask"
	MarkDone Mark = "done"
	MarkOpen Mark = "open"
)

// Answer is what the receipt states about one purpose and recipient, or about a data request.
type Answer struct {
	Mark    Mark
	Title   string  // "Yes: Answer me in Parley Messenger"
	Text    string  // a sentence, or ""
	Promise Promise // the one date that somebody owes the person
	Rows    []Row

	title, text template.HTML
}

// Promise is a sentence with a date in it.
type Promise struct{ Text, Date string }

// Parts returns the sentence before and after the date.
func (p Promise) Parts() (before, after string) {
	before, after, _ = strings.Cut(p.Text, p.Date)
	return strings.TrimSpace(before), strings.TrimSpace(after)
}

// Before returns the sentence up to the date.
func (p Promise) Before() string { before, _ := p.Parts(); return before }

// After returns the sentence from the date on.
func (p Promise) After() string { _, after := p.Parts(); return after }

// HTML returns the title as HTML.
func (a Answer) HTML() template.HTML { return a.title }

// TextHTML returns the sentence as HTML.
func (a Answer) TextHTML() template.HTML { return a.text }

func (a *Answer) headed(title phrase) { a.Title, a.title = title.Text, title.HTML }

// answers returns the card: the request of the event, then its changes.
func (b *builder) answers() (out []Answer) {
	for _, r := range b.requests {
		out = append(out, b.ofRequest(r))
	}
	yes := 0
	for _, c := range b.changes {
		if c.To == statement.Given {
			yes++
		}
	}
	for _, c := range b.changes {
		out = append(out, b.ofChange(c, yes == 1))
	}
	if yes > 1 { // once for all of them
		stop := Answer{Mark: MarkOpen, Rows: b.stop(nil)}
		stop.headed(inOwn(b.Words.Say("card.stop.any")))
		out = append(out, stop)
	}
	if len(out) == 0 && b.rec.Withheld()["changes"]+b.rec.Withheld()["request"] > 0 {
		hidden := Answer{Mark: MarkOpen}
		hidden.headed(inOwn(b.Words.Say("short.withheld")))
		out = append(out, hidden)
	}
	return out
}

// ofChange puts a change into words. How to stop is said with it if it is the only yes.
func (b *builder) ofChange(c statement.Change, alone bool) Answer {
	n := b.OfChange(c)
	a := Answer{Mark: markOf(c, b.rec.Event.Type)}
	a.headed(say(b.Words, "card.said", "verb", strong(n.Verb(c, b.rec.Event.Type)), "purpose", n.changed(c)))
	who := written(n.Party(c.Recipient), "")
	switch {
	case c.To == statement.Given:
		a.Rows = b.terms(n, c, who)
		if alone {
			a.Rows = b.stop(a.Rows)
		}
		if after, ok := b.after[c.ConsentID]; ok && c.Effect == nil {
			a.Rows = b.row(a.Rows, "card.then", say(b.Words, "card.then."+after.What, "who", who, "period", b.Words.Period(after.Within)))
		}
	case a.Mark == MarkNo && c.Effect == nil && who.Text != "":
		nothing := say(b.Words, "card.nothing", "who", who)
		a.Text, a.text = nothing.Text, nothing.HTML
	default:
		terms := b.granted[c.ConsentID]
		a.Rows = b.row(a.Rows, "card.had", who)
		a.Rows = b.row(a.Rows, "card.data", n.dataOf(statement.Delta{Data: terms.Data, Resources: terms.Resources})...)
	}
	a.Rows = b.row(a.Rows, "card.was", b.was(c)...)
	if c.Cause != "" {
		a.Rows = b.row(a.Rows, "card.why", inOwn(upperFirst(b.Words.Term("changes", c.Cause))))
	}
	b.effect(n, c, &a)
	return a
}

// dataOf lists the data and the resources that a change added or removed, a line each.
func (n *Names) dataOf(d statement.Delta) []phrase {
	return append(n.data(d.Data), n.resources(d.Resources)...)
}

// MarkOf returns the mark of all answers of a receipt, or "" if they differ. What states neither
// a yes, a no nor an end does not count.
func MarkOf(event statement.EventType, changes []statement.Change, requests []statement.RequestStatement) (mark Mark) {
	var marks []Mark
	for _, r := range requests {
		marks = append(marks, RequestMark(r.State))
	}
	for _, c := range changes {
		marks = append(marks, markOf(c, event))
	}
	for _, m := range marks {
		switch {
		case m == MarkOpen || m == mark:
		case mark != "":
			return ""
		default:
			mark = m
		}
	}
	return mark
}

// RequestMark returns the mark of a data request in a state.
func RequestMark(state statement.RequestState) Mark {
	switch {
	case state == statement.Completed:
		return MarkDone
	case state.Ended():
		return MarkEnd
	}
	return MarkAsk
}

func markOf(c statement.Change, event statement.EventType) Mark {
	switch kindOf(c, event) {
	case statement.Given, changed:
		return MarkYes
	case narrowed:
		return MarkLess
	case statement.Refused:
		return MarkNo
	case statement.None:
		return MarkOpen
	}
	if c.To == statement.Paused {
		return MarkOpen
	}
	return MarkEnd
}

// terms states what a consent allows. If only the change is shown, these are the terms that
// it added.
func (b *builder) terms(n *Names, c statement.Change, who phrase) (rows []Row) {
	w := b.Words
	terms, known := b.granted[c.ConsentID]
	if !known {
		terms.Data, terms.Resources = c.Added.Data, c.Added.Resources
		if c.Added.Until != nil {
			terms.Until = *c.Added.Until
		}
	}
	rows = b.row(rows, "card.who", who)
	rows = b.row(rows, "card.data", n.dataOf(statement.Delta{Data: terms.Data, Resources: terms.Resources})...)
	if known {
		rows = b.row(rows, "card.back", inOwn(upperFirst(b.Access(terms.Access))))
	}
	if c.From == statement.Given {
		rows = b.row(rows, "card.gone", n.dataOf(c.Removed)...)
		rows = b.row(rows, "card.new", n.dataOf(c.Added)...)
	}
	if !terms.Until.IsZero() {
		rows = b.row(rows, "card.until", inOwn(upperFirst(w.Say("card.until.text", "moment", w.Until(terms.Until)))))
	}
	return rows
}

// was states what the line was before the change.
func (b *builder) was(c statement.Change) []phrase {
	w := b.Words
	if c.GivenIn > 0 {
		for _, r := range b.records {
			if r.RecordID == c.ConsentID && len(r.Events) > 0 {
				return []phrase{inOwn(w.Say("card.was.receipt", "date", w.Date(r.Events[0].EventTime), "n", c.GivenIn))}
			}
		}
		return []phrase{inOwn(upperFirst(w.Say("changes.given-in", "n", c.GivenIn)))}
	}
	if c.From == statement.Given && c.To == statement.Given && c.Removed.Until != nil {
		return []phrase{inOwn(upperFirst(w.Say("until", "moment", w.Until(*c.Removed.Until))))}
	}
	if c.From == statement.None || c.From == c.To {
		return nil
	}
	return []phrase{inOwn(upperFirst(w.Term("state", c.From)))}
}

// effect states what follows from a change.
func (b *builder) effect(n *Names, c statement.Change, a *Answer) {
	if c.Effect == nil {
		return
	}
	e := *c.Effect
	c.Effect = &e
	if d := e.Deletion; d != nil {
		a.Promise = Promise{n.Deletion(*d, c.Recipient), b.Words.Day(d.By)}
	}
	var then []phrase
	if terms, known := b.granted[c.ConsentID]; known && c.To == statement.Given && slices.Equal(terms.Data, e.GoesOn) { // the data are named already
		e.GoesOn = nil
	}
	for _, line := range n.effects(c) {
		if line.Text != a.Promise.Text {
			then = append(then, line)
		}
	}
	a.Rows = b.row(a.Rows, "card.then", then...)
	if a.Promise.Text != "" {
		a.Rows = b.row(a.Rows, "card.contact", inOwn(b.Contact()))
	}
}

// stop adds how to withdraw: the method of a record, or else the controller's contact.
func (b *builder) stop(rows []Row) []Row {
	b.stopped = true
	url, alternative := b.stopping()
	return b.row(rows, "card.stop", linked(url), alternative)
}

// stopping returns the address where one withdraws, and how else one can.
func (b *builder) stopping() (url string, alternative phrase) {
	if m, r := b.withdrawal(); m != nil {
		return m.URL, written(m.Alternative, r.names.Foreign())
	}
	if b.Catalogue != nil {
		w := b.Catalogue.Withdrawal
		return w.URL, inOwn(w.Alternative.In(b.Words.Language, b.Catalogue.Languages...))
	}
	return b.Controller().URL, inOwn(b.Contact())
}

// withdrawal returns the method of a record, best in the language of the page.
func (b *builder) withdrawal() (method *statement.RecordMethod, of record) {
	for _, r := range b.records {
		if len(r.Purposes) > 0 && (method == nil || of.Language != b.Words.Language) {
			method, of = &r.Purposes[0].WithdrawalMethod, r
		}
	}
	return method, of
}

// ofRequest puts a data request into words. The row of the date that the promise states is
// left out.
func (b *builder) ofRequest(r statement.RequestStatement) Answer {
	words := b.Request(r, nil)
	a := Answer{Mark: RequestMark(r.State)}
	a.headed(say(b.Words, b.happened(r.State), "what", strong(words.What)))
	if words.Next != "" {
		a.Promise = Promise{words.Next, b.Words.Day(nextDate(r.Request))}
	}
	if b.wide(r) {
		a.Rows = b.row(a.Rows, "requests.scope", inOwn(upperFirst(b.Words.Say("card.all-data"))))
	}
	for _, f := range words.Facts {
		if len(f.Lines) == 1 && f.Lines[0] == a.Promise.Date {
			continue
		}
		a.Rows = append(a.Rows, f.row())
	}
	return a
}

// wide reports whether a request is about everything. An appeal is about an earlier request, and a
// later step does not repeat what its request is about.
func (b *builder) wide(r statement.RequestStatement) bool {
	return !r.Type.Follows() && len(r.Scope.Purposes)+len(r.Scope.Data) == 0 && b.rec.Event.Type == statement.EventRequestReceived
}

// row returns the fact as a row.
func (f Fact) row() Row {
	row := Row{Label: f.Label, Quoted: f.Quoted}
	lines := f.Lines
	if len(lines) > 0 {
		p := written(strings.Join(lines, ", "), f.Lang)
		row.Lines, row.marked = []string{p.Text}, []template.HTML{p.HTML}
	}
	if f.URL != "" {
		link := linked(f.URL)
		row.Lines, row.marked = append(row.Lines, link.Text), append(row.marked, link.HTML)
	}
	return row
}

// happened returns the key for the new state of a request, with "you" if the person acted.
func (b *builder) happened(state statement.RequestState) string {
	if role, _ := b.ActorOf(b.rec); role != statement.RoleSubject {
		switch state {
		case statement.Received:
			return "short.asked"
		case statement.TakenBack:
			return "short.taken-back"
		}
	}
	return "short.request." + string(state)
}

// strong marks the words that a title begins with.
func strong(text string) phrase {
	p := inOwn(text)
	p.HTML = "<strong>" + p.HTML + "</strong>"
	return p
}
