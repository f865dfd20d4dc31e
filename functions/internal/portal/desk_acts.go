package portal

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/freetext"
)

// acts wraps what a form does for a person: only an operator may. The API says so too.
func acts(do func(*visit) error) func(*visit) error {
	return posted(mayAct(do))
}

// asOperator wraps a page with the form by which an operator acts.
func asOperator(page func(*visit) error) func(*visit) error { return signedIn(mayAct(page)) }

func mayAct(page func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		if v.session.Role != operator {
			return refusal(http.StatusForbidden, "forbidden")
		}
		return page(v)
	}
}

// formText is a field of a form, with the line ends that it is counted by, and without
// what no text may hold: whoever pasted it does not see that it is there.
func formText(form url.Values, name string) string {
	return strings.TrimSpace(freetext.Clean(form.Get(name)))
}

// wrongIn says what is wrong with what goes with every act, its text and its case, and
// in which field; nothing is "".
func (v *visit) wrongIn(name, text, reference string) (fault, field string) {
	switch {
	case utf8.RuneCountInString(text) > consent.MaxText:
		return v.words.Say("desk.text-wrong", "n", consent.MaxText), name
	case !consent.ValidCase(reference):
		return v.words.Say("desk.case-wrong"), "case"
	}
	return "", ""
}

// step takes a data request one step on.
func (v *visit) step() error {
	form := v.r.PostForm
	act := form.Get("act")
	p := &deskRequestPage{Reason: form.Get("reason-" + act), Note: formText(form, "note"), Case: formText(form, "case")}
	switch {
	case act == "":
		p.Error, p.Field = v.words.Say("desk.step.act-wrong"), "act"
	case form.Has("reason-"+act) && p.Reason == "": // the form has such a field where one must be given
		p.Error, p.Field = v.words.Say("desk.step.reason-wrong"), "reason-"+act
	default:
		p.Error, p.Field = v.wrongIn("note", p.Note, p.Case)
	}
	if p.Error != "" {
		return v.renderDeskRequest(p, act)
	}
	body := api.Step{Act: datarequest.Act(act), Reason: p.Reason, Note: p.Note}
	err := v.submit(v.requestPath()+"/steps", body, api.CaseReference, p.Case)
	if refused, ok := errors.AsType[*api.Problem](err); ok && refused.Status == http.StatusConflict {
		p.status = http.StatusConflict
		return v.renderDeskRequest(p, act)
	}
	return err
}

// optOutPage says no for a person: to some consents, or to everything.
type optOutPage struct {
	form
	Consents     []consentBox
	All          bool
	Reason, Case string
}

// consentBox is a consent in force, or a paused one, to tick.
type consentBox struct {
	consentCard
	Paused  bool
	Checked bool
}

func (v *visit) showOptOut() error {
	return v.renderOptOut(&optOutPage{Case: v.caseInHand()}, nil)
}

func (v *visit) renderOptOut(p *optOutPage, ticked []string) error {
	s, err := v.standing()
	if err != nil {
		return err
	}
	for i := range s.Lines { // a paused one too: it could be taken up again
		l := &s.Lines[i]
		if l.Terms == nil || !l.InForce && !s.Paused(l) {
			continue
		}
		card, err := v.card(l)
		if err != nil {
			return err
		}
		p.Consents = append(p.Consents, consentBox{card, !l.InForce, slices.Contains(ticked, card.ID)})
	}
	return v.renderForm("optout", v.words.Say("desk.opt-out.title"), p)
}

// optOutFor says no for the person.
func (v *visit) optOutFor() error {
	form := v.r.PostForm
	ticked := form["consent"]
	p := &optOutPage{All: form.Get("all") != "", Reason: formText(form, "reason"), Case: formText(form, "case")}
	switch {
	case !p.All && len(ticked) == 0:
		p.Error, p.Field = v.words.Say("desk.opt-out.nothing"), "what"
	default:
		p.Error, p.Field = v.wrongIn("reason", "", p.Case) // no reason is wrong
	}
	if p.Error != "" {
		return v.renderOptOut(p, ticked)
	}
	body := consent.OptOut{All: p.All, Reason: kept(p.Reason)}
	if !p.All {
		body.Consents = ticked
	}
	return v.submit(v.ledger().At("/opt-out"), body, api.CaseReference, p.Case)
}
