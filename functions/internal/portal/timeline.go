package portal

import (
	"net/http"
	"net/url"
	"strconv"
)

// timelineLength is how many receipts a page of the timeline shows.
const timelineLength = 20

// listedReceipt is a receipt as the API lists it.
type listedReceipt struct {
	Seq uint64 `json:"seq"`
	Raw string `json:"receipt"`
}

type listedReceipts struct {
	Receipts []listedReceipt `json:"receipts"`
	Next     string          `json:"next"`
}

// from is where the next page begins, or "".
func (l listedReceipts) from() string {
	if n := len(l.Receipts); l.Next != "" && n > 0 && l.Receipts[n-1].Seq > 1 {
		return strconv.FormatUint(l.Receipts[n-1].Seq-1, 10)
	}
	return ""
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
	Older    string // the number that the next page begins with, or ""
}

func (v *visit) showTimeline() error {
	from := v.r.URL.Query().Get("from")
	list, err := v.list(timelineLength, from)
	if err != nil {
		return err
	}
	p := timelinePage{From: from != "", Older: list.from()}
	if p.Receipts, err = v.tellAll(list); err != nil {
		return err
	}
	return v.render(http.StatusOK, "timeline", v.words.Say("timeline.title"), p)
}

// tellAll says receipts in short.
func (v *visit) tellAll(list listedReceipts) (all []told, err error) {
	for _, r := range list.Receipts {
		rec, err := readReceipt(r.Raw)
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
