package cards

import (
	"maps"
	"slices"
	"time"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// Overview is what stands now for a person: what they allow, and what not.
type Overview struct {
	*api.Standing
	N                          *page.Names // of the current catalogue
	Consents, Noes, Unanswered []Line
	Requests                   []Request // that are open, or whose answer can be appealed against
}

// Line is a line of the standing. N names its ids as its catalogue does: the one under which
// the consent was given, or for a no the current one.
type Line struct {
	*api.Line
	N *page.Names
}

// Title is the purpose in words.
func (c Line) Title() string { return c.N.Purpose(c.Purpose) }

// To is the recipient's name.
func (c Line) To() string { return c.N.Party(c.Recipient) }

// End says until when the consent is valid.
func (c Line) End() string { return c.N.Words.Until(c.Until) }

// Shared lists in words the data of the consent, and the accounts from which they come.
func (c Line) Shared() []string { return append(c.N.Data(c.Data), c.N.Resources(c.Resources)...) }

// After says what happens at a moment with the data of a consent that has ended, and by when. It
// is "" if no consent has ended.
func (c Line) After(at time.Time) string {
	deletion := c.Deletion
	if c.Terms != nil && c.StateAt(at) == statement.Expired {
		deletion = consent.AfterEnd(&c.Line.Line, c.N.Catalogue)
	}
	if deletion == nil {
		return ""
	}
	return c.N.Deletion(*deletion, c.Recipient)
}

// Standing is what stands for the person whom the page is about.
func Standing(v *shell.Visit) (*api.Standing, error) {
	s, err := shell.Get[api.Standing](v, v.Ledger().At("/standing"))
	return &s, err
}

// OverviewOf sorts the lines of a standing into what is allowed and what is not.
func OverviewOf(v *shell.Visit) (*Overview, error) {
	s, err := Standing(v)
	if err != nil {
		return nil, err
	}
	current, err := v.Names("")
	if err != nil {
		return nil, err
	}
	p := &Overview{Standing: s, N: current}
	answered := map[statement.LineKey]bool{}
	for i := range s.Lines {
		l := &s.Lines[i]
		answered[l.Key()] = true
		card := Line{l, current}
		if l.Terms != nil {
			if card, err = LineOf(v, l); err != nil {
				return nil, err
			}
		}
		if l.InForce {
			p.Consents = append(p.Consents, card)
		} else {
			p.Noes = append(p.Noes, card)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(current.Catalogue.Purposes)) {
		for _, r := range current.Catalogue.Purposes[id].Recipients {
			if l := (statement.Line{Purpose: id, Recipient: r}); !answered[l.Key()] {
				p.Unanswered = append(p.Unanswered, Line{&api.Line{Line: l}, current})
			}
		}
	}
	for _, r := range s.Requests {
		card, err := RequestOf(v, current, statement.RequestStatement{Request: r}, nil)
		if err != nil {
			return nil, err
		}
		if card.Open || card.Appeal {
			p.Requests = append(p.Requests, card)
		}
	}
	return p, nil
}

// SignalConcerns reports whether the current catalogue has purposes that a Global Privacy
// Control signal concerns.
func (o *Overview) SignalConcerns() bool {
	for _, p := range o.N.Catalogue.Purposes {
		if p.GPC {
			return true
		}
	}
	return false
}

// LineOf is a consent with the catalogue under which it was given.
func LineOf(v *shell.Visit, l *api.Line) (Line, error) {
	n, err := v.Names(l.Catalogue)
	return Line{l, n}, err
}
