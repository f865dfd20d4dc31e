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

// reading is what a receipt says, read.
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

// record returns the index of the record of a consent, or -1.
func (s *reading) record(consentID string) int {
	return slices.IndexFunc(s.records, func(r statement.Record) bool { return r.RecordID == consentID })
}

// title is a purpose in words, or its id where no catalogue was given.
func (s *reading) title(purpose string) string {
	if s.cat != nil {
		if t := s.cat.Purposes[purpose].Text[s.cat.Languages[0]].Title; t != "" {
			return t
		}
	}
	return purpose
}

// party is a party's name, or its id.
func (s *reading) party(id string) string {
	if s.cat != nil && s.cat.Parties[id].Name != "" {
		return s.cat.Parties[id].Name
	}
	return id
}

// chosen is the one consent of a receipt that a format is about.
type chosen struct {
	*reading
	change statement.Change
	at     int               // of the change
	record *statement.Record // nil where the event ended the consent
	row    int               // of the record, or -1
}

// choose finds the consent to export. A refusal has no id: where a receipt
// states refusals alone, the format says what it can make of one.
func (s *reading) choose(consentID string) (*chosen, error) {
	var ids []string
	at := -1
	for i, c := range s.changes {
		if c.To == statement.None || c.ConsentID == "" || (consentID != "" && c.ConsentID != consentID) {
			continue
		}
		ids, at = append(ids, c.ConsentID), i
	}
	switch {
	case len(ids) > 1:
		return nil, fmt.Errorf("%w: %s", ErrSeveral, strings.Join(ids, ", "))
	case len(ids) == 0 && consentID != "":
		return nil, ErrUnknown
	case len(ids) == 0:
		at = slices.IndexFunc(s.changes, func(c statement.Change) bool { return c.To != statement.None })
	}
	if at < 0 {
		return nil, fmt.Errorf("%w: it is about %s", ErrNothing, s.rec.Event.Type)
	}
	c := &chosen{reading: s, change: s.changes[at], at: at, row: -1}
	if c.change.ConsentID != "" {
		c.row = s.record(c.change.ConsentID)
	}
	if c.row >= 0 {
		c.record = &s.records[c.row]
	}
	return c, nil
}

// status is what a vocabulary calls the state of the chosen consent.
func (c *chosen) status(format string, name func(consent.Mapping) string) (string, error) {
	if word := name(consent.States[c.change.To]); word != "" && c.change.ConsentID != "" {
		return word, nil
	}
	return "", fmt.Errorf("%w: %s has no consent that is %s", ErrInexpressible, format, c.change.To)
}

// shared refuses a consent for the controller's own use: formats of data sharing
// are about two parties.
func (c *chosen) shared(format string) error {
	if len(c.record.Purposes[0].RecipientThirdParties) == 0 {
		return fmt.Errorf("%w: %s is about data that another party gets, and this consent is for %s itself",
			ErrInexpressible, format, c.change.Recipient)
	}
	return nil
}

// partyOf finds a party in the record.
func (c *chosen) partyOf(id string) (statement.RecordParty, int) {
	i := slices.IndexFunc(c.record.Parties, func(p statement.RecordParty) bool { return p.PartyID == id })
	if i < 0 {
		return statement.RecordParty{PartyID: id, Name: id}, i
	}
	return c.record.Parties[i], i
}

// here places one rule's pattern.
func (c *chosen) here(pattern string) string {
	pattern = strings.Replace(pattern, "{record}", fmt.Sprintf("/records/%d", c.row), 1)
	if c.record != nil {
		pattern = strings.Replace(pattern, "{latest}", fmt.Sprintf("/records/%d/events/%d", c.row, len(c.record.Events)-1), 1)
	}
	return strings.Replace(pattern, "{change}", fmt.Sprintf("/changes/%d", c.at), 1)
}

// rules places a format's rules: {record} and {change} are the chosen ones, and
// {latest} is the record's latest event.
func (c *chosen) rules(in ...Rule) []Rule {
	out := slices.Clone(in)
	for i := range out {
		out[i].Pattern = c.here(out[i].Pattern)
	}
	return out
}
