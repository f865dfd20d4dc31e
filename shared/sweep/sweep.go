// Package sweep records changes that only time makes: a consent reaches its end, a data
// request its deadline, or a person gives no proof of identity in time. Nothing depends on
// this record: a consent past its end is not in force, whether or not the sweep has run.
//
// A run is divided into tasks. Each is about one shard of people, takes a bounded time, and
// says in the task that follows from it how far it came: so a run may be worked on by many
// at once, may stop at any task, and goes on with it. Tasks may be done twice, concurrently
// or late, since they act on each person's newest entry only, with ordinary commands to the
// registrar, and so record each change once.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/registrar"
)

// days is the default number of days that a run looks back: the time for which runs may fail
// unnoticed.
const days = 7

// MaxDays is the maximum number of days that a run looks back.
const MaxDays = 400

// Work is what a task does.
type Work string

// The works.
const (
	Begin   Work = "begin"   // makes the tasks of a run
	Agenda  Work = "agenda"  // attends to the people with something due on a day
	Overdue Work = "overdue" // counts the data requests that wait after their deadline
)

// Task is a part of a run. All but its work says of what: a task to begin has Days only.
type Task struct {
	Work   Work   `json:"work"`
	Days   int    `json:"days,omitempty"`   // how many days to look back; 0: 7, and not while an earlier run goes on
	Shard  int    `json:"shard,omitempty"`  // of people
	Day    string `json:"day,omitempty"`    // YYYY-MM-DD; of an agenda
	After  string `json:"after,omitempty"`  // the last person attended to, as ledger.Subject.Whom; "": nobody yet
	Failed bool   `json:"failed,omitempty"` // somebody up to there could not be attended to
}

// ErrTask: there is no such task.
var ErrTask = errors.New("not a task of the sweep")

// Sweep has the dependencies of a run. All fields are set.
type Sweep struct {
	Registrar *registrar.Registrar
	Agenda    ledger.Agenda
	Docket    ledger.Docket
	Done      ledger.Tickets
	Waiting   func(context.Context) (int, error) // how many tasks wait or are worked on, the one that asks included
	Count     func(metric string, n int)         // counts for alarms, see package alarm
	Log       *slog.Logger
}

// Report is what tasks did.
type Report struct {
	People   int `json:"people"`   // on the agenda
	Recorded int `json:"recorded"` // receipts issued
	Failed   int `json:"failed"`   // people who failed; the next run tries them again
	Overdue  int `json:"overdue"`  // data requests that wait for a confirmation or an answer after its date
}

// Run does all tasks of a run, one after the other. A task that fails keeps no other from
// being done, and is left to the next run.
func (s *Sweep) Run(ctx context.Context, days int) (sum Report, err error) {
	for left := []Task{{Work: Begin, Days: days}}; len(left) > 0 && ctx.Err() == nil; {
		report, next, wrong := s.Do(ctx, left[0])
		sum.People, sum.Recorded = sum.People+report.People, sum.Recorded+report.Recorded
		sum.Failed, sum.Overdue = sum.Failed+report.Failed, sum.Overdue+report.Overdue
		left, err = append(next, left[1:]...), errors.Join(err, wrong)
	}
	return sum, errors.Join(err, ctx.Err())
}

// Do does a task, and returns the tasks that follow from it. After an error none of them is
// to be done, and the same task may be done again. What is no task is ErrTask.
func (s *Sweep) Do(ctx context.Context, t Task) (report Report, next []Task, err error) {
	switch t.Work {
	case Begin:
		next, err = s.begin(ctx, t)
	case Agenda:
		report, next, err = s.attend(ctx, t)
	case Overdue:
		report.Overdue, err = s.overdue(ctx, t.Shard)
	default:
		err = ErrTask
	}
	if errors.Is(err, ledger.ErrInvalid) { // no such day, shard or person
		err = fmt.Errorf("%w: %w", ErrTask, err)
	}
	if err != nil {
		s.failed(err)
	} else if t.Work != Begin && report != (Report{}) {
		s.Log.Info("sweep", "work", t.Work, "day", t.Day, "shard", t.Shard,
			"people", report.People, "recorded", report.Recorded, "failed", report.Failed, "overdue", report.Overdue)
	}
	return report, next, err
}

// failed logs an error, without the person it concerns.
func (s *Sweep) failed(err error) {
	line := "not swept"
	if errors.Is(err, registrar.ErrCorrupt) || errors.Is(err, ledger.ErrCorrupt) || errors.Is(err, docket.ErrItem) {
		line = alarm.Refused
	}
	s.Log.Error(line, "error", err)
}

// begin makes the tasks of a run: for each shard the agenda of the last days and of today, in
// UTC and in the controller's zone, and the count of what is overdue. A run for which nobody
// says how far it looks back leaves the agenda to an earlier run that still goes on.
func (s *Sweep) begin(ctx context.Context, t Task) (tasks []Task, err error) {
	dates, err := s.dates(ctx, t.Days)
	if err != nil {
		return nil, err
	}
	for shard := range ledger.Shards {
		for _, date := range dates {
			tasks = append(tasks, Task{Work: Agenda, Day: date, Shard: shard})
		}
	}
	for shard := range ledger.Shards {
		tasks = append(tasks, Task{Work: Overdue, Shard: shard})
	}
	return tasks, nil
}

// dates lists the days of the agenda of a run.
func (s *Sweep) dates(ctx context.Context, back int) ([]string, error) {
	if back < 0 || back > MaxDays {
		return nil, fmt.Errorf("%w: days must be 1 to %d", ErrTask, MaxDays)
	}
	if back == 0 {
		back = days
		if waiting, err := s.Waiting(ctx); err != nil || waiting > 1 {
			s.Log.Warn("an earlier sweep goes on", "tasks", waiting)
			return nil, err
		}
	}
	now := s.Registrar.Clock()
	cat, _ := s.Registrar.Catalogue.Current()
	dates := []string{cat.DataRequests.Day(now)} // the controller's day may already be tomorrow in UTC
	for n := -back; n <= 0; n++ {
		dates = append(dates, now.UTC().AddDate(0, 0, n).Format(time.DateOnly))
	}
	slices.Sort(dates)
	return slices.Compact(dates), nil
}

// overdue counts the data requests of a shard that wait, after the date for it, for the
// confirmation of their receipt, for an answer, or for a promised erasure.
func (s *Sweep) overdue(ctx context.Context, shard int) (int, error) {
	now := s.Registrar.Clock()
	requests, err := docket.ReadShard(ctx, s.Docket, shard, now.AddDate(0, -docket.Reach, 0), now, now)
	if err != nil {
		return 0, err
	}
	cat, _ := s.Registrar.Catalogue.Current()
	report := docket.NewReport(cat.DataRequests.Day(now))
	report.Add(requests)
	n := report.Total().Overdue
	s.Count(alarm.Overdue, n)
	return n, nil
}
