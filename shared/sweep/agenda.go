package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// These bound a task: it attends to so many people, in pages, some of a page at once. It
// begins no page when less than spare is left of its time.
const (
	pages   = 10
	page    = 100
	workers = 8
	spare   = time.Minute
)

// settled is the number of days after which nothing more happens to a day's agenda: no entry
// is made with an earlier day than yesterday's, and the day has ended in every zone.
const settled = 3

// attend attends to the people on the agenda, from the task's person on. A person who fails
// keeps nobody else waiting; the next run tries again. Of a settled day it keeps a note when
// nobody failed, so that later runs leave it out.
func (s *Sweep) attend(ctx context.Context, t Task) (report Report, next []Task, err error) {
	isSettled := s.Registrar.Clock().UTC().AddDate(0, 0, -settled).Format(time.DateOnly) >= t.Day
	note := fmt.Sprintf("sweep/%s/%02d", t.Day, t.Shard)
	end, bounded := ctx.Deadline()
	for range pages {
		people, more, err := s.page(ctx, &t)
		if err != nil {
			return report, nil, err
		}
		if isSettled && report.People == 0 && len(people) > 0 {
			if _, err := s.Done.Ticket(ctx, note); !errors.Is(err, ledger.ErrNotFound) {
				return report, nil, err
			}
		}
		recorded, failed := s.all(ctx, people)
		if err := ctx.Err(); err != nil {
			return report, nil, err
		}
		t.Failed = t.Failed || failed > 0
		report.People, report.Recorded, report.Failed = report.People+len(people), report.Recorded+recorded, report.Failed+failed
		if !more {
			if isSettled && !t.Failed && (t.After != "") {
				_, err = s.Done.PutTicket(ctx, note, []byte(s.Registrar.Clock().UTC().Format(time.RFC3339)))
			}
			return report, nil, err
		}
		if bounded && time.Until(end) < spare {
			break
		}
	}
	return report, []Task{t}, nil
}

// page reads the people of a task who come next, moves the task on behind them, and reports
// whether there may be more. What cannot be read of the agenda is left out.
func (s *Sweep) page(ctx context.Context, t *Task) (people []ledger.Subject, more bool, err error) {
	var after ledger.Subject
	if t.After != "" {
		if after, err = ledger.ParseWhom(t.After); err != nil {
			return nil, false, err
		}
	}
	people, err = s.Agenda.DueOn(ctx, t.Day, t.Shard, after, page)
	if errors.Is(err, ledger.ErrCorrupt) {
		s.failed(err)
		t.Failed, err = true, nil
	}
	if len(people) > 0 {
		t.After = people[len(people)-1].Whom()
	}
	return people, len(people) == page, err
}

// all attends to people, some at once, and counts the receipts, and the people who failed.
func (s *Sweep) all(ctx context.Context, people []ledger.Subject) (recorded, failed int) {
	var mu sync.Mutex
	var all sync.WaitGroup
	waiting := make(chan ledger.Subject)
	for range workers {
		all.Go(func() {
			for person := range waiting {
				n, err := s.one(ctx, person)
				mu.Lock()
				recorded += n
				if err != nil {
					failed++
					s.failed(err)
				}
				mu.Unlock()
			}
		})
	}
	for _, person := range people {
		waiting <- person
	}
	close(waiting)
	all.Wait()
	if failed > 0 {
		s.Count(alarm.NotSwept, failed)
	}
	return recorded, failed
}

// one records what has lapsed for one person, and returns the number of receipts issued.
func (s *Sweep) one(ctx context.Context, person ledger.Subject) (recorded int, err error) {
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
