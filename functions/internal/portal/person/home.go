package person

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// latest is how many receipts the first page shows. The timeline has all of them.
const latest = 3

// homePage is what stands now, and the latest receipts.
type homePage struct {
	*cards.Overview
	Latest    *cards.Timeline
	Phone     string // the alternative to withdrawing here
	Signalled bool   // the browser's privacy signal concerns something that is asked here
}

// welcomePage is the first page for people who are not signed in.
type welcomePage struct {
	SignedOut         bool // the person has just signed out
	Controller, Phone string
}

// Recipients are those who get data by what the person allows, by name, each once.
func (p homePage) Recipients() (names []string) {
	for _, c := range p.Consents {
		if !slices.Contains(names, c.To()) {
			names = append(names, c.To())
		}
	}
	return names
}

// Said says what a line is that allows nothing, and since when.
func (p homePage) Said(l cards.Line) string {
	w, state := l.N.Words, l.StateAt(p.At)
	switch state {
	case statement.Expired:
		return endedByItself(w, l.Until)
	case statement.Refused, statement.Withdrawn:
		return w.Say("home.no-since", "state", w.Term("state", state), "date", w.Date(l.Latest.At))
	}
	return w.Say("home.over", "state", w.Term("state", state), "date", w.Date(l.Latest.At))
}

// endedByItself says on which day a consent ended that nobody ended.
func endedByItself(w *wording.Words, until time.Time) string {
	return w.Say("home.ended", "date", w.LastDay(until))
}

func home(v *shell.Visit) error {
	if v.Session == nil {
		n, err := v.Names("")
		if err != nil {
			return err
		}
		return v.Render(http.StatusOK, "welcome", v.Words.Say("welcome.title"), welcomePage{
			SignedOut: v.R.URL.Query().Has("signed-out"), Controller: n.Party(n.Catalogue.Controller), Phone: alternative(v, n),
		})
	}
	o, err := cards.OverviewOf(v)
	if err != nil {
		return err
	}
	p := homePage{Overview: o, Phone: alternative(v, o.N), Signalled: v.GPC() && o.SignalConcerns()}
	if p.Signalled && o.OptOutSince == nil {
		if after, err := honour(v); err == nil {
			p.Overview = after
		} else { // the page has the way to withdraw, which no signal may close
			slog.WarnContext(v.R.Context(), "portal", "problem", "signal-not-honoured", "error", err)
			p.Signalled = false
		}
	}
	if p.Latest, err = cards.TimelineOf(v, latest, ""); err != nil {
		return err
	}
	return v.Render(http.StatusOK, "home", v.Words.Say("home.title"), p)
}

// honour passes the browser's privacy signal on: a signal from a known person is an opt-out
// of sale and sharing (11 CCR 7025(c)(1)). It returns what stands then.
func honour(v *shell.Visit) (*cards.Overview, error) {
	key, err := v.Random()
	if err != nil {
		return nil, err
	}
	if _, err := v.Call(http.MethodPost, "/v1/signals", nil, api.IdempotencyKey, key); err != nil {
		return nil, err
	}
	return cards.OverviewOf(v)
}

// alternative is the way to withdraw without these pages, such as a phone number, which stays on
// one line.
func alternative(v *shell.Visit, n *page.Names) string {
	return freetext.Unbroken(n.Catalogue.Withdrawal.Alternative.In(v.Words.Language, n.Catalogue.Languages...))
}
