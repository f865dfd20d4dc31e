package portal

import (
	"errors"
	"net/http"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
)

// annulPage asks why a receipt should never have been.
type annulPage struct {
	form
	told
	Digest       string
	Reason, Case string
}

func (v *visit) showAnnul() error {
	return v.renderAnnul(&annulPage{Case: v.caseInHand()})
}

func (v *visit) renderAnnul(p *annulPage) error {
	rec, err := v.receipt()
	if err != nil {
		return err
	}
	if p.told, err = v.tell(rec, true); err != nil {
		return err
	}
	p.Digest = rec.Digest
	return v.renderForm("annul", v.words.Say("desk.annul.title", "n", rec.Seq), p)
}

// annul corrects a receipt that was made by mistake. Its digest goes with the form, so
// that what is annulled is what was looked at.
func (v *visit) annul() error {
	form := v.r.PostForm
	p := &annulPage{Reason: formText(form, "reason"), Case: formText(form, "case")}
	p.Error, p.Field = v.wrongIn("reason", p.Reason, p.Case)
	if p.Reason == "" {
		p.Error, p.Field = v.words.Say("desk.annul.reason-wrong"), "reason"
	}
	if p.Error != "" {
		return v.renderAnnul(p)
	}
	body := consent.Annul{Seq: v.seq, Digest: form.Get("digest"), Reason: p.Reason}
	err := v.command(http.MethodPost, v.ledger().At("/annulments"), body, api.CaseReference, p.Case)
	if refused, ok := errors.AsType[*api.Problem](err); ok && refused.Slug() == "idempotency-mismatch" { // its digest is the key
		return &api.Problem{Type: "annulled-before", Status: refused.Status, Instance: refused.Instance}
	}
	return err
}
