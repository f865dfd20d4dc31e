package portal

import (
	"net/http"
	"strconv"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/receipt"
)

// timelineLength is how many receipts a page of the timeline shows.
const timelineLength = 20

// list reads receipts, newest first, from a number down; "" is the newest. It says with
// which number those before them begin, or "".
func (v *visit) list(limit int, from string) (recs []*receipt.Receipt, older string, err error) {
	list, err := get[api.Receipts](v, client.With(v.ledger().At("/receipts"), api.ListQuery{Order: api.NewestFirst, Limit: limit, Cursor: from}))
	if err != nil {
		return nil, "", err
	}
	for _, r := range list.Receipts {
		rec, err := readReceipt(r.Receipt)
		if err != nil {
			return nil, "", err
		}
		recs = append(recs, rec)
		if list.Next != "" && rec.Seq > 1 {
			older = strconv.FormatUint(rec.Seq-1, 10)
		}
	}
	return recs, older, nil
}

// timelinePage is what happened, newest first.
type timelinePage struct {
	Receipts []told
	From     bool   // it does not begin with the newest
	Older    string // the number that the next page begins with, or ""
}

func (v *visit) showTimeline() error {
	from := v.r.URL.Query().Get("from")
	p, err := v.timeline(timelineLength, from)
	if err != nil {
		return err
	}
	return v.render(http.StatusOK, "timeline", v.words.Say("timeline.title"), p)
}

// timeline says receipts in short.
func (v *visit) timeline(limit int, from string) (*timelinePage, error) {
	recs, older, err := v.list(limit, from)
	if err != nil {
		return nil, err
	}
	p := &timelinePage{From: from != "", Older: older}
	for _, rec := range recs {
		one, err := v.tell(rec, false)
		if err != nil {
			return nil, err
		}
		p.Receipts = append(p.Receipts, one)
	}
	return p, nil
}
