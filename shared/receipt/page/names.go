package page

import (
	"cmp"
	"strings"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/period"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// Names puts ids into words: those of the interface, and those that the controller wrote in
// the element, or else in a catalogue. An id without words is shown as it is.
type Names struct {
	Words     *wording.Words
	Catalogue *catalogue.Catalogue // nil if the elements have their own words

	controller *statement.Controller // the controller, if the receipt states it
	own        labels                // of the current element

	others bool // the current members hold words of somebody other than the controller
	named  bool // somebody else chose the names of the members
}

// labels are the words of one element for the ids in it.
type labels struct {
	language                string
	purposes, parties, data map[string]string
	law                     string // of a rule that the operator wrote
}

// NamesOf returns the names for a receipt: its own words, and its controller's time zone. A
// receipt from before receipts had words uses the catalogue that it names, or else the words
// of its records, or else its ids, and UTC.
func NamesOf(rec *receipt.Receipt, cat *catalogue.Catalogue, words *wording.Words) *Names {
	switch {
	case rec.Controller != nil:
		return &Names{Words: words.InZone(rec.Controller.Timezone), controller: rec.Controller}
	case cat == nil:
		return &Names{Words: words, controller: &statement.Controller{Name: rec.Issuer}, own: ofRecords(rec)}
	}
	return &Names{Words: words, Catalogue: cat}
}

// ofRecords returns the words in the records of a receipt.
func ofRecords(rec *receipt.Receipt) labels {
	own := labels{purposes: map[string]string{}, parties: map[string]string{}, data: map[string]string{}}
	records, _ := receipt.Decode[statement.Record](rec.Records) // records that cannot be decoded give no words
	for _, r := range records {
		own.language = r.Language
		for _, p := range r.Parties {
			own.parties[p.PartyID] = p.Name
		}
		for _, p := range r.Purposes {
			own.purposes[p.Purpose] = p.Title
			for _, d := range p.PIIInformation {
				own.data[d.AttributeID] = d.Label
			}
		}
	}
	return own
}

// NamesIn is NamesOf with the words of this package in the best language available.
func NamesIn(rec *receipt.Receipt, language string) *Names {
	return NamesOf(rec, nil, texts.In(language))
}

// OfChange returns the names for a change, from the words in it.
func (n *Names) OfChange(c statement.Change) *Names {
	return n.element(c.Labels, c.Purpose, c.Recipient)
}

// OfLine returns the names for a line of the standing, from the words in it.
func (n *Names) OfLine(l *statement.Line) *Names { return n.element(l.Labels, l.Purpose, l.Recipient) }

func (n *Names) element(l *statement.Labels, purpose, recipient string) *Names {
	if l == nil {
		return n
	}
	out := *n
	out.own = labels{
		language: l.Language, data: l.Data,
		purposes: map[string]string{purpose: l.Purpose}, parties: map[string]string{recipient: l.Recipient},
	}
	return &out
}

// OfRequest returns the names for a data request, from the words in it.
func (n *Names) OfRequest(r statement.RequestStatement) *Names {
	if r.Labels == nil {
		return n
	}
	out := *n
	out.own = labels{language: r.Labels.Language, data: r.Labels.Data, purposes: r.Labels.Purposes, law: r.Labels.Law}
	if r.Complaint != nil {
		out.own.parties = map[string]string{r.Complaint.Authority: r.Labels.Authority}
	}
	return &out
}

// Controller returns the controller of the receipt.
func (n *Names) Controller() statement.Controller {
	if n.controller != nil || n.Catalogue == nil {
		return *cmp.Or(n.controller, &statement.Controller{})
	}
	p := n.Catalogue.Parties[n.Catalogue.Controller]
	return statement.Controller{
		Name: cmp.Or(p.Name, n.Catalogue.Controller), Timezone: n.Catalogue.DataRequests.Timezone, Email: p.Email, Phone: p.Phone,
		URL: n.Catalogue.Review.URL,
	}
}

// Contact returns the controller's name and contact details.
func (n *Names) Contact() string {
	c := n.Controller()
	return freetext.Visible(strings.Join(present(c.Name, c.Email, c.Phone), ", "))
}

// Purpose returns the title of a purpose.
func (n *Names) Purpose(id string) string { return n.purpose(id).Text }

func (n *Names) purpose(id string) phrase {
	if title := n.own.purposes[id]; title != "" {
		return n.labelled(title)
	}
	if n.Catalogue == nil {
		return inOwn(id)
	}
	language := n.Catalogue.Language(n.Words.Language)
	if title := n.Catalogue.Purposes[id].Text[language].Title; title != "" {
		return written(title, n.other(language))
	}
	return inOwn(id)
}

// Party returns the name of a party. Names have no language.
func (n *Names) Party(id string) string {
	name := n.own.parties[id]
	if name == "" && n.Catalogue != nil {
		name = n.Catalogue.Parties[id].Name
	}
	return freetext.Visible(cmp.Or(name, id))
}

// Verb names a change in a word, given its event: what was said, whatever held before.
func (n *Names) Verb(c statement.Change, event statement.EventType) string {
	switch kind := kindOf(c, event); kind {
	case narrowed, changed, statement.Refused:
		return n.Words.Term("said", kind)
	}
	return n.Words.Term("said", c.To)
}

// changed names the subject of a change: a purpose, or the id of an unknown consent that an
// opt-out named.
func (n *Names) changed(c statement.Change) phrase {
	if c.Purpose == "" {
		return inOwn(c.ConsentID)
	}
	return n.purpose(c.Purpose)
}

// Data returns the labels of categories of data.
func (n *Names) Data(ids []string) []string { return plain(n.data(ids)) }

func (n *Names) data(ids []string) (out []phrase) {
	for _, id := range ids {
		label := n.own.data[id]
		switch {
		case label != "":
			out = append(out, n.labelled(label))
		case n.Catalogue != nil:
			out = append(out, inOwn(cmp.Or(n.Catalogue.Data[id].Label.In(n.Words.Language, n.Catalogue.Languages...), id)))
		default:
			out = append(out, inOwn(id))
		}
	}
	return out
}

// labelled returns one of the element's own words.
func (n *Names) labelled(text string) phrase { return written(text, n.other(n.own.language)) }

// Foreign returns the language of the element's own words, or "" if it is that of the
// interface.
func (n *Names) Foreign() string { return n.other(n.own.language) }

func (n *Names) other(language string) string {
	if language == n.Words.Language {
		return ""
	}
	return language
}

// Access states how far back the data go, and how often they are accessed.
func (n *Names) Access(a statement.AccessTerms) string {
	often := n.Words.Say("access.one-time")
	if !a.Every.IsZero() {
		often = n.Words.Say("access.read", "often", n.measured("access.every", a.Every))
	}
	return n.measured("access.lookback", a.Lookback) + ", " + often
}

// measured states a period: the last year, once a day, or once every 3 days. A period of one
// unit has a text of its own, where the words have one.
func (n *Names) measured(key string, p period.Period) string {
	for unit, one := range map[string]period.Period{"day": {Days: 1}, "week": {Days: 7}, "month": {Months: 1}, "year": {Years: 1}} {
		if p == one && n.Words.Has(key+"-"+unit) {
			return n.Words.Say(key + "-" + unit)
		}
	}
	return n.Words.Say(key, "period", n.Words.Period(p))
}

// Attests states, for a consent imported from an earlier system, what that system's record
// attests.
func (n *Names) Attests(l *statement.Line) string {
	if l.Latest.Attests == "" {
		return ""
	}
	return n.Words.Say("standing.attests", "what", n.Words.Term("value.attests", l.Latest.Attests))
}

// Delta lists the data and the resources that a change added or removed.
func (n *Names) Delta(d statement.Delta) []string { return plain(n.dataOf(d)) }

// Resources lists the person's resources, such as accounts, to which a consent is limited.
func (n *Names) Resources(rs []statement.Resource) []string { return plain(n.resources(rs)) }

func (n *Names) resources(rs []statement.Resource) (out []phrase) {
	for _, r := range rs {
		out = append(out, inOwn(freetext.Visible(r.Type+" "+cmp.Or(r.Label, r.ID))))
	}
	return out
}

// Effects states the effects of a change, one sentence each.
func (n *Names) Effects(c statement.Change) []string { return plain(n.effects(c)) }

func (n *Names) effects(c statement.Change) (out []phrase) {
	e, who := c.Effect, n.Party(c.Recipient)
	if e == nil {
		return nil
	}
	if e.StopBy != "" {
		out = append(out, n.effect("stop_by", e.StopBy))
	}
	if d := e.Deletion; d != nil {
		out = append(out, n.deletion(*d, c.Recipient))
	}
	if len(e.GoesOn) > 0 {
		out = append(out, n.effect("goes_on", "", "who", who, "data", quoted(n.Words, n.data(e.GoesOn))))
	}
	if e.EvidenceUntil != "" {
		out = append(out, n.effect("evidence_until", e.EvidenceUntil, "who", n.Controller().Name))
	}
	return out
}

// Deletion states what happens to data that a recipient may no longer use, and by when.
func (n *Names) Deletion(d statement.Deletion, recipient string) string {
	return n.deletion(d, recipient).Text
}

func (n *Names) deletion(d statement.Deletion, recipient string) phrase {
	return n.effect(d.What, d.By, "who", n.Party(recipient))
}

// effect states one effect of a change, with its date if it has one.
func (n *Names) effect(key, date string, args ...any) phrase {
	return say(n.Words, "effect."+key, append(args, "date", n.Words.Day(date))...)
}

// place returns the name of a country or a part of it, or its code (ISO 3166) if it has no words.
func (n *Names) place(code string) string { return n.Words.Term("place", code) }

func (n *Names) places(codes []string) (out []string) {
	for _, code := range codes {
		out = append(out, n.place(code))
	}
	return out
}
