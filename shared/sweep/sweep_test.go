package sweep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/sweep"
)

// house is a ledger whose clock the test moves, and its sweep.
type house struct {
	*sweep.Sweep
	now     time.Time
	counted map[string][]int // by metric
	log     bytes.Buffer
}

func openHouse(t *testing.T) *house {
	h := &house{now: registrartest.Begin, counted: map[string][]int{}}
	store := registrartest.Ledger(t)
	h.Sweep = &sweep.Sweep{
		Registrar: registrartest.New(t, registrartest.Setup{Store: store, Now: func() time.Time { return h.now }}).Registrar,
		Agenda:    store, Docket: store, Done: store, Log: slog.New(slog.NewJSONHandler(&h.log, nil)),
		Waiting: func(context.Context) (int, error) { return 1, nil },
		Count:   func(metric string, n int) { h.counted[metric] = append(h.counted[metric], n) },
	}
	return h
}

var must = errtest.None

var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web"},
}

func (h *house) do(t *testing.T, person string, cmd consent.Command) {
	t.Helper()
	_, err := h.Registrar.Do(t.Context(), ledger.Person(person), fmt.Sprintf("%T %s", cmd, h.now), cmd, asPerson)
	must(t, err)
}

func (h *house) yes(t *testing.T, person string) {
	t.Helper()
	h.do(t, person, consent.OptIn{Language: "en", Choices: []consent.Choice{{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}}})
}

func (h *house) run(t *testing.T, want sweep.Report) {
	t.Helper()
	got, err := h.Run(t.Context(), 0)
	if err != nil || got != want {
		t.Errorf("%s: %+v (%v), want %+v", h.now.Format(time.DateOnly), got, err, want)
	}
}

func (h *house) events(t *testing.T, person string) (types []string) {
	t.Helper()
	recs, err := h.Registrar.Receipts(t.Context(), ledger.Person(person), 1, 100)
	must(t, err)
	chain := receipt.Chain{Whole: true}
	for _, rec := range recs {
		chain.Add(rec)
		types = append(types, string(rec.Event.Type))
	}
	if course := chain.Judge(); !course.Follow() {
		t.Errorf("the chain: %+v", course)
	}
	return types
}

func somebody(n int) string { return fmt.Sprintf("%043d", n) }

// TestSweepYear: a request that nobody answers becomes overdue, once; the consent ends,
// once; neither hides the other, and nobody else is touched.
func TestSweepYear(t *testing.T) {
	h := openHouse(t)
	h.yes(t, somebody(1))
	h.do(t, somebody(1), consent.RequestData{Type: "access"})
	h.yes(t, somebody(2))
	h.run(t, sweep.Report{})
	h.now = time.Date(2026, 12, 23, 22, 0, 0, 0, time.UTC) // the deadline lasts to the end of its day
	h.run(t, sweep.Report{People: 1})
	h.now = h.now.Add(26 * time.Hour)
	h.run(t, sweep.Report{People: 1, Recorded: 1, Overdue: 1})
	h.run(t, sweep.Report{People: 1, Overdue: 1})
	if got := strings.Join(h.events(t, somebody(1)), " "); got != "opt-in request-received request-overdue" {
		t.Errorf("the ledger has %s", got)
	}
	standing, err := h.Registrar.Standing(t.Context(), ledger.Person(somebody(1)))
	must(t, err)
	asStaff := consent.Context{Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"}}
	step := func(act datarequest.Act) {
		_, err := h.Registrar.Do(t.Context(), ledger.Person(somebody(1)), string(act), consent.AdvanceRequest{ID: standing.Requests[0].ID, Act: act, NothingHeld: act == datarequest.Complete, Case: "DR-1"}, asStaff)
		must(t, err)
	}
	step(datarequest.Start) // late, and the sweep does not say so again; two days name the person now
	h.run(t, sweep.Report{People: 2, Overdue: 1})
	step(datarequest.Complete)
	h.run(t, sweep.Report{People: 2})
	h.now = time.Date(2027, 11, 23, 15, 0, 0, 0, time.UTC)
	h.run(t, sweep.Report{People: 2, Recorded: 2})
	h.run(t, sweep.Report{People: 2})
	if got := strings.Join(h.events(t, somebody(1)), " "); got != "opt-in request-received request-overdue request-in-progress request-completed expiry" {
		t.Errorf("the ledger has %s", got)
	}
	if n := len(slices.DeleteFunc(h.counted[alarm.Overdue], func(n int) bool { return n != 1 })); n != 3 {
		t.Errorf("one was overdue at %d runs", n)
	}
	if strings.Contains(h.log.String(), somebody(1)) {
		t.Error("the log names a person")
	}
}

// step has a clerk take the first open request of a person a step on, under a key.
func (h *house) step(t *testing.T, subject, key string, act datarequest.Act) {
	t.Helper()
	standing, err := h.Registrar.Standing(t.Context(), ledger.Person(subject))
	must(t, err)
	_, err = h.Registrar.Do(t.Context(), ledger.Person(subject), key, consent.AdvanceRequest{ID: standing.Requests[0].ID, Act: act, Case: "DR-1"},
		consent.Context{Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"}})
	must(t, err)
}

// TestSweepComplaint: a complaint in the United Kingdom has no deadline, but its receipt is to
// be confirmed within 30 days. Whoever misses that is overdue until they confirm it.
func TestSweepComplaint(t *testing.T) {
	h := openHouse(t)
	uk := registrartest.Sample(t)
	uk.Catalogue.DataRequests.Rules["complaint"] = "uk-gdpr"
	var err error
	uk.Canonical, err = uk.Catalogue.Canonical()
	must(t, err)
	uk.Digest = statement.Digest(uk.Canonical)
	store := registrartest.Ledger(t)
	h.Registrar = registrartest.New(t, registrartest.Setup{Store: store, Catalogue: uk, Now: func() time.Time { return h.now }}).Registrar
	h.Agenda, h.Docket = store, store

	h.do(t, somebody(1), consent.RequestData{Type: "complaint"})
	h.now = time.Date(2026, 12, 23, 12, 0, 0, 0, time.UTC) // 30 days after 23 November
	h.run(t, sweep.Report{People: 1})
	h.now = h.now.AddDate(0, 0, 1)
	h.run(t, sweep.Report{People: 1, Recorded: 1, Overdue: 1})
	h.run(t, sweep.Report{People: 1, Overdue: 1})
	h.step(t, somebody(1), "confirm", datarequest.Acknowledge)
	h.run(t, sweep.Report{People: 1})
	if got := strings.Join(h.events(t, somebody(1)), " "); got != "request-received request-overdue request-acknowledged" {
		t.Errorf("the ledger has %s", got)
	}
}

// TestSweepIdentity: the request of a person who gave no proof in time has ended.
func TestSweepIdentity(t *testing.T) {
	h := openHouse(t)
	h.do(t, somebody(1), consent.RequestData{Type: "access"})
	h.step(t, somebody(1), "ask", datarequest.AskIdentity)
	h.now = h.now.AddDate(0, 1, 3)
	h.run(t, sweep.Report{People: 1, Recorded: 1})
	if got := strings.Join(h.events(t, somebody(1)), " "); got != "request-received request-identity-wanted request-expired" {
		t.Errorf("the ledger has %s", got)
	}
}

// TestSweepContact: the request of somebody without an account who gave no proof in time has ended
// too. Nothing of their address is in what the sweep appends or logs: it stays sealed in the entry of
// the request alone, with which it goes.
func TestSweepContact(t *testing.T) {
	h := openHouse(t)
	contact := ledger.Contact(somebody(1))
	h.Registrar.Seal = func(_ context.Context, of ledger.Subject, address string) (string, error) {
		return "sealed for " + of.String(), nil
	}
	asked := asPerson
	asked.Customer, asked.Evidence = "alex@example.com", statement.Evidence{Level: statement.EvidenceEmail, Channel: "contact-form"}
	_, err := h.Registrar.Do(t.Context(), contact, "link", consent.RequestData{Type: "access"}, asked)
	must(t, err)
	standing, err := h.Registrar.Standing(t.Context(), contact)
	must(t, err)
	_, err = h.Registrar.Do(t.Context(), contact, "ask", consent.AdvanceRequest{ID: standing.Requests[0].ID, Act: datarequest.AskIdentity}, consent.Context{
		Actor: statement.Actor{Role: statement.RoleSystem}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "contact-form"},
	})
	must(t, err)
	h.run(t, sweep.Report{})
	h.now = h.now.AddDate(0, 1, 3)
	h.run(t, sweep.Report{People: 1, Recorded: 1})
	h.run(t, sweep.Report{})
	entries, err := h.Registrar.Store.List(t.Context(), contact, 1, 10)
	must(t, err)
	var types []string
	for i, e := range entries {
		if (e.Sealed != "") != (i == 0) || strings.Contains(e.Receipt, "sealed for") {
			t.Errorf("entry %d has %q sealed", i+1, e.Sealed)
		}
		rec, err := h.Registrar.Receipt(t.Context(), contact, e.Seq)
		must(t, err)
		types = append(types, string(rec.Event.Type))
	}
	if got := strings.Join(types, " "); got != "request-received request-identity-wanted request-expired" {
		t.Errorf("the ledger has %s", got)
	}
	if strings.Contains(h.log.String(), "alex") || strings.Contains(h.log.String(), somebody(1)) {
		t.Errorf("the log names a contact: %s", h.log.String())
	}
}

// scrawled is an agenda with an unreadable line.
type scrawled struct{ ledger.Agenda }

func (a scrawled) DueOn(ctx context.Context, day string, shard int, after ledger.Subject, limit int) ([]ledger.Subject, error) {
	people, err := a.Agenda.DueOn(ctx, day, shard, after, limit)
	return people, errors.Join(err, ledger.ErrCorrupt)
}

// TestSweepScrawled: an unreadable line of the agenda delays no other person, and is
// reported.
func TestSweepScrawled(t *testing.T) {
	h := openHouse(t)
	h.do(t, somebody(1), consent.RequestData{Type: "access"})
	h.now = h.now.AddDate(0, 1, 3)
	h.Agenda = scrawled{h.Agenda}
	h.run(t, sweep.Report{People: 1, Recorded: 1, Overdue: 1})
	if !strings.Contains(h.log.String(), alarm.Refused) {
		t.Error("nobody is told")
	}
}

// TestSweepLate: a request that took so long to arrive that its deadline had passed is
// found to be overdue all the same, also when it is tomorrow already for the controller.
func TestSweepLate(t *testing.T) {
	for _, hour := range []int{14, 23} {
		h := openHouse(t)
		h.now = time.Date(2026, 11, 23, hour, 30, 0, 0, time.UTC)
		late := asPerson
		late.OccurredAt = h.now.AddDate(0, -2, 0)
		_, err := h.Registrar.Do(t.Context(), ledger.Person(somebody(1)), "late", consent.RequestData{Type: "access"}, late)
		must(t, err)
		h.run(t, sweep.Report{People: 1, Recorded: 1, Overdue: 1})
		h.run(t, sweep.Report{People: 1, Overdue: 1})
		if got := strings.Join(h.events(t, somebody(1)), " "); got != "request-received request-overdue" {
			t.Errorf("at %d: the ledger has %s", hour, got)
		}
	}
}

// TestSweepGranted: an erasure that was promised and has not been done is counted too.
func TestSweepGranted(t *testing.T) {
	h := openHouse(t)
	h.do(t, somebody(1), consent.RequestData{Type: "erasure"})
	h.step(t, somebody(1), "grant", datarequest.Complete)
	h.run(t, sweep.Report{})
	h.now = h.now.AddDate(0, 1, 3)
	h.run(t, sweep.Report{People: 1, Overdue: 1})
	h.do(t, somebody(1), consent.Erase{})
	h.run(t, sweep.Report{})
}

// TestSweepMany: a broken ledger keeps nobody else waiting, and tells somebody.
func TestSweepMany(t *testing.T) {
	h := openHouse(t)
	const many = 60
	for n := range many {
		h.do(t, somebody(n), consent.RequestData{Type: "access"})
	}
	forged := func(n int, e ledger.Entry) {
		t.Helper()
		e.Subject, e.Seq, e.Receipt, e.Key, e.Command = ledger.Person(somebody(n)), 1, "forged", [32]byte{1}, [32]byte{1}
		must(t, h.Registrar.Store.Append(t.Context(), e))
	}
	forged(many, ledger.Entry{Due: "2026-12-23"})
	h.now = h.now.AddDate(0, 1, 3)
	h.run(t, sweep.Report{People: many + 1, Recorded: many, Failed: 1, Overdue: many})
	if !strings.Contains(h.log.String(), alarm.Refused) || !slices.Equal(h.counted[alarm.NotSwept], []int{1}) {
		t.Errorf("nobody is told of the entry that cannot be believed: %v", h.counted)
	}
	h.now = h.now.AddDate(0, 0, 20) // too late for the usual reach
	h.do(t, somebody(0), consent.RequestData{Type: "portability"})
	h.run(t, sweep.Report{Overdue: many})
	if report, err := h.Run(t.Context(), 30); report.People < 1 || report.Failed != 1 || err != nil {
		t.Errorf("further back: %+v (%v)", report, err)
	}
	before := strings.Count(h.log.String(), alarm.Refused)
	forged(many+1, ledger.Entry{Listing: ledger.Listing{Month: h.now.Format("2006-01"), Text: "{}"}})
	if _, err := h.Run(t.Context(), 0); !errors.Is(err, docket.ErrItem) || strings.Count(h.log.String(), alarm.Refused) != before+1 {
		t.Errorf("a line of the docket that nobody of us wrote: %v", err)
	}
	for _, wrong := range []sweep.Task{
		{}, {Work: "all"}, {Work: sweep.Begin, Days: -1}, {Work: sweep.Begin, Days: sweep.MaxDays + 1}, {Work: sweep.Agenda, Day: "today"},
		{Work: sweep.Agenda, Day: "2026-12-23", Shard: ledger.Shards}, {Work: sweep.Agenda, Day: "2026-12-23", After: "somebody"}, {Work: sweep.Overdue, Shard: -1},
	} {
		if _, next, err := h.Do(t.Context(), wrong); !errors.Is(err, sweep.ErrTask) || next != nil {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
}

// inShard lists people of one shard.
func inShard(shard, many int) (people []string) {
	for n := 0; len(people) < many; n++ {
		if s := somebody(n); ledger.Person(s).Shard() == shard {
			people = append(people, s)
		}
	}
	return people
}

// counting counts the requests of a ledger.
type counting struct {
	ledger.Store
	ledger.Agenda
	reads, pages atomic.Int32
}

func (c *counting) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	c.reads.Add(1)
	return c.Store.Newest(ctx, subject)
}

func (c *counting) DueOn(ctx context.Context, day string, shard int, after ledger.Subject, limit int) ([]ledger.Subject, error) {
	c.pages.Add(1)
	return c.Agenda.DueOn(ctx, day, shard, after, limit)
}

// count has the sweep count its requests from now on.
func (h *house) count() *counting {
	c := &counting{Store: h.Registrar.Store, Agenda: h.Agenda}
	h.Registrar.Store, h.Agenda = c, c
	return c
}

// TestSweepTasks: a task is bounded, however many people a shard has, and the next one goes on
// behind its last person. What they ask of the ledger grows with the shard, and not with the
// people of other shards. Done twice, tasks record nothing twice.
func TestSweepTasks(t *testing.T) {
	h := openHouse(t)
	const most, many = 1000, 1130 // of a task, and of the shard
	due := ledger.Entry{Seq: 1, Receipt: "forged", Key: [32]byte{1}, Command: [32]byte{1}, Due: "2026-12-23"}
	people := inShard(3, many)
	for n, person := range slices.Concat(people, inShard(4, many)) {
		if n%100 == 7 {
			h.do(t, person, consent.RequestData{Type: "access"})
			continue
		}
		due.Subject = ledger.Person(person)
		must(t, h.Registrar.Store.Append(t.Context(), due))
	}
	slices.Sort(people)
	h.now = h.now.AddDate(0, 1, 1)
	requests := h.count()
	task := sweep.Task{Work: sweep.Agenda, Day: "2026-12-23", Shard: 3}
	for _, again := range []bool{false, true} {
		requests.reads.Store(0)
		requests.pages.Store(0)
		report, next, err := h.Do(t.Context(), task)
		must(t, err)
		if want := (sweep.Task{Work: sweep.Agenda, Day: task.Day, Shard: 3, After: people[most-1], Failed: true}); len(next) != 1 || next[0] != want || report.People != most {
			t.Fatalf("%+v, then %+v", report, next)
		}
		rest, last, err := h.Do(t.Context(), next[0])
		must(t, err)
		if len(last) != 0 || rest.People != many-most || (report.Recorded+rest.Recorded == 0) != again {
			t.Errorf("%+v, then %+v", rest, last)
		}
		// A page for 100 people, and a read for each; who has a receipt to come, one more.
		if pages, reads := requests.pages.Load(), int(requests.reads.Load()); pages != many/100+1 || reads > many+report.Recorded+rest.Recorded {
			t.Errorf("%d pages, %d reads", pages, reads)
		}
	}
}

// almostOver is a context with less time than what a task leaves; it does not end, so that
// the agenda can be read however slow the machine is.
type almostOver struct{ context.Context }

func (almostOver) Deadline() (time.Time, bool) { return time.Unix(1, 0), true }

// TestSweepShort: a task that has no time left hands on what it did not reach; one that is
// interrupted is left undone, and done again.
func TestSweepShort(t *testing.T) {
	h := openHouse(t)
	people := inShard(0, 230)
	for _, person := range people {
		h.do(t, person, consent.RequestData{Type: "access"})
	}
	h.now = h.now.AddDate(0, 1, 1)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	left, attended, recorded := []sweep.Task{{Work: sweep.Agenda, Day: "2026-12-23"}}, 0, 0
	if _, next, err := h.Do(over, left[0]); err == nil || next != nil {
		t.Errorf("interrupted: %v", next)
	}
	for tasks := 0; len(left) > 0; tasks++ {
		report, next, err := h.Do(almostOver{t.Context()}, left[0])
		must(t, err)
		attended, recorded, left = attended+report.People, recorded+report.Recorded, next
		if tasks > 3 {
			t.Fatal("it does not come on")
		}
	}
	if attended != len(people) || recorded != len(people) {
		t.Errorf("%d attended, %d receipts", attended, recorded)
	}
}

// TestSweepDone: a day is gone through once when nothing more can happen on it, unless
// somebody could not be attended to. A run that begins while an earlier one goes on counts
// what is overdue, and leaves the agenda to that one; a run that somebody asks for does not.
func TestSweepDone(t *testing.T) {
	h := openHouse(t)
	h.do(t, somebody(1), consent.RequestData{Type: "access"}) // until 2026-12-23
	h.now = time.Date(2026, 12, 25, 23, 0, 0, 0, time.UTC)
	h.run(t, sweep.Report{People: 1, Recorded: 1, Overdue: 1})
	h.run(t, sweep.Report{People: 1, Overdue: 1})
	h.now = h.now.Add(2 * time.Hour)
	forged := ledger.Entry{Subject: ledger.Person(somebody(2)), Seq: 1, Receipt: "forged", Key: [32]byte{1}, Command: [32]byte{1}, Due: "2026-12-22"}
	must(t, h.Registrar.Store.Append(t.Context(), forged))
	requests := h.count()
	h.run(t, sweep.Report{People: 2, Failed: 1, Overdue: 1})
	requests.reads.Store(0)
	h.run(t, sweep.Report{People: 1, Failed: 1, Overdue: 1})
	if n := requests.reads.Load(); n != 1 {
		t.Errorf("%d people are read again, want the one who failed", n)
	}
	h.Waiting = func(context.Context) (int, error) { return 2, nil }
	h.run(t, sweep.Report{Overdue: 1})
	if report, err := h.Run(t.Context(), 5); err != nil || report.People != 1 {
		t.Errorf("asked for: %+v (%v)", report, err)
	}
	h.Waiting = func(context.Context) (int, error) { return 0, ledger.ErrUnavailable }
	if _, _, err := h.Do(t.Context(), sweep.Task{Work: sweep.Begin}); !errors.Is(err, ledger.ErrUnavailable) {
		t.Errorf("nobody knows whether an earlier one goes on: %v", err)
	}
}
