// Package docket tells of the data requests of all people: which are open, what is
// due, who works on what, and how fast they were answered. It is made of the items that the
// entries about requests leave in the ledger's docket; each says how a request stood after its
// entry, or, from the ledger of a case, who works on it since, or whether a step that was proposed
// awaits its approval. Items are not signed: whoever acts on a request reads the person's ledger.
package docket

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// ErrItem: this service did not write the item.
var ErrItem = errors.New("not an item of the docket")

// Item is how a request stood after an entry.
type Item struct {
	ID       string                 `json:"id"`
	Type     statement.RequestType  `json:"type"`
	Rule     statement.Rule         `json:"rule"`
	State    statement.RequestState `json:"state"`
	Received time.Time              `json:"received"`
	Confirm  string                 `json:"confirm,omitempty"` // YYYY-MM-DD, by when its receipt is to be confirmed; "" once it is
	Due      string                 `json:"due,omitempty"`     // YYYY-MM-DD, by when it is to be answered
	At       time.Time              `json:"at"`                // when the entry was made
	Day      string                 `json:"day"`               // the day of that moment in the controller's time zone; it decides whether a deadline was met
	Ended    bool                   `json:"ended,omitempty"`
	Erased   bool                   `json:"erased,omitempty"` // the entry erased the person: it ended their other requests too

	ConfirmedLate bool `json:"confirmed_late,omitempty"` // its receipt was confirmed after the date for that
}

// Listing is the item as the ledger keeps it: in the month in which the request was
// received, so that all items of a request lie together.
func (i Item) Listing() ledger.Listing {
	text, _ := json.Marshal(i) // strings, times and a bool: cannot fail
	return ledger.Listing{Month: month(i.Received), Text: string(text)}
}

// monthForm is how months are written, YYYY-MM.
const monthForm = "2006-01"

func month(t time.Time) string { return t.UTC().Format(monthForm) }

// Assignment says who works on a request since an entry of its case.
type Assignment struct {
	With string `json:"with,omitempty"` // a member of staff, by pseudonym; "" is nobody
	Name string `json:"name,omitempty"` // what colleagues call them
}

// Listing is the assignment as the ledger keeps it: in the month in which the request was
// received, beside the items of the request.
func (a Assignment) Listing(received time.Time) ledger.Listing {
	text, _ := json.Marshal(a) // strings: cannot fail
	return ledger.Listing{Month: month(received), Text: string(text)}
}

// Proposal says whether, since an entry of its case, a step of a request awaits its approval.
type Proposal struct {
	Proposed bool `json:"proposed"`
}

// Listing is the proposal as the ledger keeps it, beside the items of the request.
func (p Proposal) Listing(received time.Time) ledger.Listing {
	text, _ := json.Marshal(p) // a bool: cannot fail
	return ledger.Listing{Month: month(received), Text: string(text)}
}

// Months lists the months from one moment to another, oldest first.
func Months(from, until time.Time) (months []string) {
	first := time.Date(from.UTC().Year(), from.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
	for m := first; !m.After(until); m = m.AddDate(0, 1, 0) {
		months = append(months, month(m))
	}
	return months
}

// Reach is how far back open requests are looked for, in months: a year longer than any
// rule lets a person wait for an answer, extensions included (datarequest.MaxMonths). A
// request that nobody answers for that long is only in the report of its month.
const Reach = 24

// Each calls visit with the requests received in the months from one moment to another, as
// they stand now: those of a shard of people at a time, in no order. So no more is in memory
// than a shard, and what visit keeps. It ends at the first error.
func Each(ctx context.Context, r ledger.Docket, from, until, now time.Time, visit func([]Case)) error {
	for shard := range ledger.Shards {
		requests, err := ReadShard(ctx, r, shard, from, until, now)
		if err != nil {
			return err
		}
		visit(requests)
	}
	return nil
}

// ReadShard returns what Each has of one shard. It reads on for a while: an erasure has its
// item with the last request that it ended.
func ReadShard(ctx context.Context, r ledger.Docket, shard int, from, until, now time.Time) ([]Case, error) {
	end := until
	if later := until.AddDate(0, Reach, 0); now.After(until) {
		end = now
		if later.Before(now) {
			end = later
		}
	}
	items, err := itemsOf(ctx, r, Months(from, end), shard)
	if err != nil {
		return nil, err
	}
	requests, err := Fold(items)
	return slices.DeleteFunc(requests, func(r Case) bool { return month(r.Received) > month(until) }), err
}

// Case is how a request stands, by the newest of its items.
type Case struct {
	Person   string `json:"person"` // as ledger.Subject.Whom
	Receipt  uint64 `json:"receipt"`
	Extended bool   `json:"extended,omitempty"` // at some time
	Item
	Assignment
	AssignedIn uint64 `json:"assigned_in,omitempty"` // the record of the case that has the assignment
	Proposed   bool   `json:"proposed,omitempty"`    // a step awaits its approval by a second member of the staff

	proposal *bool // of an item of a case that says so, and no assignment
}

// Next is the date by which something is to be done next: its receipt confirmed, or the
// request answered. It is "" without such a date.
func (i *Item) Next() string { return datarequest.NextDate(i.Confirm, i.Due) }

// Overdue reports whether an open request should have been confirmed or answered before a
// day (YYYY-MM-DD), and was not; or whether that was done late for an ended one.
func (r *Case) Overdue(today string) bool {
	if r.Ended {
		return r.ConfirmedLate || r.Due != "" && r.Due < r.Day
	}
	next := r.Next()
	return next != "" && next < today
}

// undated is after every date: requests without one come last.
const undated = "9999-12-31"

// Sort orders requests by what is to be done first.
func Sort(requests []Case) {
	slices.SortFunc(requests, func(a, b Case) int {
		return cmp.Or(cmp.Compare(cmp.Or(a.Next(), undated), cmp.Or(b.Next(), undated)), a.Received.Compare(b.Received), cmp.Compare(a.ID, b.ID))
	})
}

// Fold makes requests of items. Neither have an order.
func Fold(items []ledger.Listed) ([]Case, error) {
	type key struct{ person, id string }
	newest := map[key]*Case{}
	assigned, proposed := map[key]Case{}, map[key]Case{}
	erasures := map[string][]Case{} // by person
	decoded, err := decode(items)
	if err != nil {
		return nil, err
	}
	for i, r := range decoded {
		k := key{r.Person, r.ID}
		if items[i].Subject.Kind() == ledger.KindCase {
			of := assigned
			if r.proposal != nil {
				of = proposed
			}
			if r.Receipt > of[k].Receipt {
				of[k] = r
			}
			continue
		}
		if r.Erased {
			erasures[r.Person] = append(erasures[r.Person], r)
		}
		before := newest[k]
		r.Extended = r.State == statement.Extended || before != nil && before.Extended
		if before != nil && before.Receipt > r.Receipt {
			before.Extended = r.Extended
			continue
		}
		newest[k] = &r
	}
	requests := make([]Case, 0, len(newest))
	for k, r := range newest {
		r.end(erasures[r.Person])
		r.Assignment, r.AssignedIn = assigned[k].Assignment, assigned[k].Receipt
		r.Proposed = proposed[k].proposal != nil && *proposed[k].proposal && !r.State.Decided()
		requests = append(requests, *r)
	}
	return requests, nil
}

// end ends a request that was open when the person was erased.
func (r *Case) end(erasures []Case) {
	for _, e := range erasures {
		if r.Ended || e.Receipt < r.Receipt {
			continue
		}
		r.Receipt, r.At, r.Day, r.Ended, r.State = e.Receipt, e.At, e.Day, true, statement.Lapsed
		if r.Type == statement.Erasure {
			r.State = statement.Completed
		}
	}
}

// Filter says which requests are wanted; what is zero does not matter.
type Filter struct {
	State     string // a state, or Open, Ended, Overdue or Proposed
	Type      statement.RequestType
	DueBefore string // YYYY-MM-DD: something is to be done before that day
	Number    string // of one request: its id, or as many characters as pages show of it
	Assigned  string // a member of staff, by pseudonym, or Nobody
}

// NumberShown is how many characters of a request's id pages show as its number.
const NumberShown = 8

// ValidNumber reports whether this can be the number of a request: its whole id, or the
// characters that pages show of it. Capitals do not matter.
func ValidNumber(number string) bool {
	const id = "00000000-0000-0000-0000-000000000000"
	if len(number) != len(id) && len(number) != NumberShown {
		return false
	}
	for i, c := range []byte(strings.ToLower(number)) {
		if hex := '0' <= c && c <= '9' || 'a' <= c && c <= 'f'; id[i] == '-' && c != '-' || id[i] == '0' && !hex {
			return false
		}
	}
	return true
}

// Nobody in a Filter stands for requests on which nobody works.
const Nobody = "nobody"

// States that a Filter knows beside those of requests.
const (
	Open    = "open"
	Ended   = "ended"
	Overdue = "overdue"

	Proposed = "proposed" // a step awaits its approval
)

// ValidState reports whether requests can be filtered by a state of this name.
func ValidState(name string) bool {
	return name == Open || name == Ended || name == Proposed || slices.Contains(statement.RequestStates(), statement.RequestState(name))
}

// Select returns the wanted requests, in their order.
func (f Filter) Select(requests []Case, today string) (wanted []Case) {
	for _, r := range requests {
		if f.wants(&r, today) {
			wanted = append(wanted, r)
		}
	}
	return wanted
}

func (f Filter) wants(r *Case, today string) bool {
	return f.inState(r, today) &&
		(f.Type == "" || f.Type == r.Type) &&
		(f.DueBefore == "" || r.Next() != "" && r.Next() < f.DueBefore) &&
		(f.Number == "" || strings.EqualFold(f.Number, r.ID) || strings.EqualFold(f.Number, r.ID[:min(NumberShown, len(r.ID))])) &&
		(f.Assigned == "" || f.Assigned == r.With || f.Assigned == Nobody && r.With == "")
}

func (f Filter) inState(r *Case, today string) bool {
	switch f.State {
	case "":
		return true
	case Open:
		return !r.Ended
	case Ended:
		return r.Ended
	case Overdue:
		return !r.Ended && r.Overdue(today)
	case Proposed:
		return r.Proposed
	}
	return f.State == string(r.State)
}
