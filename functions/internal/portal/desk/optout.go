package desk

import (
	"slices"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
)

var optOutPages = form("/people/{person}/opt-out", showOptOut, optOutFor)

// optOutPage has the form by which the staff says no for a person: to some consents, or to
// everything.
type optOutPage struct {
	shell.Form
	Consents []consentBox
	All      bool
	Reason   string

	ticked []string
}

// consentBox is a consent to tick. It is in force or paused.
type consentBox struct {
	cards.Line
	Paused  bool
	Checked bool
}

func showOptOut(v *shell.Visit) error { return renderOptOut(v, &optOutPage{}) }

func renderOptOut(v *shell.Visit, p *optOutPage) error {
	s, err := cards.Standing(v)
	if err != nil {
		return err
	}
	for i := range s.Lines { // a paused consent is listed too, for it could be resumed
		l := &s.Lines[i]
		if l.Terms == nil || !l.InForce && !s.Paused(l) {
			continue
		}
		card, err := cards.LineOf(v, l)
		if err != nil {
			return err
		}
		p.Consents = append(p.Consents, consentBox{card, !l.InForce, slices.Contains(p.ticked, l.ConsentID)})
	}
	return v.RenderForm("optout", v.Words.Say("desk.opt-out.title"), p)
}

// optOutFor sends an opt-out for the person.
func optOutFor(v *shell.Visit) error {
	form := v.R.PostForm
	p := &optOutPage{All: form.Get("all") != "", Reason: v.Text("reason"), ticked: form["consent"]}
	p.Wrong(!p.All && len(p.ticked) == 0, "what", v.Words.Say("desk.opt-out.nothing"))
	checkAct(v, &p.Form, "reason", "") // any reason will do, since only a part of it is kept
	body := consent.OptOut{All: p.All, Reason: v.Reason()}
	if !p.All {
		body.Consents = p.ticked
	}
	return shell.SubmitOr(v, p, renderOptOut, v.Ledger().At("/opt-out"), body)
}
