// Package register tells of the data requests of all people: which are open, what is
// due, and how fast they were answered. It is made of the lines that the entries about
// requests leave in the ledger's register; each says how a request stood after its
// entry. Lines are not signed: whoever acts on a request reads the person's ledger.
package register

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
)

// ErrLine: a line that nobody of us wrote.
var ErrLine = errors.New("not a line of the register")

// Line is how a request stood after an entry.
type Line struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Rule     string    `json:"rule"`
	State    string    `json:"state"`
	Received time.Time `json:"received"`
	Due      string    `json:"due,omitempty"` // YYYY-MM-DD, in the controller's time zone
	At       time.Time `json:"at"`            // when the entry was made
	Ended    bool      `json:"ended,omitempty"`
}

// Extended is the state of a request whose date was put off.
const Extended = "extended"

// Entry is the line as the ledger keeps it: in the month in which the request was
// received, so that all lines of a request lie together.
func (l Line) Entry() ledger.Line {
	text, _ := json.Marshal(l) // strings, times and a bool: cannot fail
	return ledger.Line{Month: month(l.Received), Text: string(text)}
}

func month(t time.Time) string { return t.UTC().Format("2006-01") }

// Months lists the months from one moment to another, oldest first.
func Months(from, until time.Time) (months []string) {
	first := time.Date(from.UTC().Year(), from.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	for m := first; !m.After(until); m = m.AddDate(0, 1, 0) {
		months = append(months, month(m))
	}
	return months
}

// Reach is how far back open requests are looked for, in months: longer than any rule
// lets one stay open, extensions included.
const Reach = 15

// Read returns the requests received in the months from one moment to another.
func Read(ctx context.Context, r ledger.Register, from, until time.Time) ([]Request, error) {
	lines, err := linesOf(ctx, r, Months(from, until))
	if err != nil {
		return nil, err
	}
	return Fold(lines)
}

// Request is how a request stands, by the newest of its lines.
type Request struct {
	Person   string `json:"person"` // pseudonym
	Receipt  uint64 `json:"receipt"`
	Extended bool   `json:"extended,omitempty"` // at some time
	Line
}

// Overdue reports whether a request should have been answered before a day
// (YYYY-MM-DD), and was not, or was later.
func (r *Request) Overdue(today string) bool {
	if r.Due == "" {
		return false
	}
	if r.Ended {
		today = r.At.UTC().Format(time.DateOnly)
	}
	return r.Due < today
}

// Fold makes requests of lines, in any order: ordered by what is due first.
func Fold(lines []ledger.Registered) ([]Request, error) {
	type key struct{ person, id string }
	newest := map[key]*Request{}
	decoded, err := decode(lines)
	if err != nil {
		return nil, err
	}
	for _, r := range decoded {
		k := key{r.Person, r.ID}
		before := newest[k]
		r.Extended = r.State == Extended || before != nil && before.Extended
		if before != nil && before.Receipt > r.Receipt {
			before.Extended = r.Extended
			continue
		}
		newest[k] = &r
	}
	requests := make([]Request, 0, len(newest))
	for _, r := range newest {
		requests = append(requests, *r)
	}
	slices.SortFunc(requests, func(a, b Request) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), a.Received.Compare(b.Received), cmp.Compare(a.ID, b.ID))
	})
	return requests, nil
}

// Filter says which requests are wanted; what is zero does not matter.
type Filter struct {
	State     string // a state, or open, ended or overdue
	Type      string
	DueBefore string // YYYY-MM-DD
}

// States that a Filter knows beside those of requests.
const (
	Open    = "open"
	Ended   = "ended"
	Overdue = "overdue"
)

// ValidState reports whether requests can be filtered by a state of this name.
func ValidState(name string) bool {
	return name == Open || name == Ended || slices.Contains(datarequest.States(), datarequest.State(name))
}

// Select returns the wanted requests, in their order.
func (f Filter) Select(requests []Request, today string) (wanted []Request) {
	for _, r := range requests {
		ok := f.State == "" || f.State == r.State ||
			f.State == Open && !r.Ended || f.State == Ended && r.Ended || f.State == Overdue && !r.Ended && r.Overdue(today)
		if ok && (f.Type == "" || f.Type == r.Type) && (f.DueBefore == "" || r.Due != "" && r.Due < f.DueBefore) {
			wanted = append(wanted, r)
		}
	}
	return wanted
}
