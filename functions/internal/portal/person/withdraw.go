package person

import (
	"net/http"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// withdrawPage asks once whether the person wants to withdraw one consent, or everything.
type withdrawPage struct {
	shell.Form
	Consent *cards.Line // nil: everything
	All     []cards.Line
	After   string // what happens to the data that were shared
	Phone   string
}

// stands returns the consent that the address names, if it is in force. If paused is set, a
// paused consent is returned too.
func stands(v *shell.Visit, paused bool) (cards.Line, error) {
	s, err := cards.Standing(v)
	if err != nil {
		return cards.Line{}, err
	}
	for i := range s.Lines {
		if l := &s.Lines[i]; l.ConsentID == v.R.PathValue("id") && (l.InForce || paused && s.Paused(l)) {
			return cards.LineOf(v, l)
		}
	}
	return cards.Line{}, shell.Refusal(http.StatusNotFound, "no-consent")
}

func confirmWithdraw(v *shell.Visit) error {
	c, err := stands(v, true)
	if err != nil {
		return err
	}
	return v.RenderForm("withdraw", v.Words.Say("withdraw.title", "purpose", c.Title()), &withdrawPage{
		Consent: &c, After: afterwards(v, c.To(), c.N.Catalogue.Purposes[c.Purpose].AfterWithdrawal), Phone: alternative(v, c.N),
	})
}

// afterwards says what happens to the data that were shared before the withdrawal.
func afterwards(v *shell.Visit, recipient string, a statement.AfterWithdrawal) string {
	return v.Words.Say("offer.after."+a.What, "recipient", recipient, "period", v.Words.Period(a.Within))
}

func withdraw(v *shell.Visit) error {
	return optOut(v, consent.OptOut{Consents: []string{v.R.PostForm.Get("consent")}})
}

func confirmWithdrawAll(v *shell.Visit, o *cards.Overview) error {
	return v.RenderForm("withdraw", v.Words.Say("withdraw-all.title"), &withdrawPage{All: o.Consents, Phone: alternative(v, o.N)})
}

func withdrawAll(v *shell.Visit) error { return optOut(v, consent.OptOut{All: true}) }

// optOut sends an opt-out, with the reason if the person gave one.
func optOut(v *shell.Visit, body consent.OptOut) error {
	body.Reason = v.Reason()
	return v.Submit("/v1/opt-out", body)
}
