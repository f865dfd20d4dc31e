package person

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
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
)

// offered is the payload of an offer token. The portal shows it and does not verify it: the API
// verifies the token when the person answers.
type offered struct {
	consent.Offer
	Expires int64 `json:"exp"`
}

// offerPage puts an offer before the person. No box is ticked unless the person ticked it.
type offerPage struct {
	shell.Form
	Token   string
	Query   template.URL // the purposes that the address asks for
	Expires string
	Items   []*offerItem
	Errors  []fieldError
	Why     *shell.ProblemPage // why this offer replaces an earlier one
	Phone   string
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
	Min, Max             string // dates
	Notice               template.HTML
	NoticeLanguage       string
	Answer, Until, Error string
	data                 []string // data of the answer; an empty list would mean all data of the offer
}

// Title is the purpose in words.
func (item *offerItem) Title() string { return item.N.Purpose(item.Purpose) }

// Description says what the purpose is, in the language of the offer.
func (item *offerItem) Description() string {
	return item.N.Catalogue.Purposes[item.Purpose].Text[item.N.Catalogue.Language(item.N.Words.Language)].Description
}

func renderOffer(v *shell.Visit, p *offerPage) error {
	return v.RenderForm("offer", v.Words.Say("offer.title"), p)
}

// freshOffer asks the API for an offer of the purposes that the address names.
func freshOffer(v *shell.Visit) (*offerPage, error) {
	a, err := shell.Get[api.Offer](v, client.With("/v1/offers", api.OffersQuery{Purposes: v.R.URL.Query()["purpose"], Language: v.Words.Language}))
	if err != nil {
		return nil, err
	}
	p, err := layOut(v, a.Offer)
	if err != nil {
		return nil, err
	}
	return p, addToday(v, p)
}

var errOfferForm = errors.New("the form has no offer token")

// layOut makes the page of an offer from its token. So the same offer can be shown again.
func layOut(v *shell.Visit, token string) (*offerPage, error) {
	var o offered
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
	n := &page.Names{Words: v.Texts.In(o.Language), Catalogue: cat}
	p := &offerPage{
		Token: token, Expires: time.Unix(o.Expires, 0).UTC().Format("15:04"), Phone: alternative(v, n),
		Query: template.URL(url.Values{"purpose": v.R.URL.Query()["purpose"]}.Encode()),
	}
	shown := map[string]bool{}
	for i, it := range o.Items {
		item := newItem(v, n, i, it)
		if digest := cat.Notices[cat.Purposes[it.Purpose].Notice][o.Language].Digest; !shown[digest] {
			shown[digest] = true
			item.NoticeLanguage = o.Language
			if item.Notice, err = notice(v, digest); err != nil {
				return nil, err
			}
		}
		p.Items = append(p.Items, item)
	}
	return p, nil
}

func newItem(v *shell.Visit, n *page.Names, number int, it consent.OfferItem) *offerItem {
	purpose := n.Catalogue.Purposes[it.Purpose]
	item := &offerItem{
		OfferItem: it, N: n, Number: number,
		After: afterwards(v, purpose.AfterWithdrawal), Min: today(v), Max: lastDay(it.Valid.AddTo(v.Now().UTC())),
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
			default:
				item.Today = v.Words.Say("offer.today.no", "state", v.Words.Term("state", l.StateAt(s.At)), "date", n.Words.Date(l.Latest.At))
			}
		}
	}
	return nil
}

// answerOffer sends the answers. A question without an answer changes nothing.
func answerOffer(v *shell.Visit) error {
	p, err := layOut(v, v.R.PostForm.Get("offer"))
	if errors.Is(err, errOfferForm) {
		return replaceOffer(v, shell.Refusal(http.StatusUnprocessableEntity, "offer-invalid"))
	}
	if err != nil {
		return err
	}
	choices := readChoices(v, p)
	if len(choices) == 0 && len(p.Errors) == 0 && len(p.Items) > 0 {
		p.Errors = []fieldError{{"item-0", v.Words.Say("offer.unanswered")}}
	}
	if len(p.Errors) > 0 {
		if err := addToday(v, p); err != nil {
			return err
		}
		p.Status = http.StatusUnprocessableEntity
		return renderOffer(v, p)
	}
	err = v.Command(http.MethodPost, "/v1/opt-in", api.OptIn{Offer: p.Token, Choices: choices})
	if why := shell.Refused(err, "offer-stale", "offer-expired", "offer-invalid", "idempotency-mismatch"); why != nil {
		return replaceOffer(v, why)
	}
	return err
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
	return v.RenderForm("offer", said.Title, p)
}

// readChoices reads the answers into the page, and returns those to send. A fault is shown at
// its question and in the summary.
func readChoices(v *shell.Visit, p *offerPage) (choices []consent.Choice) {
	for _, item := range p.Items {
		readAnswer(v, item)
		if item.Error != "" {
			p.Errors = append(p.Errors, fieldError{fmt.Sprintf("item-%d", item.Number), item.Title() + ": " + item.Error})
			continue
		}
		c := consent.Choice{Purpose: item.Purpose, Recipient: item.Recipient, Answer: item.Answer}
		switch item.Answer {
		case "yes":
			c.Data, c.Until = item.data, item.Until
			choices = append(choices, c)
		case "no":
			choices = append(choices, c)
		}
	}
	return choices
}

func readAnswer(v *shell.Visit, item *offerItem) {
	form, suffix := v.R.PostForm, fmt.Sprintf("-%d", item.Number)
	item.Answer, item.Until = form.Get("answer"+suffix), form.Get("until"+suffix)
	ticked := form["data"+suffix]
	item.data = append(item.data, shell.Tick(item.Optional, ticked)...)
	switch {
	case item.Answer == "" && (len(ticked) > 0 || item.Until != ""):
		item.Error = v.Words.Say("offer.half")
	case item.Answer != "yes":
	case len(item.data) == 0:
		item.Error = v.Words.Say("offer.no-data")
	case item.Until != "" && !validDate(v, item.Until, item.Max):
		item.Error = v.Words.Say("error.date", "from", v.Words.Day(item.Min), "to", v.Words.Day(item.Max))
	}
}
