// Package sweep records what time alone changes: a consent reaches its end, a data
// request its deadline, a person asked for proof of identity gives none. Nothing hangs
// on it but the record: a consent past its end is not in force whether or not the sweep
// has run.
//
// It looks at whoever is on the agenda of the last days, and acts on the newest entry
// alone, by commands through the registrar like any other. So it may run twice, at
// once, or late, and records each thing once. Each run begins with somebody else, so
// that runs which are too short for all of them leave out nobody for ever.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// days is how far back a run looks, unless it is told otherwise: as long as it may fail
// unnoticed. A run finds little on most of them.
const days = 7

// MaxDays bounds how far back a run can be told to look.
const MaxDays = 400

// workers is how many people are attended to at once.
const workers = 8

// spare is what a run leaves of its time, to tell how far it came.
const spare = 5 * time.Second

// Sweep is what a run needs. All fields are set.
type Sweep struct {
	Registrar *registrar.Registrar
	Agenda    ledger.Agenda
	Docket    ledger.Docket
	Overdue   func(n int)     // is told by each run how many data requests are overdue: an alarm watches that
	Pick      func(n int) int // a random number from 0 to n-1: with whom a run begins
	Log       *slog.Logger
}

// Order is the event of a run.
type Order struct {
	Days int `json:"days,omitempty"` // how far back; 7 if it is not said
}

// Report says what a run did.
type Report struct {
	People   int `json:"people"`   // on the agenda
	Recorded int `json:"recorded"` // receipts
	Failed   int `json:"failed"`   // people, who are on the agenda of the next run too
	Left     int `json:"left"`     // people for whom there was no time; the next run begins elsewhere
	Overdue  int `json:"overdue"`  // data requests, of everybody, that wait for an answer after their deadline
}

// ErrIncomplete: a run did not get to everybody, or failed for some. They are on the
// agenda of the next runs, for as many days as those look back.
var ErrIncomplete = errors.New("the sweep is not complete")

// Run attends to everybody on the agenda. It counts what is overdue in any case, for an
// alarm watches that.
func (s *Sweep) Run(ctx context.Context, order Order) (Report, error) {
	var report Report
	if order.Days == 0 {
		order.Days = days
	}
	if order.Days < 1 || order.Days > MaxDays {
		return report, fmt.Errorf("days: 1 to %d", MaxDays)
	}
	swept := s.sweep(ctx, order.Days, &report)
	overdue, err := s.overdue(ctx)
	if err != nil {
		s.failed(err)
	} else {
		report.Overdue = overdue
		s.Overdue(overdue)
	}
	err = errors.Join(swept, err)
	s.Log.Info("sweep", "people", report.People, "recorded", report.Recorded, "failed", report.Failed, "left", report.Left, "overdue", report.Overdue)
	return report, err
}

func (s *Sweep) sweep(ctx context.Context, days int, report *Report) error {
	people, err := s.people(ctx, days)
	if err != nil {
		s.failed(err)
	}
	report.People = len(people)
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-spare))
		defer cancel()
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	waiting := make(chan string)
	for range workers {
		all.Go(func() {
			for person := range waiting {
				n, err := s.attend(ctx, person)
				mu.Lock()
				report.Recorded += n
				switch {
				case err != nil && ctx.Err() != nil:
					report.Left++
				case err != nil:
					report.Failed++
					s.failed(err)
				}
				mu.Unlock()
			}
		})
	}
	if len(people) > 0 {
		first := s.Pick(len(people))
		people = slices.Concat(people[first:], people[:first])
	}
	for _, person := range people {
		waiting <- person
	}
	close(waiting)
	all.Wait()
	if report.Failed+report.Left > 0 {
		return errors.Join(err, fmt.Errorf("%w: %d failed, %d left", ErrIncomplete, report.Failed, report.Left))
	}
	return err
}

// failed logs why somebody could not be attended to, or nobody, and not who.
func (s *Sweep) failed(err error) {
	line := "not swept"
	if errors.Is(err, registrar.ErrCorrupt) || errors.Is(err, ledger.ErrCorrupt) || errors.Is(err, docket.ErrItem) {
		line = alarm.Refused
	}
	s.Log.Error(line, "error", err)
}

// people lists who is on the agenda of the last days and of today, in UTC and for the
// controller, each once: as far as it can be read, beside the error.
func (s *Sweep) people(ctx context.Context, days int) (people []string, wrong error) {
	now := s.Registrar.Clock()
	cat, _ := s.Registrar.Catalogue.Current()
	dates := []string{cat.DataRequests.Day(now)} // where it may be tomorrow already
	for n := -days; n <= 0; n++ {
		dates = append(dates, now.AddDate(0, 0, n).Format(time.DateOnly))
	}
	slices.Sort(dates)
	for _, date := range slices.Compact(dates) {
		some, err := s.Agenda.DueOn(ctx, date)
		for _, person := range some {
			people = append(people, person.ID())
		}
		wrong = errors.Join(wrong, err)
	}
	slices.Sort(people)
	return slices.Compact(people), wrong
}

// attend records what has lapsed for one person, and returns how many receipts it took.
func (s *Sweep) attend(ctx context.Context, person string) (recorded int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	standing, err := s.Registrar.Standing(ctx, person)
	if err != nil {
		return 0, err
	}
	cat, _ := s.Registrar.Catalogue.Current()
	now := s.Registrar.Clock()
	today := cat.DataRequests.Day(now)
	do := func(key string, cmd consent.Command) error {
		result, err := s.Registrar.Do(ctx, person, "sweep/"+key, cmd, bySystem)
		switch {
		case errors.Is(err, consent.ErrRequest), errors.Is(err, consent.ErrNotFound):
			return nil // somebody was faster
		case err == nil && result != nil && !result.Replayed:
			recorded++
		}
		return err
	}
	if slices.ContainsFunc(standing.Lines, func(l statement.Line) bool { until, ok := l.Lapses(); return ok && !now.Before(until) }) {
		if err := do(fmt.Sprintf("after/%d", standing.Seq), consent.Expire{}); err != nil {
			return recorded, err
		}
	}
	for _, r := range standing.Requests {
		if act, after, ok := datarequest.Lapse(r); ok && today > after {
			if err := do(fmt.Sprintf("%s/%s/%s", r.ID, act, after), consent.AdvanceRequest{ID: r.ID, Act: act}); err != nil {
				return recorded, err
			}
		}
	}
	return recorded, nil
}

// bySystem is the context of what nobody does.
var bySystem = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSystem},
	Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "sweep"},
}

// overdue counts the data requests of all people that wait after their deadline, for an
// answer or for the erasure that was promised.
func (s *Sweep) overdue(ctx context.Context) (int, error) {
	now := s.Registrar.Clock()
	requests, err := docket.Read(ctx, s.Docket, now.AddDate(0, -docket.Reach, 0), now, now)
	if err != nil {
		return 0, err
	}
	cat, _ := s.Registrar.Catalogue.Current()
	return docket.Total(requests, cat.DataRequests.Day(now)).Overdue, nil
}
