package cards

import (
	"net/http"
	"strconv"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/receipt"
)

// timelineLength is how many receipts a page of the timeline shows.
const timelineLength = 20

// List reads at most limit receipts, newest first, beginning with the number in from; empty:
// with the newest. Older is the number with which the next page begins, or empty.
func List(v *shell.Visit, limit int, from string) (recs []*receipt.Receipt, older string, err error) {
	list, err := shell.Get[api.Receipts](v, client.With(v.Ledger().At("/receipts"), api.ListQuery{Order: api.NewestFirst, Limit: limit, Cursor: from}))
	if err != nil {
		return nil, "", err
	}
	for _, r := range list.Receipts {
		rec, err := Parse(r.Receipt)
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

// Timeline lists receipts, newest first.
type Timeline struct {
	Receipts []Entry
	From     bool   // the page does not begin with the newest receipt
	Older    string // number with which the next page begins, or empty
}

// ShowTimeline shows the receipts of the person whom the page is about.
func ShowTimeline(v *shell.Visit) error {
	from := v.R.URL.Query().Get("from")
	p, err := TimelineOf(v, timelineLength, from)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "timeline", v.Words.Say("timeline.title"), p)
}

// TimelineOf says receipts in short.
func TimelineOf(v *shell.Visit, limit int, from string) (*Timeline, error) {
	recs, older, err := List(v, limit, from)
	if err != nil {
		return nil, err
	}
	p := &Timeline{From: from != "", Older: older}
	for _, rec := range recs {
		one, err := EntryOf(v, rec)
		if err != nil {
			return nil, err
		}
		p.Receipts = append(p.Receipts, one)
	}
	return p, nil
}
