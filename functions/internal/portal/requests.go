package portal

import (
	"net/http"
	"slices"

	"consent-receipts/shared/api"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/receipt/page/wording"
	"consent-receipts/shared/statement"
)

// requestsPage is what the person has asked for, and a form to ask.
type requestsPage struct {
	Open, Answered []requestCard
	askForm
}

// requestCard is one data request in words.
type requestCard struct {
	page.RequestWords
	W        *wording.Words // for the template
	ID       string
	Person   string // whose it is, at the desk
	Overdue  bool
	By       string // who asked, where it was not the person
	Notes    []noteCard
	Open     bool
	TakeBack bool    // it can be
	Appeal   bool    // is possible
	HasData  bool    // it asks for data: what is here is there at once
	Added    []added // by other systems
}

// noteCard is a remark and whose it is.
type noteCard struct {
	By    string
	Lines []string // as freetext.Lines shows them
}

// requestCard says a data request. All of it says also what only the API knows: the answer
// so far, and the earlier request that an appeal is about, where none of those told is it.
func (v *visit) requestCard(n *page.Names, r statement.RequestStatement, all bool, told requestsTold) (card requestCard, err error) {
	var about *statement.Request
	if earlier := told[r.AboutRequest]; earlier != nil {
		about = &earlier.Request
	} else if all && r.AboutRequest != "" {
		if about, err = v.earlier(r.AboutRequest); err != nil {
			return card, err
		}
	}
	current, err := v.currentCatalogue() // what can be done now is by its rules
	if err != nil {
		return card, err
	}
	terms := current.DataRequests
	card = requestCard{
		RequestWords: n.Request(r, about), W: v.words, ID: r.ID, Person: v.r.PathValue("person"), Open: r.Open(),
		Appeal: datarequest.Appealable(r.Request, terms.Today(r.Rule, v.Now())), HasData: r.Type.HasParts() && (r.Open() || r.State == statement.Completed || r.State == statement.PartlyCompleted),
	}
	if calendar, err := terms.Calendar(r.Rule); err == nil {
		for _, c := range datarequest.Choices(r.Request, datarequest.Person, v.Now(), terms.Own, calendar) {
			card.TakeBack = card.TakeBack || c.Act == datarequest.Withdraw
		}
	}
	if all && v.prefix == "" {
		card.Added, err = v.added(r.Request)
	}
	return card, err
}

func (v *visit) showRequests() error { return v.renderRequests(&requestsPage{}) }

// openRequests are those that await an answer, and those whose answer can be appealed
// against.
func (v *visit) openRequests() ([]statement.Request, error) {
	open, err := get[api.OpenRequests](v, "/v1/data-requests")
	return open.Requests, err
}

func (v *visit) renderRequests(p *requestsPage) error {
	n, err := v.names("")
	if err != nil {
		return err
	}
	current, err := v.openRequests()
	if err != nil {
		return err
	}
	told, err := v.asked()
	if err != nil {
		return err
	}
	for _, r := range current {
		if told[r.ID] == nil { // its receipts are further back than we look
			told[r.ID] = &asked{RequestStatement: statement.RequestStatement{Request: r}}
		}
		told[r.ID].standing = true
	}
	for _, a := range told.latestFirst() {
		card, err := v.askedCard(n, a, told)
		if err != nil {
			return err
		}
		if card.Open {
			p.Open = append(p.Open, card)
		} else {
			p.Answered = append(p.Answered, card)
		}
	}
	v.fill(&p.askForm, n)
	return v.renderForm("requests", v.words.Say("requests.title"), p)
}

// askedCard says a request as its receipts tell it.
func (v *visit) askedCard(n *page.Names, a *asked, told requestsTold) (card requestCard, err error) {
	if card, err = v.requestCard(n, a.RequestStatement, true, told); err != nil {
		return card, err
	}
	card.By, card.Notes, card.Appeal = a.by, a.notes, card.Appeal && a.standing
	if !a.at.IsZero() { // after the state
		card.Facts = slices.Insert(card.Facts, 1, page.Fact{Label: v.words.Say("requests.since"), Lines: []string{n.Words.Moment(a.at)}})
	}
	return card, nil
}

// ask sends a data request.
func (v *visit) ask() error {
	p := &requestsPage{askForm: v.readAsk()}
	return submitOr(v, p, (*visit).renderRequests, "/v1/data-requests", p.command())
}

// takeBack withdraws a data request. Its id is the key.
func (v *visit) takeBack() error {
	return v.command(http.MethodDelete, api.Own.Request(v.r.PathValue("id")), nil)
}
