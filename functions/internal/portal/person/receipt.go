package person

import (
	"net/http"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/receipt"
)

// receiptPage is one receipt in a few words, with the ways to keep and show it.
type receiptPage struct {
	cards.Receipt
	New    bool       // the receipt was made just now
	Copies []copyForm // the forms beside the first
}

func showReceipt(v *shell.Visit, rec *receipt.Receipt) (err error) {
	p := receiptPage{New: v.R.URL.Query().Has("new"), Copies: copies[1:]}
	if p.Receipt, err = cards.Tell(v, rec, true); err != nil {
		return err
	}
	return v.Render(http.StatusOK, "receipt", v.Words.Say("receipt.title", "n", rec.Seq, "event", p.Heading), p)
}
