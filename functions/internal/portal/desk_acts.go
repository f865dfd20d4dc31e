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

// checkAct looks at what goes with every act: its text, in this field, and its case.
func (v *visit) checkAct(f *form, field, text string) {
	f.wrong(utf8.RuneCountInString(text) > consent.MaxText, field, v.words.Say("desk.text-wrong", "n", consent.MaxText))
	f.wrong(!consent.ValidCase(v.caseOfForm()), "case", v.words.Say("desk.case-wrong"))
}

// step takes a data request one step on.
func (v *visit) step() error {
	form := v.r.PostForm
	act := form.Get("act")
	p := &deskRequestPage{act: act, Reason: form.Get("reason-" + act), Note: formText(form, "note")}
	p.wrong(act == "", "act", v.words.Say("desk.step.act-wrong"))
	// The form has such a field where a reason must be given.
	p.wrong(form.Has("reason-"+act) && p.Reason == "", "reason-"+act, v.words.Say("desk.step.reason-wrong"))
	v.checkAct(&p.form, "note", p.Note)
	err := submitOr(v, p, (*visit).renderDeskRequest, v.requestPath()+"/steps", api.Step{Act: datarequest.Act(act), Reason: p.Reason, Note: p.Note})
	if refused, ok := errors.AsType[*api.Problem](err); ok && refused.Status == http.StatusConflict {
		p.status = http.StatusConflict
		return v.renderDeskRequest(p)
	}
	return err
}

// optOutPage says no for a person: to some consents, or to everything.
type optOutPage struct {
	form
	Consents []consentBox
	All      bool
	Reason   string

	ticked []string
}

// consentBox is a consent in force, or a paused one, to tick.
type consentBox struct {
	lineCard
	Paused  bool
	Checked bool
}

func (v *visit) showOptOut() error { return v.renderOptOut(&optOutPage{}) }

func (v *visit) renderOptOut(p *optOutPage) error {
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
		p.Consents = append(p.Consents, consentBox{card, !l.InForce, slices.Contains(p.ticked, l.ConsentID)})
	}
	return v.renderForm("optout", v.words.Say("desk.opt-out.title"), p)
}

// optOutFor says no for the person.
func (v *visit) optOutFor() error {
	form := v.r.PostForm
	p := &optOutPage{All: form.Get("all") != "", Reason: formText(form, "reason"), ticked: form["consent"]}
	p.wrong(!p.All && len(p.ticked) == 0, "what", v.words.Say("desk.opt-out.nothing"))
	v.checkAct(&p.form, "reason", "") // no reason is wrong
	body := consent.OptOut{All: p.All, Reason: kept(p.Reason)}
	if !p.All {
		body.Consents = p.ticked
	}
	return submitOr(v, p, (*visit).renderOptOut, v.ledger().At("/opt-out"), body)
}
