package person

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// These bounds say how many receipts are read to find data requests: some pages, with so many
// receipts on each. A link leads on to older ones.
const (
	askedPages  = 2
	askedOnPage = 50
)

// visible is how many days an answered request stays on the page.
const visible = 90

// asked is a data request as its receipts tell it. The latest receipt says its state, and the
// earlier ones what was asked.
type asked struct {
	statement.RequestStatement
	seq      uint64    // number of the latest receipt
	at       time.Time // when that receipt was issued
	by       string    // who asked, if it was not the person
	notes    []cards.Note
	standing bool // the request awaits an answer, or its answer can be appealed against
}

// requestsTold has data requests by id.
type requestsTold map[string]*asked

// latestFirst lists the requests. The one with the latest receipt comes first.
func (t requestsTold) latestFirst() []*asked {
	return slices.SortedFunc(maps.Values(t), func(a, b *asked) int {
		return cmp.Or(cmp.Compare(b.seq, a.seq), b.Received.Compare(a.Received), cmp.Compare(a.ID, b.ID))
	})
}

// readAsked reads what the receipts of the person tell of their data requests, beginning with the
// number in from; empty: with the newest. Older is the number from which older requests that are
// still visible can be found, or empty.
func readAsked(v *shell.Visit, from string) (told requestsTold, older string, err error) {
	told, older = requestsTold{}, from
	for n := 0; n < askedPages && (n == 0 || older != ""); n++ {
		recs, next, err := cards.List(v, askedOnPage, older)
		if err != nil {
			return nil, "", err
		}
		for _, rec := range recs {
			if err := tellAsked(v, told, rec); err != nil {
				return nil, "", err
			}
		}
		if older = next; older != "" && n+1 == askedPages && v.Now().Sub(recs[len(recs)-1].Time()) > 2*visible*24*time.Hour {
			older = "" // nothing that is visible is older: an answer seldom takes longer than it is visible
		}
	}
	return told, older, nil
}

// tellAsked adds what a receipt tells. The receipt is older than those that were added before.
func tellAsked(v *shell.Visit, told requestsTold, rec *receipt.Receipt) error {
	statements, err := receipt.Decode[statement.RequestStatement](rec.Request)
	if err != nil || len(statements) == 0 {
		return err
	}
	n, err := v.NamesOf(rec)
	if err != nil {
		return err
	}
	for _, s := range statements {
		a := told[s.ID]
		if a == nil {
			s.Part, s.Out = nil, nil // the card lists the parts of all receipts together
			a = &asked{RequestStatement: s, seq: rec.Seq, at: rec.Time()}
			if a.notes, err = cards.NotesOf(n, rec); err != nil {
				return err
			}
			told[s.ID] = a
		}
		if a.Details == "" && len(a.Scope.Purposes)+len(a.Scope.Data) == 0 {
			a.Details, a.Scope = s.Details, s.Scope
		}
		if a.Source == "" {
			a.Source = s.Source
		}
		if rec.Event.Type == statement.EventRequestReceived {
			a.by = cards.ByOther(n, rec)
		}
	}
	return nil
}
