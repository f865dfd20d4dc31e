package portal

import (
	"net/http"
	"strconv"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
)

// timelineLength is how many receipts a page of the timeline shows.
const timelineLength = 20

// olderThan is where the page after a list begins, or "".
func olderThan(l api.Receipts) string {
	if n := len(l.Receipts); l.Next != "" && n > 0 && l.Receipts[n-1].Seq > 1 {
		return strconv.FormatUint(l.Receipts[n-1].Seq-1, 10)
	}
	return ""
}

// list asks for receipts, newest first, from a number down; "" is the newest.
func (v *visit) list(limit int, from string) (api.Receipts, error) {
	return get[api.Receipts](v, client.With(v.ledger().At("/receipts"), api.ListQuery{Order: api.NewestFirst, Limit: limit, Cursor: from}))
}

// timelinePage is what happened, newest first.
type timelinePage struct {
	Receipts []told
	From     bool   // it does not begin with the newest
	Older    string // the number that the next page begins with, or ""
}

func (v *visit) showTimeline() error {
	from := v.r.URL.Query().Get("from")
	list, err := v.list(timelineLength, from)
	if err != nil {
		return err
	}
	p := timelinePage{From: from != "", Older: olderThan(list)}
	if p.Receipts, err = v.tellAll(list); err != nil {
		return err
	}
	return v.render(http.StatusOK, "timeline", v.words.Say("timeline.title"), p)
}

// tellAll says receipts in short.
func (v *visit) tellAll(list api.Receipts) (all []told, err error) {
	for _, r := range list.Receipts {
		rec, err := readReceipt(r.Receipt)
		if err != nil {
			return nil, err
		}
		one, err := v.tell(rec, false)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
