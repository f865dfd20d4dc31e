package portal

import (
	"maps"
	"net/http"
	"slices"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// latest is how many receipts the first page shows; the timeline has them all.
const latest = 3

// homePage is what stands now, and the latest receipts.
type homePage struct {
	Controller string
	SignedOut  bool
	Consents   []consentCard
	Noes       []noCard
	Unanswered []noCard
	Requests   []requestCard
	Latest     *timelinePage
	Withdrawal catalogue.Method
	Phone      string // the alternative to withdrawing here
}

// consentCard is one consent in force, in words.
type consentCard struct {
	ID, Purpose                            string
	Title, Recipient, Access, Until, Since string
	Data                                   []string
	Receipt                                uint64 // the newest one that touched it
}

// noCard is a purpose that is not allowed: refused, withdrawn or ended.
type noCard struct {
	Purpose, Title, Recipient, State, Since string
	Receipt                                 uint64
	Paused                                  string // the id of a consent that is paused, and can be withdrawn
}

func (v *visit) home() error {
	if v.session == nil {
		n, err := v.names("")
		if err != nil {
			return err
		}
		return v.render(http.StatusOK, "welcome", v.words.Say("welcome.title"), homePage{
			Controller: n.Party(n.Catalogue.Controller), SignedOut: v.r.URL.Query().Has("signed-out"),
			Withdrawal: n.Catalogue.Withdrawal, Phone: v.alternative(n),
		})
	}
	s, err := v.standing()
	if err != nil {
		return err
	}
	p, err := v.overview(s)
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
	return get[*api.Standing](v, v.ledger().At("/standing"))
}

func (v *visit) alternative(n *page.Names) string {
	return n.Catalogue.Withdrawal.Alternative.In(v.words.Language, n.Catalogue.Languages...)
}

// overview sorts the lines of a standing into what is allowed and what is not.
func (v *visit) overview(s *api.Standing) (*homePage, error) {
	current, err := v.names("")
	if err != nil {
		return nil, err
	}
	p := &homePage{
		Controller: current.Party(current.Catalogue.Controller), Withdrawal: current.Catalogue.Withdrawal, Phone: v.alternative(current),
	}
	answered := map[statement.LineKey]bool{}
	for i := range s.Lines {
		l := &s.Lines[i]
		answered[l.Key()] = true
		if l.InForce {
			card, err := v.cardOf(l)
			if err != nil {
				return nil, err
			}
			p.Consents = append(p.Consents, card)
			continue
		}
		no := noCard{
			Purpose: l.Purpose, Title: current.Purpose(l.Purpose), Recipient: current.Party(l.Recipient),
			State: v.words.Term("state", l.StateAt(s.At)), Since: current.Words.Date(l.Latest.At), Receipt: l.Latest.Seq,
		}
		if s.Paused(l) {
			no.Paused = l.ConsentID
		}
		p.Noes = append(p.Noes, no)
	}
	for _, id := range slices.Sorted(maps.Keys(current.Catalogue.Purposes)) {
		for _, r := range current.Catalogue.Purposes[id].Recipients {
			if !answered[statement.LineKey{Purpose: id, Recipient: r}] {
				p.Unanswered = append(p.Unanswered, noCard{Purpose: id, Title: current.Purpose(id), Recipient: current.Party(r)})
			}
		}
	}
	for _, r := range s.Requests { // an answer stays until the time for an appeal is over
		card, err := v.requestCard(current, statement.RequestStatement{Request: r}, nil)
		if err != nil {
			return nil, err
		}
		card.Overdue = r.Open() && r.Due < current.Catalogue.DataRequests.Day(s.At)
		if card.Open || card.Appeal {
			p.Requests = append(p.Requests, card)
		}
	}
	return p, nil
}

// cardOf says a consent in the words of the catalogue that it was given under.
func (v *visit) cardOf(l *api.Line) (consentCard, error) {
	n, err := v.names(l.Catalogue)
	if err != nil {
		return consentCard{}, err
	}
	return card(n, l), nil
}

func card(n *page.Names, l *api.Line) consentCard {
	return consentCard{
		ID: l.ConsentID, Purpose: l.Purpose, Title: n.Purpose(l.Purpose), Recipient: n.Party(l.Recipient), Access: n.Access(l.Access),
		Until: n.Words.Until(l.Until), Since: n.Words.Date(l.From), Receipt: l.Latest.Seq,
		Data: append(n.Data(l.Data), n.Resources(l.Resources)...),
	}
}
