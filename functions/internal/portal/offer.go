package portal

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

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/receipt/page"
)

// offered is what an offer token says. The portal shows it and does not judge
// it: the API verifies the token when it is answered.
type offered struct {
	consent.Offer
	Expires int64 `json:"exp"`
}

// offerPage puts an offer before the person. Nothing is ticked that the person
// has not ticked.
type offerPage struct {
	form
	Token   string
	Query   template.URL // which purposes were asked for
	Expires string
	Items   []*offerItem
	Errors  []fieldError
	Why     *problemPage // why this offer replaces an earlier one
	Phone   string
}

// fieldError is a line of the error summary.
type fieldError struct{ Field, Text string }

// offerItem is one question, what was answered to it, and what is wrong with
// the answer.
type offerItem struct {
	consent.OfferItem
	N                    *page.Names // of the offer, in its language
	Number               int
	Today                string // what stands now
	Required             []string
	Optional             []choice
	After                string
	Min, Max             string // dates
	Notice               template.HTML
	NoticeLanguage       string
	Answer, Until, Error string
	data                 []string // that the answer is about: never empty, for left out it would mean all that was offered
}

// Title is the purpose in words.
func (item *offerItem) Title() string { return item.N.Purpose(item.Purpose) }

// Description says what the purpose is, in the language of the offer.
func (item *offerItem) Description() string {
	return item.N.Catalogue.Purposes[item.Purpose].Text[item.N.Catalogue.Language(item.N.Words.Language)].Description
}

func (v *visit) renderOffer(p *offerPage) error {
	return v.renderForm("offer", v.words.Say("offer.title"), p)
}

// freshOffer asks for an offer of the purposes in the page's address.
func (v *visit) freshOffer() (*offerPage, error) {
	a, err := get[api.Offer](v, client.With("/v1/offers", api.OffersQuery{Purposes: v.r.URL.Query()["purpose"], Language: v.words.Language}))
	if err != nil {
		return nil, err
	}
	p, err := v.offerPage(a.Offer)
	if err != nil {
		return nil, err
	}
	return p, v.addToday(p)
}

var errOfferForm = errors.New("not an offer")

// offerPage lays out an offer from its token, so that the same offer can be
// shown again.
func (v *visit) offerPage(token string) (*offerPage, error) {
	var o offered
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil, errOfferForm
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(payload, &o) != nil {
		return nil, errOfferForm
	}
	cat, err := v.catalogue(o.Catalogue)
	if err != nil {
		return nil, err
	}
	n := &page.Names{Words: texts.In(o.Language), Catalogue: cat}
	p := &offerPage{
		Token: token, Expires: time.Unix(o.Expires, 0).UTC().Format("15:04"), Phone: v.alternative(n),
		Query: template.URL(url.Values{"purpose": v.r.URL.Query()["purpose"]}.Encode()),
	}
	shown := map[string]bool{}
	for i, it := range o.Items {
		item := v.offerItem(n, i, it)
		if digest := cat.Notices[cat.Purposes[it.Purpose].Notice][o.Language].Digest; !shown[digest] {
			shown[digest] = true
			item.NoticeLanguage = o.Language
			if item.Notice, err = v.notice(digest); err != nil {
				return nil, err
			}
		}
		p.Items = append(p.Items, item)
	}
	return p, nil
}

func (v *visit) offerItem(n *page.Names, number int, it consent.OfferItem) *offerItem {
	purpose := n.Catalogue.Purposes[it.Purpose]
	item := &offerItem{
		OfferItem: it, N: n, Number: number,
		After: v.afterwards(purpose.AfterWithdrawal), Min: v.today(), Max: lastDay(it.Valid.AddTo(v.Now().UTC())),
	}
	for i, label := range n.Data(it.Data) {
		if id := it.Data[i]; purpose.Data[id] == catalogue.Required {
			item.data, item.Required = append(item.data, id), append(item.Required, label)
		} else {
			item.Optional = append(item.Optional, choice{ID: id, Label: label})
		}
	}
	return item
}

// addToday says of each question what stands now.
func (v *visit) addToday(p *offerPage) error {
	s, err := v.standing()
	if err != nil {
		return err
	}
	n, err := v.names("")
	if err != nil {
		return err
	}
	for _, item := range p.Items {
		for i := range s.Lines {
			l := &s.Lines[i]
			switch {
			case l.Purpose != item.Purpose || l.Recipient != item.Recipient:
			case l.InForce:
				item.Today = v.words.Say("offer.today.yes", "moment", n.Words.Until(l.Until))
			default:
				item.Today = v.words.Say("offer.today.no", "state", v.words.Term("state", l.StateAt(s.At)), "date", n.Words.Date(l.Latest.At))
			}
		}
	}
	return nil
}

// answerOffer sends the answers. A question without one stays untouched.
func (v *visit) answerOffer() error {
	p, err := v.offerPage(v.r.PostForm.Get("offer"))
	if errors.Is(err, errOfferForm) {
		return v.replaceOffer(refusal(http.StatusUnprocessableEntity, "offer-invalid"))
	}
	if err != nil {
		return err
	}
	choices := v.readChoices(p)
	if len(choices) == 0 && len(p.Errors) == 0 && len(p.Items) > 0 {
		p.Errors = []fieldError{{"item-0", v.words.Say("offer.unanswered")}}
	}
	if len(p.Errors) > 0 {
		if err := v.addToday(p); err != nil {
			return err
		}
		p.status = http.StatusUnprocessableEntity
		return v.renderOffer(p)
	}
	err = v.command(http.MethodPost, "/v1/opt-in", api.OptIn{Offer: p.Token, Choices: choices})
	if why := refused(err, "offer-stale", "offer-expired", "offer-invalid", "idempotency-mismatch"); why != nil {
		return v.replaceOffer(why)
	}
	return err
}

// replaceOffer says why an offer can no longer be answered, and makes a new one.
// Its questions are asked anew: what was ticked before was ticked for other terms.
func (v *visit) replaceOffer(why *api.Problem) error {
	p, err := v.freshOffer()
	if err != nil {
		return err
	}
	said := v.explain(why)
	p.Why, p.status = &said, why.Status
	return v.renderForm("offer", said.Title, p)
}

// readChoices reads the answers into the page, and returns those to send. What
// is wrong is said at its place and in the summary.
func (v *visit) readChoices(p *offerPage) (choices []consent.Choice) {
	for _, item := range p.Items {
		v.readAnswer(item)
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

func (v *visit) readAnswer(item *offerItem) {
	form, suffix := v.r.PostForm, fmt.Sprintf("-%d", item.Number)
	item.Answer, item.Until = form.Get("answer"+suffix), form.Get("until"+suffix)
	ticked := form["data"+suffix]
	item.data = append(item.data, tick(item.Optional, ticked)...)
	switch {
	case item.Answer == "" && (len(ticked) > 0 || item.Until != ""):
		item.Error = v.words.Say("offer.half")
	case item.Answer != "yes":
	case len(item.data) == 0:
		item.Error = v.words.Say("offer.no-data")
	case item.Until != "" && !v.validDate(item.Until, item.Max):
		item.Error = v.words.Say("error.date", "from", v.words.Day(item.Min), "to", v.words.Day(item.Max))
	}
}
