package person

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// offerPage puts an offer before the person, a question a page unless the catalogue has all on
// one, and last all the answers. The answers to the questions of other pages travel in hidden
// fields, and nothing of them is kept here. Nothing is ticked unless the person ticked it.
type offerPage struct {
	shell.Form
	Token    string
	Terms    string       // digest of the catalogue
	Query    template.URL // the purposes that the address asks for
	Expires  string
	Items    []*offerItem
	At       int  // number of the question; the length of Items: the answers
	Single   bool // all questions stand on one page
	Reviewed bool // the person has seen all answers, and changes one of them
	Errors   []fieldError
	Why      *shell.ProblemPage // why this offer replaces an earlier one
	Phone    string
}

// fieldError is a line of the error summary.
type fieldError struct{ Field, Text string }

// offerItem is one question, its answer, and what is wrong with the answer.
type offerItem struct {
	consent.OfferItem
	N                    *page.Names // names in the language of the offer
	Number               int
	Today                string // what stands now
	Required             []string
	Optional             []shell.Choice
	After                string
	End                  string // last day of a yes without a date of its own
	Days                 days
	Notice               template.HTML
	Answer, Until, Error string
	data                 []string // data of the answer; an empty list would mean all data of the offer
}

// Title is the purpose in words.
func (item *offerItem) Title() string { return item.N.Purpose(item.Purpose) }

// Who is the recipient's name.
func (item *offerItem) Who() string { return item.N.Party(item.Recipient) }

// Description says what the purpose is, in the language of the offer.
func (item *offerItem) Description() string {
	return item.N.Catalogue.Purposes[item.Purpose].Text[item.N.Catalogue.Language(item.N.Words.Language)].Description
}

// Data lists what the recipient gets by this answer.
func (item *offerItem) Data() []string { return item.N.Data(item.data) }

// Ticked lists the data that the person ticked beside those that are required.
func (item *offerItem) Ticked() []string { return item.N.Data(item.data[len(item.Required):]) }

// Last is the last day of the yes.
func (item *offerItem) Last() string {
	if item.Until != "" {
		return item.N.Words.Day(item.Until)
	}
	return item.End
}

// Shown are the questions of this page.
func (p *offerPage) Shown() []*offerItem {
	if p.Single {
		return p.Items
	}
	return p.Items[p.At:min(p.At+1, len(p.Items))]
}

// Carried are the questions whose answers travel in hidden fields.
func (p *offerPage) Carried() (list []*offerItem) {
	for _, item := range p.Items {
		if !p.Single && item.Number != p.At {
			list = append(list, item)
		}
	}
	return list
}

// Count is the number of the question for people, who count from 1.
func (p *offerPage) Count() int { return p.At + 1 }

// Enter does what the page's main button does, or shows all answers again. See [shell.Carries].
func (p *offerPage) Enter() string {
	switch {
	case len(p.Items) == 0:
		return ""
	case p.At == len(p.Items):
		return "review"
	}
	return "next"
}

// Answered reports whether the person has answered any question.
func (p *offerPage) Answered() bool {
	for _, item := range p.Items {
		if item.Answer != "" {
			return true
		}
	}
	return false
}

func renderOffer(v *shell.Visit, p *offerPage) (err error) {
	for _, item := range p.Shown() {
		purpose := item.N.Catalogue.Purposes[item.Purpose]
		if item.Notice, err = notice(v, item.N.Catalogue.Notices[purpose.Notice][item.N.Words.Language].Digest); err != nil {
			return err
		}
	}
	if err := addToday(v, p); err != nil {
		return err
	}
	title := v.Words.Say("offer.title")
	if !p.Single && len(p.Items) > 0 {
		title = v.Words.Say("offer.progress", "n", p.Count(), "all", len(p.Items)) + ": " + p.Items[p.At].Title()
	}
	if p.Why != nil {
		title = p.Why.Title
	}
	return v.RenderForm("offer", title, p)
}

// renderReview shows all answers before they are sent.
func renderReview(v *shell.Visit, p *offerPage) error {
	p.At = len(p.Items)
	if err := addToday(v, p); err != nil {
		return err
	}
	return v.RenderForm("review", v.Words.Say("review.title"), p)
}

// freshOffer asks the API for an offer of the purposes that the address names.
func freshOffer(v *shell.Visit) (*offerPage, error) {
	a, err := shell.Get[api.Offer](v, client.With("/v1/offers", api.OffersQuery{Purposes: v.R.URL.Query()["purpose"], Language: v.Words.Language}))
	if err != nil {
		return nil, err
	}
	return layOut(v, a.Offer)
}

var errOfferForm = errors.New("the form has no offer token")

// layOut makes the page of an offer from its token, so that the same offer can be shown again.
// It does not verify the token: the API does when the person answers.
func layOut(v *shell.Visit, token string) (*offerPage, error) {
	var o consent.Offer
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errOfferForm
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &o) != nil {
		return nil, errOfferForm
	}
	cat, err := v.Catalogue(o.Catalogue)
	if err != nil {
		return nil, err
	}
	n := &page.Names{Words: v.Texts.In(o.Language).InZone(cat.DataRequests.Timezone), Catalogue: cat}
	p := &offerPage{
		Token: token, Terms: o.Catalogue, Expires: n.Words.Moment(time.Unix(o.Expires, 0)), Phone: alternative(v, n), Single: cat.Layout == catalogue.Single,
		Query: template.URL(url.Values{"purpose": v.R.URL.Query()["purpose"]}.Encode()),
	}
	for i, it := range o.Items {
		p.Items = append(p.Items, newItem(v, n, i, it))
	}
	return p, nil
}

func newItem(v *shell.Visit, n *page.Names, number int, it consent.OfferItem) *offerItem {
	purpose, end := n.Catalogue.Purposes[it.Purpose], it.Valid.AddTo(v.Now().UTC())
	item := &offerItem{
		OfferItem: it, N: n, Number: number, After: afterwards(v, n.Party(it.Recipient), purpose.AfterWithdrawal),
		End: n.Words.Date(end), Days: daysTo(v, end, n.Catalogue),
	}
	for i, label := range n.Data(it.Data) {
		if id := it.Data[i]; purpose.Data[id] == catalogue.Required {
			item.data, item.Required = append(item.data, id), append(item.Required, label)
		} else {
			item.Optional = append(item.Optional, shell.Choice{ID: id, Label: label})
		}
	}
	return item
}

// addToday says for each question what the person allows now.
func addToday(v *shell.Visit, p *offerPage) error {
	s, err := cards.Standing(v)
	if err != nil {
		return err
	}
	n, err := v.Names("")
	if err != nil {
		return err
	}
	for _, item := range p.Items {
		for i := range s.Lines {
			l := &s.Lines[i]
			switch {
			case l.Purpose != item.Purpose || l.Recipient != item.Recipient:
			case l.InForce:
				item.Today = v.Words.Say("offer.today.yes", "moment", n.Words.Until(l.Until))
			case l.StateAt(s.At) == statement.Expired:
				item.Today = endedByItself(n.Words, l.Until) + "."
			default:
				item.Today = v.Words.Say("offer.today.no", "state", v.Words.Term("state", l.StateAt(s.At)), "date", n.Words.Date(l.Latest.At))
			}
		}
	}
	return nil
}

// replaceOffer says why an offer can no longer be answered, and shows a new one. The new one has
// no answers, because the earlier answers were given to other terms.
func replaceOffer(v *shell.Visit, why *api.Problem) error {
	p, err := freshOffer(v)
	if err != nil {
		return err
	}
	said := v.Explain(why)
	p.Why, p.Status = &said, why.Status
	return renderOffer(v, p)
}

// sendOffer sends the answers. A question without an answer changes nothing.
func sendOffer(v *shell.Visit, p *offerPage) error {
	var choices []consent.Choice
	for _, item := range p.Items {
		c := consent.Choice{Purpose: item.Purpose, Recipient: item.Recipient, Answer: item.Answer}
		if item.Answer == "yes" {
			c.Data, c.Until = item.data, item.Until
		}
		if item.Answer != "" {
			choices = append(choices, c)
		}
	}
	err := v.Command(http.MethodPost, "/v1/opt-in", api.OptIn{Offer: p.Token, Choices: choices})
	if why := shell.Refused(err, "offer-stale", "offer-expired", "offer-invalid", "idempotency-mismatch"); why != nil {
		return replaceOffer(v, why)
	}
	return err
}
