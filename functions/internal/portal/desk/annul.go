package desk

import (
	"net/http"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
)

var annulPages = form("/people/{person}/receipts/{seq}/annul", showAnnul, annul)

// annulPage shows a receipt and asks why it should never have existed.
type annulPage struct {
	shell.Form
	cards.Receipt
	Reason string
}

func showAnnul(v *shell.Visit) error { return renderAnnul(v, &annulPage{}) }

func renderAnnul(v *shell.Visit, p *annulPage) error {
	rec, err := cards.Fetch(v)
	if err != nil {
		return err
	}
	if p.Receipt, err = cards.Tell(v, rec); err != nil {
		return err
	}
	return v.RenderForm("annul", v.Words.Say("desk.annul.title", "n", rec.Seq), p)
}

// annul annuls a receipt that was made by mistake. The form has the digest of the receipt, so
// that the staff annuls the receipt that they looked at.
func annul(v *shell.Visit) error {
	p := &annulPage{Reason: v.Text("reason")}
	p.Wrong(p.Reason == "", "reason", v.Words.Say("desk.annul.reason-wrong"))
	checkAct(v, &p.Form, "reason", p.Reason)
	if p.Error != "" {
		return renderAnnul(v, p)
	}
	body := consent.Annul{Seq: v.Seq, Digest: v.R.PostForm.Get("digest"), Reason: p.Reason}
	err := v.Command(http.MethodPost, v.Ledger().At("/annulments"), body)
	if before := shell.Refused(err, "idempotency-mismatch"); before != nil { // the idempotency key of an annulment is the digest
		return &api.Problem{Type: "annulled-before", Status: before.Status, Instance: before.Instance}
	}
	return err
}
