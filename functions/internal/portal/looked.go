package portal

import (
	"fmt"
	"net/http"
	"strconv"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
)

// lookedPage is who looked, in words.
type lookedPage struct {
	Looks []look
	From  bool   // it does not begin with the newest
	Older uint64 // the number that the next page begins with, or 0
}

// look is once that somebody of the staff looked at something, or did something.
type look struct {
	Seq             uint64
	When, What, Who string
	Sign            string // tells one of the staff from another
	Receipt         string // the number of the one that it was about
}

// signLength is how much of a pseudonym tells the staff of a controller apart.
const signLength = 6

// showLooked says the records about the person whom the page is about.
func (v *visit) showLooked() error {
	from := v.r.URL.Query().Get("from")
	list, err := get[api.Looks](v, client.With(v.ledger().At("/audit"), api.ListQuery{Order: api.NewestFirst, Cursor: from}))
	if err != nil {
		return err
	}
	p := lookedPage{From: from != "", Older: list.Next}
	for _, r := range list.Records {
		l := look{Seq: r.Seq, When: v.words.Moment(r.At), What: v.words.Term("did", r.Did), Who: v.words.Term("staff", r.Role)}
		if r.Case != "" {
			l.Who = v.words.Say("looked.by", "role", l.Who, "case", r.Case)
		}
		if _, err := strconv.ParseUint(r.About, 10, 64); err == nil {
			l.Receipt = r.About
		}
		l.Sign = fmt.Sprintf("%.*s", signLength, r.Staff)
		p.Looks = append(p.Looks, l)
	}
	return v.render(http.StatusOK, "looked", v.words.Say("looked.title"), p)
}
