// Package sweep records changes that only time makes: a consent reaches its end, a data
// request its deadline, or a person gives no proof of identity in time. Nothing depends on
// this record: a consent past its end is not in force, whether or not the sweep has run.
//
// It reads the agenda of the last days, and acts on each person's newest entry only, with
// ordinary commands to the registrar. So it may run twice, concurrently or late, and records
// each change once. Each run begins with another person, so that runs that are too short for
// everybody never leave out the same people for ever.
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

// days is the default number of days that a run looks back: the time for which runs may fail
// unnoticed. A run finds few people on most days.
const days = 7

// MaxDays is the maximum number of days that a run looks back.
const MaxDays = 400

// workers is the number of people handled at once.
const workers = 8

// spare is the time that a run reserves for its report.
const spare = 5 * time.Second

// Sweep has the dependencies of a run. All fields are set.
type Sweep struct {
	Registrar *registrar.Registrar
	Agenda    ledger.Agenda
	Docket    ledger.Docket
	Overdue   func(n int)     // receives the number of overdue data requests of each run; an alarm watches it
	Pick      func(n int) int // a random number from 0 to n-1: the person with whom a run begins
	Log       *slog.Logger
}

// Order is the event of a run.
type Order struct {
	Days int `json:"days,omitempty"` // how many days to look back; 0: 7
}

// Report is the result of a run.
type Report struct {
	People   int `json:"people"`   // on the agenda
	Recorded int `json:"recorded"` // receipts issued
	Failed   int `json:"failed"`   // people who failed; the next run tries them again
	Left     int `json:"left"`     // people not reached in time; the next run begins with another person
	Overdue  int `json:"overdue"`  // all data requests that wait for a confirmation or an answer after its date
}

// ErrIncomplete: a run did not reach every person, or failed for some. The next runs find
// these people again, as many days as they look back.
var ErrIncomplete = errors.New("the sweep is not complete")

// Run handles everybody on the agenda. It always counts the overdue requests, since an alarm
// watches this number.
func (s *Sweep) Run(ctx context.Context, order Order) (Report, error) {
	var report Report
	if order.Days == 0 {
		order.Days = days
	}
	if order.Days < 1 || order.Days > MaxDays {
		return report, fmt.Errorf("days must be 1 to %d", MaxDays)
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

// failed logs an error, without the person it concerns.
func (s *Sweep) failed(err error) {
	line := "not swept"
	if errors.Is(err, registrar.ErrCorrupt) || errors.Is(err, ledger.ErrCorrupt) || errors.Is(err, docket.ErrItem) {
		line = alarm.Refused
	}
	s.Log.Error(line, "error", err)
}

// people lists each person once who is on the agenda of the last days and of today, in UTC
// and in the controller's zone. With an error, it returns the people that it could read.
func (s *Sweep) people(ctx context.Context, days int) (people []string, wrong error) {
	now := s.Registrar.Clock()
	cat, _ := s.Registrar.Catalogue.Current()
	dates := []string{cat.DataRequests.Day(now)} // the controller's day may already be tomorrow in UTC
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

// attend records what has lapsed for one person, and returns the number of receipts issued.
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
	do := func(key string, cmd consent.Command) error {
		result, err := s.Registrar.Do(ctx, person, "sweep/"+key, cmd, bySystem)
		switch {
		case errors.Is(err, consent.ErrRequest), errors.Is(err, consent.ErrNotFound):
			return nil // another writer recorded it first
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
		if act, after, ok := datarequest.Lapse(r); ok && cat.DataRequests.Today(r.Rule, now) > after {
			if err := do(fmt.Sprintf("%s/%s/%s", r.ID, act, after), consent.AdvanceRequest{ID: r.ID, Act: act}); err != nil {
				return recorded, err
			}
		}
	}
	return recorded, nil
}

// bySystem is the context of commands by the system.
var bySystem = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSystem},
	Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "sweep"},
}

// overdue counts the data requests of all people that wait, after the date for it, for the
// confirmation of their receipt, for an answer, or for a promised erasure.
func (s *Sweep) overdue(ctx context.Context) (int, error) {
	now := s.Registrar.Clock()
	requests, err := docket.Read(ctx, s.Docket, now.AddDate(0, -docket.Reach, 0), now, now)
	if err != nil {
		return 0, err
	}
	cat, _ := s.Registrar.Catalogue.Current()
	return docket.Total(requests, cat.DataRequests.Day(now)).Overdue, nil
}
