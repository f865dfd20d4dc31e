package page

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/page/wording"
	"consent-receipts/shared/statement"
)

// view holds the values of the template.
type view struct {
	W          *wording.Words
	Style      template.CSS
	R          *receipt.Receipt
	Heading    string
	Controller string
	Short      short
	Changes    []changeRow
	Effects    []effectsRow
	Standing   []standingRow
	Fence      string
	Requests   []RequestWords
	By         string // the actor, if it was not the person
	Notes      []noteRow
	Why        []string // the reason of a correction, as freetext.Lines returns it
	Records    []record
	How        []node // the actor, and the evidence
	Command    string // the command that checks the receipt
	Address    string // of the receipt's page
	QR         template.HTML
	Signed     template.URL // the receipt itself, for saving from the page
	File       string       // file name of the saved receipt
	Withheld   []string     // withheld elements, array by array
}

// short is the summary of the receipt in five lines.
type short struct {
	Said, Whom, Data, Until []phrase
	Asked                   bool // the receipt is about a data request, so an end or a recipient is shown only if it states one
	StopURL                 string
	StopElse                phrase
}

type changeRow struct {
	Purpose                   phrase
	Verb, Recipient, From, To string
	Added, Removed            []phrase
	GivenIn                   uint64
	Cause, Binding            string // in words
}

type standingRow struct {
	Purpose          phrase
	Recipient, State string
	Data             []phrase
	Access, Until    string
	Attests          string // of a consent imported from an earlier system
	Receipt          uint64 // the newest receipt that changed the line
}

// effectsRow lists the effects of a change.
type effectsRow struct {
	Purpose   phrase
	Recipient string
	Lines     []phrase
}

type noteRow struct {
	By    string
	Lines []string // as freetext.Lines returns them
}

type record struct {
	Heading phrase
	Fields  []node
}

// builder fills a view from the disclosed elements of a receipt.
type builder struct {
	*Names
	rec      *receipt.Receipt
	changes  []statement.Change
	standing statement.Standing
	requests []statement.RequestStatement
	granted  map[string]statement.Terms // by consent id, from the disclosed elements
	method   *statement.RecordMethod    // of withdrawal, with its language
	methodIn string
}

func newView(rec *receipt.Receipt, n *Names) (*view, error) {
	b := &builder{Names: n, rec: rec, granted: map[string]statement.Terms{}}
	v := &view{
		W: n.Words, Style: template.CSS(style), R: rec,
		Heading:    n.Headline(rec),
		Controller: freetext.Visible(n.Controller().Name),
		Command:    checkCommand, Address: Address(rec),
	}
	notes, err := b.read(v)
	if err != nil {
		return nil, err
	}
	v.Changes, v.Effects, v.Requests = b.changeRows(), b.effectsRows(), b.requestRows()
	v.Standing, v.Fence = b.standingRows()
	v.Short = b.short(v.Heading)
	if role, name := n.ActorOf(rec); role != statement.RoleSubject {
		v.By = name
	}
	for _, note := range notes {
		v.Notes = append(v.Notes, noteRow{n.Actor(note.By, "", ""), freetext.Lines(note.Text)})
	}
	if c := rec.Event.Corrects; c != nil {
		v.Why = freetext.Lines(c.Why)
	}
	withheld := rec.Withheld()
	for _, name := range []string{"changes", "records", "standing", "actor", "evidence", "request", "note"} {
		if count := withheld[name]; count > 0 {
			v.Withheld = append(v.Withheld, n.Words.Say("withheld.item", "what", n.Words.Term("array", name), "n", count))
		}
	}
	return v, nil
}

// read decodes every disclosed element.
func (b *builder) read(v *view) (notes []statement.Note, err error) {
	if b.changes, err = receipt.Decode[statement.Change](b.rec.Changes); err != nil {
		return nil, err
	}
	if b.requests, err = receipt.Decode[statement.RequestStatement](b.rec.Request); err != nil {
		return nil, err
	}
	if b.standing, err = b.rec.ReadStanding(); err != nil {
		return nil, err
	}
	for _, l := range b.standing.Lines {
		if l.Terms != nil {
			b.granted[l.ConsentID] = *l.Terms
		}
	}
	if err := b.readRecords(v); err != nil {
		return nil, err
	}
	for _, elements := range [][]receipt.Element{b.rec.Actor, b.rec.Evidence} {
		values, _ := receipt.Values(elements)
		for _, value := range values {
			fields, err := b.fields(value)
			if err != nil {
				return nil, err
			}
			v.How = append(v.How, fields...)
		}
	}
	return receipt.Decode[statement.Note](b.rec.Note)
}

// readRecords lays out the full records field by field. A record also gives the terms of a
// consent whose line in the standing is withheld.
func (b *builder) readRecords(v *view) error {
	values, _ := receipt.Values(b.rec.Records)
	for _, value := range values {
		var r statement.Record
		if err := json.Unmarshal(value, &r); err != nil {
			return fmt.Errorf("record: %w", err)
		}
		source := *b.Names
		if r.Language != b.Words.Language {
			source.foreign = r.Language
		}
		source.own.parties = map[string]string{}
		for _, party := range r.Parties {
			source.own.parties[party.PartyID] = party.Name
		}
		fields, err := source.fields(value)
		if err != nil {
			return err
		}
		shown := record{Fields: fields}
		if len(r.Purposes) > 0 && len(r.Events) > 0 {
			shown.Heading = say(b.Words, recordHeading(r), "purpose", written(r.Purposes[0].Title, source.foreign))
			if b.method == nil || b.methodIn != b.Words.Language {
				b.method, b.methodIn = &r.Purposes[0].WithdrawalMethod, r.Language
			}
		}
		v.Records = append(v.Records, shown)
		if _, ok := b.granted[r.RecordID]; !ok && len(r.Purposes) > 0 && len(r.Events) > 0 {
			terms := statement.Terms{Access: r.Access, Resources: r.Resources, Until: r.Events[0].ValidityDuration}
			for _, d := range r.Purposes[0].PIIInformation {
				terms.Data = append(terms.Data, d.AttributeID)
			}
			b.granted[r.RecordID] = terms
		}
	}
	return nil
}

// recordHeading returns the key of a record's heading: the consent holds, ended or was
// refused.
func recordHeading(r statement.Record) string {
	switch r.Events[len(r.Events)-1].EventState {
	case "dpv:ConsentGiven":
		return "record.heading"
	case "dpv:ConsentRefused":
		return "record.refused"
	}
	return "record.ended"
}

func (b *builder) changeRows() (rows []changeRow) {
	for _, c := range b.changes {
		n := b.OfChange(c)
		row := changeRow{
			Verb: n.Verb(c, b.rec.Event.Type), Purpose: n.changed(c), Recipient: n.Party(c.Recipient),
			From: b.Words.Term("state", c.From), To: b.Words.Term("state", c.To),
			Added: n.delta(c.Added), Removed: n.delta(c.Removed),
			GivenIn: c.GivenIn,
		}
		if c.Cause != "" {
			row.Cause = b.Words.Term("changes", c.Cause)
		}
		if g := c.Binding; g != nil {
			row.Binding = b.Words.Say("changes.binding", "grant", unbroken(g.Grant))
			if g.Details != "" {
				row.Binding = b.Words.Say("changes.binding-details", "grant", unbroken(g.Grant), "digest", g.Details)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (b *builder) effectsRows() (rows []effectsRow) {
	for _, c := range b.changes {
		n := b.OfChange(c)
		if lines := n.effects(c); len(lines) > 0 {
			rows = append(rows, effectsRow{n.purpose(c.Purpose), n.Party(c.Recipient), lines})
		}
	}
	return rows
}

func (b *builder) standingRows() (rows []standingRow, fence string) {
	at := b.rec.Time()
	for i := range b.standing.Lines {
		l := &b.standing.Lines[i]
		n := b.OfLine(l)
		row := standingRow{
			Purpose: n.purpose(l.Purpose), Recipient: n.Party(l.Recipient),
			State: b.Words.Term("state", l.StateAt(at)), Receipt: l.Latest.Seq,
		}
		if l.Terms != nil {
			row.Data = append(n.data(l.Data), n.resources(l.Resources)...)
			row.Access, row.Until = b.Access(l.Access), b.Words.Until(l.Until)
		}
		row.Attests = n.Attests(l)
		rows = append(rows, row)
	}
	if f := b.standing.Fence; f != nil {
		fence = b.Words.Say("fence."+f.Cause, "date", b.Words.Moment(f.At), "n", f.Seq)
	}
	return rows, fence
}

// requestRows shows the request of the event, then the open ones.
func (b *builder) requestRows() (rows []RequestWords) {
	shown := map[string]bool{}
	all := slices.Clone(b.requests)
	for _, r := range b.standing.Requests {
		all = append(all, statement.RequestStatement{Request: r})
	}
	for _, r := range all {
		if !shown[r.ID] {
			shown[r.ID] = true
			rows = append(rows, b.Request(r, nil))
		}
	}
	return rows
}

// short summarises the receipt in five lines, from its changes and requests.
func (b *builder) short(heading string) short {
	s := short{Asked: len(b.requests) > 0}
	s.StopURL, s.StopElse = b.stop()
	met := map[string]bool{}
	for _, c := range b.changes {
		n := b.OfChange(c)
		purpose := n.changed(c)
		s.Said = append(s.Said, say(b.Words, "short.said", "verb", n.Verb(c, b.rec.Event.Type), "purpose", purpose))
		if whom := n.Party(c.Recipient); whom != "" && !met[whom] {
			met[whom] = true
			s.Whom = append(s.Whom, inOwn(whom))
		}
		terms, known := b.granted[c.ConsentID]
		if c.To != statement.Given || !known {
			continue
		}
		s.Data = append(s.Data, say(b.Words, "short.data", "purpose", purpose,
			"data", list(b.Words, append(n.data(terms.Data), n.resources(terms.Resources)...)), "access", b.Access(terms.Access)))
		s.Until = append(s.Until, say(b.Words, "short.until", "purpose", purpose, "moment", b.Words.Until(terms.Until)))
	}
	for _, r := range b.requests {
		s.Said = append(s.Said, say(b.Words, b.happened(r.State), "what", b.Words.Term("request", r.Type)))
		if next := b.next(r.Request); next != "" {
			s.Until = append(s.Until, inOwn(next))
		}
		if len(b.changes) == 0 {
			s.Data = append(s.Data, b.OfRequest(r).data(r.Scope.Data)...)
		}
	}
	if s.Asked && len(s.Data)+len(b.changes) == 0 {
		s.Data = []phrase{inOwn(b.Words.Say("short.all-data"))}
	}
	if s.Asked && len(s.Whom) == 0 {
		s.Whom = []phrase{written(b.Controller().Name, "")}
	}
	if len(b.changes)+len(b.requests) == 0 && b.rec.Complete() {
		s.Said = []phrase{inOwn(heading)}
	}
	return s
}

// stop states how to withdraw: the method of a record, or else the controller's contact.
func (b *builder) stop() (url string, alternative phrase) {
	if b.method != nil {
		return b.method.URL, written(b.method.Alternative, b.other(b.methodIn))
	}
	if b.Catalogue != nil {
		m := b.Catalogue.Withdrawal
		return m.URL, inOwn(m.Alternative.In(b.Words.Language, b.Catalogue.Languages...))
	}
	return b.Controller().URL, inOwn(b.Contact())
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

// When formats times for the template.
func (v *view) When(t time.Time) string { return v.W.Moment(t) }

// ISO writes a time for machines.
func (v *view) ISO(t time.Time) string { return t.UTC().Format(time.RFC3339) }
