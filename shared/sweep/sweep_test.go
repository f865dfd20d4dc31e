package sweep_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consent-receipts/shared/alarm"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
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
	overdue []int // what each run counted
	log     bytes.Buffer
}

func openHouse(t *testing.T) *house {
	h := &house{now: registrartest.Begin}
	store := registrartest.Ledger(t)
	h.Sweep = &sweep.Sweep{
		Registrar: registrartest.New(t, registrartest.Setup{Store: store, Now: func() time.Time { return h.now }}).Registrar,
		Agenda:    store, Docket: store, Pick: rand.IntN, Log: slog.New(slog.NewJSONHandler(&h.log, nil)),
		Overdue: func(n int) { h.overdue = append(h.overdue, n) },
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
	_, err := h.Registrar.Do(t.Context(), person, fmt.Sprintf("%T %s", cmd, h.now), cmd, asPerson)
	must(t, err)
}

func (h *house) yes(t *testing.T, person string) {
	t.Helper()
	h.do(t, person, consent.OptIn{Language: "en", Choices: []consent.Choice{{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}}})
}

func (h *house) run(t *testing.T, want sweep.Report) {
	t.Helper()
	got, err := h.Run(t.Context(), sweep.Order{})
	if err != nil || got != want {
		t.Errorf("%s: %+v (%v), want %+v", h.now.Format(time.DateOnly), got, err, want)
	}
}

func (h *house) events(t *testing.T, person string) (types []string) {
	t.Helper()
	recs, err := h.Registrar.Receipts(t.Context(), person, 1, 100)
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
	standing, err := h.Registrar.Standing(t.Context(), somebody(1))
	must(t, err)
	asStaff := consent.Context{Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"}}
	step := func(act datarequest.Act) {
		_, err := h.Registrar.Do(t.Context(), somebody(1), string(act), consent.AdvanceRequest{ID: standing.Requests[0].ID, Act: act, Case: "DR-1"}, asStaff)
		must(t, err)
	}
	step(datarequest.Start) // late, and the sweep does not say so again
	h.run(t, sweep.Report{People: 1, Overdue: 1})
	step(datarequest.Complete)
	h.run(t, sweep.Report{People: 1})
	h.now = time.Date(2027, 11, 23, 15, 0, 0, 0, time.UTC)
	h.run(t, sweep.Report{People: 2, Recorded: 2})
	h.run(t, sweep.Report{People: 2})
	if got := strings.Join(h.events(t, somebody(1)), " "); got != "opt-in request-received request-overdue request-in-progress request-completed expiry" {
		t.Errorf("the ledger has %s", got)
	}
	if n := len(slices.DeleteFunc(h.overdue, func(n int) bool { return n != 1 })); n != 3 {
		t.Errorf("one was overdue at %d runs", n)
	}
	if strings.Contains(h.log.String(), somebody(1)) {
		t.Error("the log names a person")
	}
}

// step has a clerk take the first open request of a person a step on, under a key.
func (h *house) step(t *testing.T, subject, key string, act datarequest.Act) {
	t.Helper()
	standing, err := h.Registrar.Standing(t.Context(), subject)
	must(t, err)
	_, err = h.Registrar.Do(t.Context(), subject, key, consent.AdvanceRequest{ID: standing.Requests[0].ID, Act: act, Case: "DR-1"},
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

// impatient is a store whose caller's time ends after some ledgers were read.
type impatient struct {
	ledger.Store
	left atomic.Int32
	end  context.CancelFunc
}

func (s *impatient) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	if s.left.Add(-1) < 0 {
		s.end()
	}
	return s.Store.Newest(ctx, subject)
}

// TestSweepShort: runs that are too short for everybody reach everybody in the end.
func TestSweepShort(t *testing.T) {
	h := openHouse(t)
	const many, each = 100, 25 // ledgers read by one run
	for n := range many {
		h.do(t, somebody(n), consent.RequestData{Type: "access"})
	}
	h.now = h.now.AddDate(0, 1, 3)
	h.Pick = rand.New(rand.NewPCG(1, 2)).IntN
	store := h.Registrar.Store
	short := &impatient{Store: store}
	h.Registrar.Store = short
	for run := range many {
		ctx, cancel := context.WithCancel(t.Context())
		short.left.Store(each)
		short.end = cancel
		report, _ := h.Sweep.Run(ctx, sweep.Order{})
		cancel()
		if report.People != many || report.Left == 0 {
			t.Fatalf("run %d: %+v", run, report)
		}
	}
	h.Registrar.Store = store
	h.run(t, sweep.Report{People: many, Overdue: many}) // and nothing is left to record
}

// scrawled is an agenda with an unreadable line.
type scrawled struct{ ledger.Agenda }

func (a scrawled) DueOn(ctx context.Context, day string) ([]ledger.Subject, error) {
	people, err := a.Agenda.DueOn(ctx, day)
	return people, errors.Join(err, ledger.ErrCorrupt)
}

// TestSweepScrawled: an unreadable line of the agenda delays no other person, and is
// reported.
func TestSweepScrawled(t *testing.T) {
	h := openHouse(t)
	h.do(t, somebody(1), consent.RequestData{Type: "access"})
	h.now = h.now.AddDate(0, 1, 3)
	h.Agenda = scrawled{h.Agenda}
	report, err := h.Run(t.Context(), sweep.Order{})
	if want := (sweep.Report{People: 1, Recorded: 1, Overdue: 1}); report != want || !errors.Is(err, ledger.ErrCorrupt) {
		t.Errorf("%+v (%v), want %+v", report, err, want)
	}
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
		_, err := h.Registrar.Do(t.Context(), somebody(1), "late", consent.RequestData{Type: "access"}, late)
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
	h.run(t, sweep.Report{People: 1})
}

// TestSweepMany: a run that ends early says what is left, and another one does it;
// one broken ledger keeps nobody else waiting.
func TestSweepMany(t *testing.T) {
	h := openHouse(t)
	const many = 60
	for n := range many {
		h.do(t, somebody(n), consent.RequestData{Type: "access"})
	}
	must(t, h.Registrar.Store.Append(t.Context(), ledger.Entry{
		Subject: ledger.Person(somebody(many)), Seq: 1, Receipt: "forged", Key: [32]byte{1}, Command: [32]byte{1}, Due: "2026-12-23",
	}))
	h.now = h.now.AddDate(0, 1, 3)
	report, err := h.Run(almostOver{t.Context()}, sweep.Order{})
	if !errors.Is(err, sweep.ErrIncomplete) || report.Left != many+1 || report.Recorded != 0 {
		t.Errorf("without time: %+v (%v)", report, err)
	}
	report, err = h.Run(t.Context(), sweep.Order{})
	if want := (sweep.Report{People: many + 1, Recorded: many, Failed: 1, Overdue: many}); !errors.Is(err, sweep.ErrIncomplete) || report != want {
		t.Errorf("%+v (%v), want %+v", report, err, want)
	}
	if !strings.Contains(h.log.String(), alarm.Refused) {
		t.Error("nobody is told of the entry that cannot be believed")
	}
	h.now = h.now.AddDate(0, 0, 20) // too late for the usual reach
	h.do(t, somebody(0), consent.RequestData{Type: "portability"})
	if report, err := h.Run(t.Context(), sweep.Order{}); err != nil || report.People != 0 || report.Overdue != many {
		t.Errorf("%+v (%v)", report, err)
	}
	if report, err := h.Run(t.Context(), sweep.Order{Days: 30}); report.People != many+1 || report.Failed != 1 || err == nil {
		t.Errorf("further back: %+v (%v)", report, err)
	}
	before := strings.Count(h.log.String(), alarm.Refused)
	must(t, h.Registrar.Store.Append(t.Context(), ledger.Entry{
		Subject: ledger.Person(somebody(many + 1)), Seq: 1, Receipt: "forged", Key: [32]byte{1}, Command: [32]byte{1},
		Listing: ledger.Listing{Month: h.now.Format("2006-01"), Text: "{}"},
	}))
	if _, err := h.Run(t.Context(), sweep.Order{}); err == nil || strings.Count(h.log.String(), alarm.Refused) != before+1 {
		t.Errorf("a line of the docket that nobody of us wrote: %v", err)
	}
	for _, days := range []int{-1, sweep.MaxDays + 1} {
		if _, err := h.Run(t.Context(), sweep.Order{Days: days}); err == nil {
			t.Errorf("%d days", days)
		}
	}
}

// almostOver is a context with less time than what a run leaves; it does not end, so that
// the agenda can be read however slow the machine is.
type almostOver struct{ context.Context }

func (almostOver) Deadline() (time.Time, bool) { return time.Unix(1, 0), true }
