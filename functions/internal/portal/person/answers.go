package person

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"consent-receipts/functions/internal/portal/shell"
)

// answerOffer takes the answers of a page, and leads to the next one. Whatever the page, all
// answers are in the form, and all of them are checked before they are sent.
func answerOffer(v *shell.Visit) error {
	p, err := layOut(v, v.R.PostForm.Get("offer"))
	if errors.Is(err, errOfferForm) {
		return replaceOffer(v, shell.Refusal(http.StatusUnprocessableEntity, "offer-invalid"))
	}
	if err != nil {
		return err
	}
	if len(p.Items) == 0 {
		return renderOffer(v, p)
	}
	form := v.R.PostForm
	p.At, p.Reviewed = p.number(form.Get("at")), form.Has("reviewed")
	for _, item := range p.Items {
		readAnswer(v, item)
	}
	where, number, _ := strings.Cut(form.Get("go"), "-")
	switch where {
	case "back":
		p.At = max(p.At-1, 0)
		return renderOffer(v, p)
	case "change":
		p.At = p.number(number)
		return renderOffer(v, p)
	case "skip":
		p.Items[p.At].take("", nil)
		return forward(v, p)
	case "language":
		return inLanguage(v, p, form.Has("at"))
	case "review", "send":
		return finish(v, p, where == "send")
	}
	return next(v, p)
}

// inLanguage shows a question, or all answers, in the language of the visit. An offer has one
// language, so there is a new one. The answers go along, unless the terms have changed.
func inLanguage(v *shell.Visit, old *offerPage, question bool) error {
	p, err := freshOffer(v)
	if err != nil {
		return err
	}
	if p.Terms != old.Terms {
		return replaceOffer(v, shell.Refusal(http.StatusConflict, "offer-stale"))
	}
	for _, item := range p.Items {
		for _, said := range old.Items {
			if said.Purpose == item.Purpose && said.Recipient == item.Recipient {
				item.Until = said.Until
				item.take(said.Answer, said.data)
			}
		}
	}
	p.At, p.Reviewed = min(old.At, max(len(p.Items)-1, 0)), old.Reviewed
	if question || len(p.Items) == 0 {
		return renderOffer(v, p)
	}
	return renderReview(v, p)
}

// number reads the number of a question. What is no such number counts as the first.
func (p *offerPage) number(text string) int {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(p.Items) {
		return n
	}
	return 0
}

// readAnswer reads the answer to a question from the form.
func readAnswer(v *shell.Visit, item *offerItem) {
	form, suffix := v.R.PostForm, fmt.Sprintf("-%d", item.Number)
	answer := form.Get("answer" + suffix)
	if answer != "yes" && answer != "no" {
		answer = ""
	}
	item.Until = form.Get("until" + suffix)
	item.take(answer, form["data"+suffix])
}

// take sets the answer and the data that are ticked beside those that are required.
func (item *offerItem) take(answer string, ticked []string) {
	item.Answer = answer
	item.data = item.data[:len(item.Required)]
	item.data = append(item.data, shell.Tick(item.Optional, ticked)...)
}

// contradicts reports whether the answer is a no with data ticked. What it means is asked.
func (item *offerItem) contradicts() bool {
	return item.Answer == "no" && len(item.data) > len(item.Required)
}

// check says what is wrong with an answer.
func (item *offerItem) check(v *shell.Visit) {
	switch {
	case item.Answer == "" && len(item.data) > len(item.Required):
		item.Error = v.Words.Say("offer.half")
	case item.Answer != "yes":
		item.Until = ""
	case len(item.data) == 0:
		item.Error = v.Words.Say("offer.no-data")
	case item.Until != "" && !item.Days.has(item.Until):
		item.Error = v.Words.Say("error.date", "from", v.Words.Day(item.Days.Min), "to", v.Words.Day(item.Days.Max))
	}
}

// next checks the answers of this page, and goes on from it.
func next(v *shell.Visit, p *offerPage) error {
	if meant := v.R.PostForm.Get("meant"); meant == "no" {
		p.Items[p.At].take("no", nil)
	} else if meant == "yes" {
		p.Items[p.At].Answer = "yes"
	}
	for _, item := range p.Shown() {
		if item.check(v); item.Error == "" && item.Answer == "" && !p.Single {
			item.Error = v.Words.Say("offer.choose")
		}
		p.fault(item, "item")
	}
	if len(p.Errors) == 0 && !p.Answered() && p.Single {
		p.Errors = []fieldError{{"item-0", v.Words.Say("offer.unanswered")}}
	}
	if len(p.Errors) > 0 {
		p.Status = http.StatusUnprocessableEntity
		return renderOffer(v, p)
	}
	return forward(v, p)
}

// fault adds what is wrong with an answer to the summary.
func (p *offerPage) fault(item *offerItem, field string) {
	if item.Error != "" {
		p.Errors = append(p.Errors, fieldError{fmt.Sprintf("%s-%d", field, item.Number), item.Title() + ": " + item.Error})
	}
}

// forward shows the next question, or all answers. First it asks about an answer that
// contradicts itself.
func forward(v *shell.Visit, p *offerPage) error {
	for _, item := range p.Shown() {
		if item.contradicts() {
			p.At, p.Status = item.Number, http.StatusUnprocessableEntity
			return v.RenderForm("asked", v.Words.Say("asked.title", "purpose", item.Title()), p)
		}
	}
	if p.At++; p.Single || p.Reviewed || p.At >= len(p.Items) {
		return renderReview(v, p)
	}
	return renderOffer(v, p)
}

// finish checks all answers, and sends them or shows them once more.
func finish(v *shell.Visit, p *offerPage, send bool) error {
	for _, item := range p.Items {
		item.check(v)
		if item.contradicts() || item.Error != "" && item.Until == "" { // no page of the portal's own sends this
			p.At = item.Number
			return next(v, p)
		}
		p.fault(item, "until")
	}
	if len(p.Errors) > 0 || send && !p.Answered() {
		p.Status = http.StatusUnprocessableEntity
		return renderReview(v, p)
	}
	if !send {
		return renderReview(v, p)
	}
	return sendOffer(v, p)
}
