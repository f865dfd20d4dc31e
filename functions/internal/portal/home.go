package portal

import (
	"maps"
	"net/http"
	"slices"

	"consent-receipts/shared/api"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// latest is how many receipts the first page shows; the timeline has them all.
const latest = 3

// homePage is what stands now, and the latest receipts.
type homePage struct {
	*api.Standing
	Consents, Noes, Unanswered []lineCard
	Requests                   []requestCard
	Latest                     *timelinePage
	Phone                      string // the alternative to withdrawing here
}

// lineCard is a line of the standing, and what names it: of a consent in force, the
// catalogue that it was given under.
type lineCard struct {
	*api.Line
	N *page.Names
}

// Title is the purpose in words.
func (c lineCard) Title() string { return c.N.Purpose(c.Purpose) }

// To is the recipient's name.
func (c lineCard) To() string { return c.N.Party(c.Recipient) }

// End says until when the consent is valid.
func (c lineCard) End() string { return c.N.Words.Until(c.Until) }

// Shared are the data of the consent, and of which accounts, in words.
func (c lineCard) Shared() []string { return append(c.N.Data(c.Data), c.N.Resources(c.Resources)...) }

// welcomePage is for whoever is not signed in.
type welcomePage struct {
	SignedOut         bool // just now
	Controller, Phone string
}

func (v *visit) home() error {
	if v.session == nil {
		n, err := v.names("")
		if err != nil {
			return err
		}
		return v.render(http.StatusOK, "welcome", v.words.Say("welcome.title"), welcomePage{
			SignedOut: v.r.URL.Query().Has("signed-out"), Controller: n.Party(n.Catalogue.Controller), Phone: v.alternative(n),
		})
	}
	p, err := v.overview()
	if err != nil {
		return err
	}
	if p.Latest, err = v.timeline(latest, ""); err != nil {
		return err
	}
	return v.render(http.StatusOK, "home", v.words.Say("home.title"), p)
}

// standing is what stands for the person whom the page is about.
func (v *visit) standing() (*api.Standing, error) {
	s, err := get[api.Standing](v, v.ledger().At("/standing"))
	return &s, err
}

func (v *visit) alternative(n *page.Names) string {
	return n.Catalogue.Withdrawal.Alternative.In(v.words.Language, n.Catalogue.Languages...)
}

// overview sorts the lines of a standing into what is allowed and what is not.
func (v *visit) overview() (*homePage, error) {
	s, err := v.standing()
	if err != nil {
		return nil, err
	}
	current, err := v.names("")
	if err != nil {
		return nil, err
	}
	p := &homePage{Standing: s, Phone: v.alternative(current)}
	answered := map[statement.LineKey]bool{}
	for i := range s.Lines {
		l := &s.Lines[i]
		answered[l.Key()] = true
		if !l.InForce {
			p.Noes = append(p.Noes, lineCard{l, current})
			continue
		}
		card, err := v.card(l)
		if err != nil {
			return nil, err
		}
		p.Consents = append(p.Consents, card)
	}
	for _, id := range slices.Sorted(maps.Keys(current.Catalogue.Purposes)) {
		for _, r := range current.Catalogue.Purposes[id].Recipients {
			if l := (statement.Line{Purpose: id, Recipient: r}); !answered[l.Key()] {
				p.Unanswered = append(p.Unanswered, lineCard{&api.Line{Line: l}, current})
			}
		}
	}
	for _, r := range s.Requests { // an answer stays until the time for an appeal is over
		card, err := v.requestCard(current, statement.RequestStatement{Request: r}, false, nil)
		if err != nil {
			return nil, err
		}
		card.Overdue = current.Catalogue.DataRequests.Overdue(r, s.At)
		if card.Open || card.Appeal {
			p.Requests = append(p.Requests, card)
		}
	}
	return p, nil
}

// card is a consent and the catalogue that it was given under.
func (v *visit) card(l *api.Line) (lineCard, error) {
	n, err := v.names(l.Catalogue)
	return lineCard{l, n}, err
}
