package portal

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// timelineLength is how many receipts a page of the timeline shows.
const timelineLength = 20

// listedReceipt is a receipt as the API lists it.
type listedReceipt struct {
	Seq       uint64    `json:"seq"`
	IssuedAt  time.Time `json:"issued_at"`
	EventType string    `json:"event_type"`
	Raw       string    `json:"receipt"`
	What      string    `json:"-"`
	When      string    `json:"-"`
}

type listedReceipts struct {
	Receipts []listedReceipt `json:"receipts"`
	Next     string          `json:"next"`
}

// list asks for receipts, newest first, from a number down; "" is the newest.
func (v *visit) list(limit int, from string) (listedReceipts, error) {
	query := url.Values{"order": {"newest"}, "limit": {strconv.Itoa(limit)}}
	if from != "" {
		query.Set("cursor", from)
	}
	return get[listedReceipts](v, v.ledger()+"/receipts?"+query.Encode())
}

// timelinePage is what happened, newest first.
type timelinePage struct {
	Receipts []told
	From     bool   // it does not begin with the newest
	Older    uint64 // the number that the next page begins with, or 0
}

func (v *visit) showTimeline() error {
	from := v.r.URL.Query().Get("from")
	list, err := v.list(timelineLength, from)
	if err != nil {
		return err
	}
	p := timelinePage{From: from != ""}
	for _, r := range list.Receipts {
		rec, err := readReceipt(r.Raw)
		if err != nil {
			return err
		}
		one, err := v.tell(rec)
		if err != nil {
			return err
		}
		p.Receipts = append(p.Receipts, one)
	}
	if n := len(list.Receipts); list.Next != "" && n > 0 {
		p.Older = list.Receipts[n-1].Seq - 1
	}
	return v.render(http.StatusOK, "timeline", v.words.Say("timeline.title"), p)
}
