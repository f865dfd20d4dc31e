package portal

import (
	"net/http"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
)

// annulPage asks why a receipt should never have been.
type annulPage struct {
	form
	told
	Reason string
}

func (v *visit) showAnnul() error { return v.renderAnnul(&annulPage{}) }

func (v *visit) renderAnnul(p *annulPage) error {
	rec, err := v.receipt()
	if err != nil {
		return err
	}
	if p.told, err = v.tell(rec, true); err != nil {
		return err
	}
	return v.renderForm("annul", v.words.Say("desk.annul.title", "n", rec.Seq), p)
}

// annul corrects a receipt that was made by mistake. Its digest goes with the form, so
// that what is annulled is what was looked at.
func (v *visit) annul() error {
	p := &annulPage{Reason: formText(v.r.PostForm, "reason")}
	p.wrong(p.Reason == "", "reason", v.words.Say("desk.annul.reason-wrong"))
	v.checkAct(&p.form, "reason", p.Reason)
	if p.Error != "" {
		return v.renderAnnul(p)
	}
	body := consent.Annul{Seq: v.seq, Digest: v.r.PostForm.Get("digest"), Reason: p.Reason}
	err := v.command(http.MethodPost, v.ledger().At("/annulments"), body)
	if before := refused(err, "idempotency-mismatch"); before != nil { // its digest is the key
		return &api.Problem{Type: "annulled-before", Status: before.Status, Instance: before.Instance}
	}
	return err
}
