package registrar

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// linesBudget bounds the encoded lines of the standing after an event that says yes, in
// bytes. The rest of receipt.MaxBytes is headroom: an opt-out of every possible consent, with
// a change for each, always fits, and so do consent.MaxRequests open data requests.
const linesBudget = 40 << 10

// claims returns the claims of an event. Only what could exceed a limit is measured part by part.
func claims(cat *catalogue.Catalogue, subject, prev string, e *consent.Event, c consent.Context) (*receipt.Claims, error) {
	out, err := encode(cat, subject, prev, e, c)
	if err != nil || encodedSize(out) <= min(linesBudget, fullBytes, wordsBytes) {
		return out, err
	}
	if saysYes(e) {
		if size := plainSize(e.Standing.Lines); size > linesBudget {
			return nil, fmt.Errorf("%w: the standing would take %d bytes, at most %d; say yes to less, or withdraw another consent first",
				consent.ErrCap, size, linesBudget)
		}
	}
	fit(e, c)
	return encode(cat, subject, prev, e, c)
}

// encode returns the claims of an event with all that it states.
func encode(cat *catalogue.Catalogue, subject, prev string, e *consent.Event, c consent.Context) (*receipt.Claims, error) {
	out := &receipt.Claims{
		Issuer: cat.Issuer, Subject: subject, IssuedAt: e.Standing.At.Unix(), Seq: e.Standing.Seq, Prev: prev,
		Catalogue: e.Catalogue, Controller: controller(cat),
		Event: receipt.Event{
			Type: e.Type, OccurredAt: e.OccurredAt, Channel: c.Evidence.Channel, Late: e.Late, Corrects: e.Corrects,
		},
	}
	var errs [7]error
	out.Changes, errs[0] = receipt.Disclosed(e.Changes...)
	out.Records, errs[1] = receipt.Disclosed(e.Records...)
	out.Standing, errs[2] = receipt.Disclosed(e.Standing.Elements()...)
	out.Actor, errs[3] = receipt.Disclosed(c.Actor)
	out.Evidence, errs[4] = receipt.Disclosed(c.Evidence)
	out.Request, errs[5] = receipt.Disclosed(e.Requests...)
	out.Note, errs[6] = receipt.Disclosed(e.Notes...)
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	return out, nil
}

// controller returns the controller of a receipt.
func controller(cat *catalogue.Catalogue) *statement.Controller {
	p := cat.Parties[cat.Controller]
	return &statement.Controller{Name: p.Name, Timezone: cat.DataRequests.Timezone, Email: p.Email, Phone: p.Phone, URL: p.URL}
}

// plainSize returns the size of lines in a receipt without their words, which can be removed.
func plainSize(lines []statement.Line) int {
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].Labels = nil
	}
	return sizes(lines)
}

// saysYes reports whether an event must fit into the budget. A no is always accepted, and so
// is a data request, whose number is bounded.
func saysYes(e *consent.Event) bool {
	return e.Type == statement.EventOptIn || e.Type == statement.EventImport && slices.ContainsFunc(e.Changes, func(c statement.Change) bool { return c.To == statement.Given })
}

// due returns the first day on which something in the standing lapses, as YYYY-MM-DD, or "":
// a consent ends (the day in UTC), or a data request lapses at the end of a day under
// its rule. What has lapsed already, recorded or not, is named by an earlier entry. The
// request that the entry is about may lapse on the day of the entry.
func due(e *consent.Event, terms catalogue.DataRequests) (first string) {
	s := &e.Standing
	consider := func(day string) {
		if first == "" || day < first {
			first = day
		}
	}
	for i := range s.Lines {
		if until, ok := s.Lines[i].Lapses(); ok && until.After(s.At) {
			consider(until.UTC().Format(time.DateOnly))
		}
	}
	for _, r := range s.Requests {
		today := terms.Today(r.Rule, s.At)
		_, day, ok := datarequest.Lapse(r)
		if len(e.Requests) > 0 && r.ID == e.Requests[0].ID { // this entry set the date, perhaps to one that has passed
			day = max(day, today)
		}
		if ok && day >= today {
			consider(day)
		}
	}
	return first
}

// listing returns the docket line of an event: the state of the request that it concerns. An
// erasure ends several requests; its line is about the last one received.
func listing(e *consent.Event, terms catalogue.DataRequests) ledger.Listing {
	if len(e.Requests) == 0 {
		return ledger.Listing{}
	}
	r := slices.MaxFunc(e.Requests, func(a, b statement.RequestStatement) int { return a.Received.Compare(b.Received) })
	item := docket.Item{
		ID: r.ID, Type: r.Type, Rule: r.Rule, State: r.State,
		Received: r.Received, Due: datarequest.Deadline(r.Request), At: e.Standing.At, Day: terms.Today(r.Rule, e.Standing.At),
		Ended: !r.Open(), Erased: e.Type == statement.EventErasure,
		ConfirmedLate: r.Confirm != "" && r.Confirmed > r.Confirm,
	}
	if r.Open() && r.Confirmed == "" {
		item.Confirm = r.Confirm
	}
	return item.Listing()
}
