package exchange

import (
	"fmt"
	"slices"
	"strings"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// reading has the parts of a receipt, decoded.
type reading struct {
	rec      *receipt.Receipt
	cat      *catalogue.Catalogue // or nil
	changes  []statement.Change
	records  []statement.Record
	actor    statement.Actor
	evidence statement.Evidence
}

func read(rec *receipt.Receipt, cat *catalogue.Catalogue) (*reading, error) {
	if !rec.Complete() {
		return nil, ErrWithheld
	}
	s := &reading{rec: rec, cat: cat}
	var err error
	if s.changes, err = receipt.Decode[statement.Change](rec.Changes); err != nil {
		return nil, err
	}
	if s.records, err = receipt.Decode[statement.Record](rec.Records); err != nil {
		return nil, err
	}
	actors, err := receipt.Decode[statement.Actor](rec.Actor)
	if err != nil {
		return nil, err
	}
	evidence, err := receipt.Decode[statement.Evidence](rec.Evidence)
	if err != nil {
		return nil, err
	}
	s.actor, s.evidence = actors[0], evidence[0] // the schema has exactly one of each
	return s, nil
}

// record returns the index of the record that states a change in full, or -1. A refusal has
// no consent, and so no id to find its record by.
func (s *reading) record(c statement.Change) int {
	return slices.IndexFunc(s.records, func(r statement.Record) bool {
		p := &r.Purposes[0]
		recipients := p.RecipientThirdParties
		if len(recipients) == 0 {
			recipients = p.PIIControllers
		}
		return c.ConsentID == r.RecordID || c.ConsentID == "" && c.Purpose == p.Purpose && slices.Contains(recipients, c.Recipient)
	})
}

// given reports whether a record is about a consent that the event gave or changed, and not
// about one that it ended or refused.
func (s *reading) given(r *statement.Record) bool {
	return slices.ContainsFunc(s.changes, func(c statement.Change) bool { return c.ConsentID == r.RecordID && c.To == statement.Given })
}

// title is the purpose of a change in words: in those of the change or, if it has none, of
// the catalogue. Without either it is the purpose's id.
func (s *reading) title(c statement.Change) string {
	if c.Labels != nil && c.Labels.Purpose != "" {
		return c.Labels.Purpose
	}
	if s.cat != nil {
		if t := s.cat.Purposes[c.Purpose].Text[s.cat.Languages[0]].Title; t != "" {
			return t
		}
	}
	return c.Purpose
}

// recipient is the name of a change's recipient, or the id.
func (s *reading) recipient(c statement.Change) string {
	if c.Labels != nil && c.Labels.Recipient != "" {
		return c.Labels.Recipient
	}
	if s.cat != nil && s.cat.Parties[c.Recipient].Name != "" {
		return s.cat.Parties[c.Recipient].Name
	}
	return c.Recipient
}

// scheme is a standard of data sharing, whose formats hold one consent.
type scheme struct {
	name     string
	state    func(consent.Mapping) string
	clusters func(clusters) []string
}

// chosen is the one consent of a receipt that a format is about.
type chosen struct {
	*reading
	scheme *scheme
	status string // what the scheme calls the state of the consent
	id     string // the consent's, or the record's of a refusal; "" if there is neither
	change statement.Change
	at     int               // of the change
	record *statement.Record // what was given, ended or refused; nil if the receipt states it in short
	row    int               // the index of the record, or -1
}

// choose reads a receipt and finds the consent to export. A consent that is over or was
// refused has a status only where the scheme has a word for it. One for the controller's own
// use is none of the schemes', for they are about two parties.
func (f *scheme) choose(rec *receipt.Receipt, cat *catalogue.Catalogue, consentID string) (*chosen, error) {
	s, err := read(rec, cat)
	if err != nil {
		return nil, err
	}
	c, err := s.choose(consentID)
	if err != nil {
		return nil, err
	}
	c.scheme, c.status = f, f.state(consent.States[c.change.To])
	switch {
	case c.status == "":
		return nil, fmt.Errorf("%w: %s has no consent that is %s", ErrInexpressible, f.name, c.change.To)
	case c.id == "":
		return nil, fmt.Errorf("%w: %s names each consent by an id, and this receipt states the refusal in short, without one", ErrInexpressible, f.name)
	case c.record != nil && len(c.record.Purposes[0].RecipientThirdParties) == 0:
		return nil, fmt.Errorf("%w: %s is about data that another party gets, and this consent is for %s itself", ErrInexpressible, f.name, c.change.Recipient)
	}
	return c, nil
}

// choose finds the consent to export. Refusals count only where the receipt states nothing
// else.
func (s *reading) choose(consentID string) (*chosen, error) {
	var consents, refusals []*chosen
	for i, change := range s.changes {
		c := &chosen{reading: s, change: change, id: change.ConsentID, at: i, row: s.record(change)}
		if c.row >= 0 {
			c.record, c.id = &s.records[c.row], s.records[c.row].RecordID
		}
		switch {
		case change.To == statement.None || consentID != "" && c.id != consentID:
		case change.ConsentID != "":
			consents = append(consents, c)
		default:
			refusals = append(refusals, c)
		}
	}
	if len(consents) == 0 {
		consents = refusals
	}
	switch {
	case len(consents) > 1:
		var ids []string
		for _, c := range consents {
			ids = append(ids, c.id)
		}
		return nil, fmt.Errorf("%w: %s", ErrSeveral, strings.Join(ids, ", "))
	case len(consents) == 1:
		return consents[0], nil
	case consentID != "":
		return nil, ErrUnknown
	}
	return nil, fmt.Errorf("%w: it is about %s", ErrNothing, s.rec.Event.Type)
}

// partyOf finds a party in the record.
func (c *chosen) partyOf(id string) (statement.RecordParty, int) {
	i := slices.IndexFunc(c.record.Parties, func(p statement.RecordParty) bool { return p.PartyID == id })
	if i < 0 {
		return statement.RecordParty{PartyID: id, Name: id}, i
	}
	return c.record.Parties[i], i
}

// here puts the places of the chosen consent into a rule's pattern.
func (c *chosen) here(pattern string) string {
	pattern = strings.Replace(pattern, "{record}", fmt.Sprintf("/records/%d", c.row), 1)
	if c.record != nil {
		pattern = strings.Replace(pattern, "{latest}", fmt.Sprintf("/records/%d/events/%d", c.row, len(c.record.Events)-1), 1)
	}
	return strings.Replace(pattern, "{change}", fmt.Sprintf("/changes/%d", c.at), 1)
}

// byRecord are the rules of a refusal, which has no consent to go by, for a format that has
// the id of its record at a place.
func (c *chosen) byRecord(to string) (rules []Rule) {
	if c.change.ConsentID != "" {
		return nil
	}
	for _, pattern := range []string{"{change}/purpose", "{change}/recipient", "{record}/purposes/0/purpose", "{record}/purposes/0/recipient_third_parties/0"} {
		rules = append(rules, approximated(pattern, to, "as the id of the refusal's record, which is found by it"))
	}
	return rules
}

// rules puts the places of the chosen consent into a format's rules: {record} and {change}
// are the chosen record and change, and {latest} is the record's latest event.
func (c *chosen) rules(in ...Rule) []Rule {
	out := slices.Clone(in)
	for i := range out {
		out[i].Pattern = c.here(out[i].Pattern)
	}
	return out
}
