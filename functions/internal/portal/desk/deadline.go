package desk

import (
	"consent-receipts/shared/docket"
	"consent-receipts/shared/wording"
)

// deadline is the day by which a request is to be answered.
type deadline struct {
	Day  string // in words, or empty if there is none
	Left string // how many days are left, or how late the answer is; empty if it was given
	Mark string // class of the tag: bad if the answer is late, warn if the day is near, or empty
}

// confirming says by when the receipt of a request is to be confirmed, if that is the next date
// and comes before the answer is due. Else it is empty.
func confirming(w *wording.Words, next, due string) string {
	if next == "" || next == due {
		return ""
	}
	return w.Say("request-next.confirm", "date", w.Day(next))
}

// count says in words how many days are left. Less than 0 is late.
func (d *deadline) count(w *wording.Words, days int) {
	switch {
	case days < 0:
		d.Left, d.Mark = w.Count("desk.late", -days), "bad"
	case days == 0:
		d.Left, d.Mark = w.Say("desk.left.today"), "warn"
	default:
		d.Left = w.Count("desk.left", days)
		if days <= docket.Soon {
			d.Mark = "warn"
		}
	}
}
