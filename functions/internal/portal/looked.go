package portal

import (
	"fmt"
	"net/http"
	"strconv"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/receipt/looks"
)

// lookedPage is who looked.
type lookedPage struct {
	Looks []looks.Shown
	From  bool   // it does not begin with the newest
	Older uint64 // the number that the next page begins with, or 0
}

// Receipt is the number of the receipt that a look was about, or "".
func (lookedPage) Receipt(l looks.Shown) string {
	if _, err := strconv.ParseUint(l.About, 10, 64); err != nil {
		return ""
	}
	return l.About
}

// signLength is how much of a pseudonym tells the staff of a controller apart.
const signLength = 6

// Sign tells one of the staff from another.
func (lookedPage) Sign(l looks.Shown) string { return fmt.Sprintf("%.*s", signLength, l.Staff) }

// showLooked shows the records about the person whom the page is about.
func (v *visit) showLooked() error {
	from := v.r.URL.Query().Get("from")
	list, err := get[api.Looks](v, client.With(v.ledger().At("/audit"), api.ListQuery{Order: api.NewestFirst, Cursor: from}))
	if err != nil {
		return err
	}
	p := lookedPage{Looks: list.Records, From: from != "", Older: list.Next}
	return v.render(http.StatusOK, "looked", v.words.Say("looked.title"), p)
}
