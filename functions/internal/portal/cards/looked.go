package cards

import (
	"fmt"
	"net/http"
	"strconv"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/receipt/page"
)

// lookedPage lists the records of who looked.
type lookedPage struct {
	Looks []looks.Shown
	N     *page.Names
	From  bool   // the page does not begin with the newest record
	Older uint64 // number with which the next page begins, or 0
	Whole bool   // the list leaves nothing out, so that it can be checked
}

// Cases are the records of one case each.
func (p lookedPage) Cases() [][]looks.Shown { return looks.ByCase(p.Looks) }

// Receipt is the number of the receipt that somebody looked at, or empty.
func (lookedPage) Receipt(l looks.Shown) string {
	if _, err := strconv.ParseUint(l.About, 10, 64); err != nil {
		return ""
	}
	return l.About
}

// signLength is how many characters of a pseudonym tell the members of the staff apart.
const signLength = 6

// Sign tells one member of the staff from another.
func (lookedPage) Sign(l looks.Shown) string { return fmt.Sprintf("%.*s", signLength, l.Staff) }

// ShowLooked shows who of the staff looked at the person whom the page is about.
func ShowLooked(v *shell.Visit) error {
	from := v.R.URL.Query().Get("from")
	list, err := shell.Get[api.Looks](v, client.With(v.Ledger().At("/audit"), api.ListQuery{Order: api.NewestFirst, Cursor: from}))
	if err != nil {
		return err
	}
	n, err := v.Names("")
	if err != nil {
		return err
	}
	p := lookedPage{Looks: list.Records, N: n, From: from != "", Older: list.Next, Whole: v.R.PathValue("link") == ""}
	return v.Render(http.StatusOK, "looked", v.Words.Say("looked.title"), p)
}
