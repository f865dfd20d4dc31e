// Package ledgertest holds every implementation of the ledger to its contract.
//
// Each clause of the comments on ledger.Store and ledger.Documents has a subtest
// here. All subjects and documents are new and random, so that the tests of
// several implementations, and several runs, can share one table.
package ledgertest

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"testing"

	"consent-receipts/shared/ledger"
	"consent-receipts/shared/statement"
)

// Backend is what is tested.
type Backend struct {
	Store     ledger.Store
	Documents ledger.Documents
	Docket    ledger.Docket
	Agenda    ledger.Agenda
	Tickets   ledger.Tickets
}

// Run runs the suite. It calls open once per subtest; what open opens, it closes
// with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Backend) {
	for name, test := range map[string]func(*testing.T, Backend){
		"an empty ledger":                                    emptyLedger,
		"what is written can be read at once":                readYourWrites,
		"insert never replaces":                              neverReplaces,
		"a write recognises itself":                          ownWrite,
		"any other entry is a conflict":                      anyDifferenceConflicts,
		"due dates":                                          dueDates,
		"sealed identities":                                  sealedIdentities,
		"kinds of ledgers are apart":                         kindsApart,
		"only people are in the indexes":                     indexesOfPeople,
		"the agenda":                                         agenda,
		"the docket":                                         lines,
		"tickets":                                            tickets,
		"slots are not looked at beyond their own":           slotsAreIndependent,
		"one wins the race for a slot":                       raceForSlot,
		"a write sent many times":                            raceOfOneEntry,
		"subjects do not wait for each other":                subjectsInParallel,
		"readers beside writers":                             readersBesideWriters,
		"by key":                                             byKey,
		"keys belong to a subject":                           keysPerSubject,
		"list in pages":                                      listInPages,
		"large receipts":                                     largeReceipts,
		"receipts come back byte for byte":                   receiptsVerbatim,
		"what was read does not change":                      readsDoNotAlias,
		"invalid arguments":                                  invalidArguments,
		"a context that has ended":                           contextEnded,
		"a context that ends meanwhile":                      contextEndsMeanwhile,
		"behaves like a map":                                 model,
		"document, first insert wins":                        documentFirstWins,
		"document, many insert it":                           documentRace,
		"document, none":                                     documentNone,
		"document, large":                                    documentLarge,
		"document, what was read or written does not change": documentDoesNotAlias,
		"document, invalid":                                  documentInvalid,
		"document, a context that has ended":                 documentContextEnded,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// Pseudonym returns a pseudonym nobody else has.
func Pseudonym() string { return base64.RawURLEncoding.EncodeToString(random(32)) }

// Subject returns a person nobody else is.
func Subject() ledger.Subject { return ledger.Person(Pseudonym()) }

// Entry returns a valid entry with a receipt, a key and a command of its own.
func Entry(subject ledger.Subject, seq uint64) ledger.Entry {
	return ledger.Entry{
		Subject: subject,
		Seq:     seq,
		Receipt: base64.RawURLEncoding.EncodeToString(random(300)) + "~",
		Key:     [32]byte(random(32)),
		Command: [32]byte(random(32)),
	}
}

// Document returns a valid document nobody else has.
func Document(size int) ledger.Document {
	body := random(size)
	return ledger.Document{Digest: statement.Digest(body), MediaType: "text/markdown", Body: body}
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// fill appends the first n entries of a new subject.
func fill(t *testing.T, s ledger.Store, n int) []ledger.Entry {
	t.Helper()
	subject := Subject()
	entries := make([]ledger.Entry, n)
	for i := range entries {
		entries[i] = Entry(subject, uint64(i)+1)
		appendOK(t, s, entries[i])
	}
	return entries
}

func appendOK(t *testing.T, s ledger.Store, e ledger.Entry) {
	t.Helper()
	if err := s.Append(t.Context(), e); err != nil {
		t.Fatalf("Append at %d: %v", e.Seq, err)
	}
}

func appendConflicts(t *testing.T, s ledger.Store, e ledger.Entry) {
	t.Helper()
	if err := s.Append(t.Context(), e); !errors.Is(err, ledger.ErrConflict) {
		t.Fatalf("Append to the taken slot %d: %v, want ErrConflict", e.Seq, err)
	}
}

// holds checks that a ledger is exactly this, through every way of reading.
func holds(t *testing.T, s ledger.Store, want []ledger.Entry) {
	t.Helper()
	subject := want[0].Subject
	for _, e := range want {
		got, err := s.Get(t.Context(), subject, e.Seq)
		same(t, "Get", got, err, e)
	}
	newest, err := s.Newest(t.Context(), subject)
	same(t, "Newest", newest, err, want[len(want)-1])
	list, err := s.List(t.Context(), subject, 1, len(want)+1)
	sameList(t, list, err, want)
	for _, e := range want[:len(want)-1] {
		got, err := s.ByKey(t.Context(), subject, e.Key)
		same(t, "ByKey", got, err, e)
	}
}

func same(t *testing.T, what string, got ledger.Entry, err error, want ledger.Entry) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s, entry %d: %v", what, want.Seq, err)
	}
	if got != want {
		t.Fatalf("%s: got entry %d, which is not the entry %d that was written", what, got.Seq, want.Seq)
	}
}

func sameList(t *testing.T, got []ledger.Entry, err error, want []ledger.Entry) {
	t.Helper()
	if err != nil {
		t.Fatalf("List: %v", err)
	}
	if len(got) != len(want) {
		t.Fatalf("List: %d entries, want %d", len(got), len(want))
	}
	for i := range want {
		same(t, "List", got[i], nil, want[i])
	}
}

func is(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: %v, want: %v", what, err, want)
	}
}
