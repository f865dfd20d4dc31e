package system

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consent-receipts/shared/callback"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// machine is a system with a request in it, whose controller gave a URL on this machine.
type machine struct {
	*System
	dir, subject, request string
	told                  int // times that the controller was told something
	sender                *callback.Sender
}

var noon = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

func clock() time.Time { return noon }

var must = errtest.None

func start(t *testing.T, dir string) *System {
	t.Helper()
	compiled, err := Sample()
	must(t, err)
	sys, err := Open(t.Context(), dir, compiled, clock, slog.New(slog.NewJSONHandler(io.Discard, nil)))
	must(t, err)
	t.Cleanup(func() { must(t, sys.Close()) })
	return sys
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{dir: t.TempDir()}
	m.System = start(t, m.dir)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { m.told++ }))
	t.Cleanup(receiver.Close)
	policy := callback.Public()
	policy.Plain, policy.Allow = true, func(a netip.AddrPort) bool { return a.Addr().IsLoopback() }
	m.sender = callback.NewSender(policy, time.Minute, clock)
	api, err := m.Protocols()
	must(t, err)
	_, err = api.Counter.Open(t.Context(), counter.Request{
		Origin: counter.Origin{Party: counter.Party{Protocol: counter.OpenDSR, ID: sampleBankID}, ID: "one", Callbacks: []string{receiver.URL}},
		Key:    "one", Type: statement.Access, CustomerID: SamplePerson,
	})
	must(t, err)
	m.subject, err = m.API.Pseudonyms.Of(SamplePerson)
	must(t, err)
	standing, err := m.API.Registrar.Standing(t.Context(), ledger.Person(m.subject))
	must(t, err)
	m.request = standing.Requests[0].ID
	return m
}

// step takes the request on.
func (m *machine) step(t *testing.T) {
	t.Helper()
	_, err := m.API.Registrar.Do(t.Context(), ledger.Person(m.subject), "start", consent.AdvanceRequest{ID: m.request, Act: datarequest.Start, Case: "C-1"}, consent.Context{
		Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
	})
	must(t, err)
}

// watched is a store that tells when an entry has been appended, before anybody else knows.
type watched struct {
	ledger.Store
	appended func()
}

func (w watched) Append(ctx context.Context, e ledger.Entry) error {
	err := w.Store.Append(ctx, e)
	w.appended()
	return err
}

// TestCourierCrash: a machine that goes down right after an entry was appended tells of the
// entry when it runs again.
func TestCourierCrash(t *testing.T) {
	m := newMachine(t)
	after := filepath.Join(t.TempDir(), "after")
	m.API.Registrar.Store = watched{m.API.Registrar.Store, func() { must(t, os.CopyFS(after, os.DirFS(m.dir))) }}
	m.step(t)
	next, err := start(t, after).Courier.Work(t.Context(), m.sender)
	if err != nil || !next.IsZero() || m.told != 1 {
		t.Errorf("told %d times, and next at %s (%v)", m.told, next, err)
	}
}

// TestCourierGoesOn: a change that was told is not told again, except one that was published
// just before a crash and not noted.
func TestCourierGoesOn(t *testing.T) {
	m := newMachine(t)
	m.step(t)
	for range 2 {
		_, err := m.Courier.Work(t.Context(), m.sender)
		must(t, err)
	}
	again, err := openQueue(m.Courier.queue.path, clock)
	must(t, err)
	if m.told != 1 || len(again.kept.Waiting) != 0 || again.kept.Mark == "" {
		t.Fatalf("told %d times, kept %+v", m.told, again.kept)
	}
	m.Courier.queue.kept.Mark = ""
	if _, err := m.Courier.Work(t.Context(), m.sender); err != nil || m.told != 2 {
		t.Errorf("told %d times, %v", m.told, err)
	}
}

// TestCourierCannotWrite: while the file cannot be written, no change is passed over.
func TestCourierCannotWrite(t *testing.T) {
	m := newMachine(t)
	m.step(t)
	queue := m.Courier.queue
	path := queue.path
	queue.path = filepath.Join(path, "no folder")
	if _, err := m.Courier.Work(t.Context(), m.sender); err == nil || m.told != 0 || queue.kept.Mark != "" {
		t.Fatalf("told %d times, published up to %q, %v", m.told, queue.kept.Mark, err)
	}
	queue.path = path
	if _, err := m.Courier.Work(t.Context(), m.sender); err != nil || m.told == 0 {
		t.Errorf("told %d times, %v", m.told, err)
	}
}

// TestCourierRefused: nobody is told of an entry that is not in its place, and the entries
// after it are told.
func TestCourierRefused(t *testing.T) {
	m := newMachine(t)
	misplaced, err := m.store.Newest(t.Context(), ledger.Person(m.subject))
	must(t, err)
	other, err := m.API.Pseudonyms.Of(OtherPerson)
	must(t, err)
	misplaced.Subject = ledger.Person(other)
	must(t, m.store.Append(t.Context(), misplaced))
	m.step(t)
	for range 2 {
		if _, err := m.Courier.Work(t.Context(), m.sender); err != nil || m.told != 1 {
			t.Errorf("told %d times, %v", m.told, err)
		}
	}
}

// TestCourierUntold: entries about no request are passed over, and none of them is verified.
func TestCourierUntold(t *testing.T) {
	m := newMachine(t)
	var log bytes.Buffer
	m.Courier.publisher.Log = slog.New(slog.NewJSONHandler(&log, nil))
	other, err := m.API.Pseudonyms.Of(OtherPerson)
	must(t, err)
	for seq := range uint64(changesAtOnce + 1) {
		must(t, m.store.Append(t.Context(), ledger.Entry{Subject: ledger.Person(other), Seq: seq + 1, Receipt: "no receipt", Key: [32]byte{byte(seq), 1}, Command: [32]byte{1}}))
	}
	m.step(t)
	if _, err := m.Courier.Work(t.Context(), m.sender); err != nil || m.told != 1 || log.Len() > 0 {
		t.Errorf("told %d times, %v, and said %s", m.told, err, &log)
	}
}
