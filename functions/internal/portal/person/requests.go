package person

import (
	"net/http"
	"slices"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// requestsPage lists what the person has asked for. It has a form to ask for more.
type requestsPage struct {
	Open, Answered []cards.Request
	From           bool   // the page does not begin with the newest receipt, and has no open requests
	Older          string // number of the receipt with which the next page begins, or empty
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
	from := v.R.URL.Query().Get("from")
	p.From = from != ""
	current, err := openRequests(v)
	if err != nil {
		return err
	}
	var told requestsTold
	if told, p.Older, err = readAsked(v, from); err != nil {
		return err
	}
	for _, r := range current {
		if told[r.ID] == nil && !p.From { // its receipts are older than those that were read
			told[r.ID] = &asked{RequestStatement: statement.RequestStatement{Request: r}}
		}
		if told[r.ID] != nil {
			told[r.ID].standing = true
		}
	}
	for _, a := range told.latestFirst() {
		if p.From && (a.Open() || a.standing) {
			continue // it stands on the first page, or its answer among newer receipts
		}
		card, err := askedCard(v, n, a, told)
		if err != nil {
			return err
		}
		switch {
		case card.Open:
			p.Open = append(p.Open, card)
		case card.Appeal || v.Now().Sub(a.at) <= visible*24*time.Hour:
			p.Answered = append(p.Answered, card)
		}
	}
	p.Fill(v, n)
	return v.RenderForm("requests", v.Words.Say("requests.title"), p)
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
	card.By, card.Notes, card.Appeal = a.by, a.notes, card.Appeal && a.standing
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
