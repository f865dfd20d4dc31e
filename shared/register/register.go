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

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
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
	Day      string    `json:"day"`           // of that moment, in the controller's time zone: by it a deadline was met or not
	Ended    bool      `json:"ended,omitempty"`
	Erased   bool      `json:"erased,omitempty"` // the entry erased the person: it ended their other requests too
}

// States that this package knows of, see package datarequest.
const (
	extended  = "extended" // its date was put off
	completed = "completed"
	withdrawn = "withdrawn" // the person took it back
	expired   = "expired"   // no identity in time, or nothing left to answer from
	erasure   = "erasure"   // a type: what an erasure completes; it lets all others expire
)

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

// Reach is how far back open requests are looked for, in months: a year longer than any
// rule lets one wait for an answer, extensions included (datarequest.MaxMonths). One that
// nobody answers for that long is in its month's report alone.
const Reach = 24

// Read returns the requests received in the months from one moment to another, as they
// stand now. It reads on for a while: an erasure has its line with the last request that
// it ended.
func Read(ctx context.Context, r ledger.Register, from, until, now time.Time) ([]Request, error) {
	end := until
	if later := until.AddDate(0, Reach, 0); now.After(until) {
		end = now
		if later.Before(now) {
			end = later
		}
	}
	lines, err := linesOf(ctx, r, Months(from, end))
	if err != nil {
		return nil, err
	}
	requests, err := Fold(lines)
	return slices.DeleteFunc(requests, func(r Request) bool { return month(r.Received) > month(until) }), err
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
		today = r.Day
	}
	return r.Due < today
}

// Fold makes requests of lines, in any order: ordered by what is due first.
func Fold(lines []ledger.Registered) ([]Request, error) {
	type key struct{ person, id string }
	newest := map[key]*Request{}
	erasures := map[string][]Request{} // by person
	decoded, err := decode(lines)
	if err != nil {
		return nil, err
	}
	for _, r := range decoded {
		if r.Erased {
			erasures[r.Person] = append(erasures[r.Person], r)
		}
		k := key{r.Person, r.ID}
		before := newest[k]
		r.Extended = r.State == extended || before != nil && before.Extended
		if before != nil && before.Receipt > r.Receipt {
			before.Extended = r.Extended
			continue
		}
		newest[k] = &r
	}
	requests := make([]Request, 0, len(newest))
	for _, r := range newest {
		r.end(erasures[r.Person])
		requests = append(requests, *r)
	}
	slices.SortFunc(requests, func(a, b Request) int {
		return cmp.Or(cmp.Compare(a.Due, b.Due), a.Received.Compare(b.Received), cmp.Compare(a.ID, b.ID))
	})
	return requests, nil
}

// end ends a request that was open when the person was erased.
func (r *Request) end(erasures []Request) {
	for _, e := range erasures {
		if r.Ended || e.Receipt < r.Receipt {
			continue
		}
		r.Receipt, r.At, r.Day, r.Ended, r.State = e.Receipt, e.At, e.Day, true, expired
		if r.Type == erasure {
			r.State = completed
		}
	}
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
	return name == Open || name == Ended || slices.Contains(statement.RequestStates(), statement.RequestState(name))
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
