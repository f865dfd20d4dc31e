package person

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// answeredOnPage is how many answered requests a page lists.
const answeredOnPage = 10

// requestsPage lists what the person has asked for. It has a form to ask for more.
type requestsPage struct {
	Open, Answered []cards.Request
	From, Older    int // how many newer answers the page leaves out, and with how many the next page begins; 0: there is none
	cards.Ask
}

// Days is how many days an answered request stays on the page.
func (requestsPage) Days() int { return visible }

func showRequests(v *shell.Visit) error { return renderRequests(v, &requestsPage{}) }

// openRequests are the requests that await an answer, and those whose answer can be appealed
// against.
func openRequests(v *shell.Visit) ([]statement.Request, error) {
	open, err := shell.Get[api.OpenRequests](v, "/v1/data-requests")
	return open.Requests, err
}

func renderRequests(v *shell.Visit, p *requestsPage) error {
	n, err := v.Names("")
	if err != nil {
		return err
	}
	told, err := allAsked(v)
	if err != nil {
		return err
	}
	var open, answered []*asked
	for _, a := range told.latestFirst() {
		if a.Open() {
			open = append(open, a)
		} else if a.appealable(v, n) || v.Now().Sub(a.at) <= visible*24*time.Hour {
			answered = append(answered, a)
		}
	}
	if from, err := strconv.Atoi(v.R.URL.Query().Get("from")); err == nil && from > 0 && from < len(answered) {
		p.From = from
	}
	if p.From+answeredOnPage < len(answered) {
		p.Older = p.From + answeredOnPage
	}
	if p.Open, err = askedCards(v, n, open, told); err != nil {
		return err
	}
	if p.Answered, err = askedCards(v, n, answered[p.From:min(p.From+answeredOnPage, len(answered))], told); err != nil {
		return err
	}
	p.Fill(v, n)
	return v.RenderForm("requests", v.Words.Say("requests.title"), p)
}

func askedCards(v *shell.Visit, n *page.Names, list []*asked, told requestsTold) (out []cards.Request, err error) {
	for _, a := range list {
		card, err := askedCard(v, n, a, told)
		if err != nil {
			return nil, err
		}
		out = append(out, card)
	}
	return out, nil
}

// askedCard says a request as its receipts tell it.
func askedCard(v *shell.Visit, n *page.Names, a *asked, told requestsTold) (card cards.Request, err error) {
	var about *statement.Request
	if earlier := told[a.AboutRequest]; earlier != nil {
		about = &earlier.Request
	}
	if card, err = cards.WholeRequest(v, n, a.RequestStatement, about); err != nil {
		return card, err
	}
	card.By, card.Notes, card.Appeal = a.by, a.notes, a.appealable(v, n)
	if since := n.Words.Moment(a.at); !a.at.IsZero() && since != n.Words.Moment(a.Received) { // the fact before it is the state
		card.Facts = slices.Insert(card.Facts, 1, page.Fact{Label: v.Words.Say("requests.since"), Lines: []string{since}})
	}
	return card, nil
}

// ask sends a data request.
func ask(v *shell.Visit) error {
	p := &requestsPage{Ask: cards.ReadAsk(v)}
	return shell.SubmitOr(v, p, renderRequests, "/v1/data-requests", p.Command())
}

// takeBack withdraws a data request. The id of the request is the idempotency key.
func takeBack(v *shell.Visit) error {
	return v.Command(http.MethodDelete, api.Own.Request(v.R.PathValue("id")), nil)
}

// downloadManifest hands over the signed list of what the answer to a request consists of.
func downloadManifest(v *shell.Visit) error {
	return v.Download(cards.ManifestPath(v.R.PathValue("id")), "application/jose", "answer-manifest.jws", "Accept", "application/jose")
}
