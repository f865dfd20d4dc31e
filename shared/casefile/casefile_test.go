package casefile_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"consent-receipts/shared/casefile"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/journal"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/chained"
	"consent-receipts/shared/registrar/registrartest"
)

const issuer = "https://consent.first-example-bank.example"

var (
	moment = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	person = strings.Repeat("A", 43)
	id     = "6fa0a9ab-43ba-4ff6-9a2e-5d1a3e1d1c11"
	work   = ledger.Case(ledger.Person(person), id)
	robin  = strings.Repeat("R", 43)
	kim    = strings.Repeat("K", 43)
	must   = errtest.None
)

type house struct {
	*casefile.Log
	docket ledger.Docket
	keys   byte
}

func open(t *testing.T) *house {
	t.Helper()
	store := registrartest.Ledger(t)
	of := registrartest.NewSigning(t, issuer, func() time.Time { return moment }, rand.Reader)
	return &house{Log: &casefile.Log{Store: store, Signer: of.Signer, Verifier: of.Verifier, Issuer: issuer, Now: of.Authority.Now, Rand: rand.Reader}, docket: store}
}

// by sends an act of somebody's, with a key of its own.
func (h *house) by(t *testing.T, staff string, act casefile.Act, seen ...uint64) (*casefile.Record, error) {
	t.Helper()
	h.keys++
	act.Staff, act.Role, act.Case = staff, "operator", "C-1"
	sent := casefile.Sent{Act: act, Key: [32]byte{h.keys}, Received: moment}
	if len(seen) > 0 {
		sent.Seen = &seen[0]
	}
	return h.Append(t.Context(), work, sent)
}

// TestStory: two clerks work on a case, and see what they changed for each other.
func TestStory(t *testing.T) {
	h := open(t)
	steps := []struct {
		by   string
		act  casefile.Act
		seen []uint64
		want error
	}{
		{robin, casefile.Act{Did: casefile.Assign, With: robin, Name: "Robin Clerk"}, []uint64{0}, nil},
		{kim, casefile.Act{Did: casefile.Assign, With: kim}, []uint64{0}, casefile.ErrMoved},
		{robin, casefile.Act{Did: casefile.Note, Text: "The archive answers on the 15th."}, nil, nil},
		{kim, casefile.Act{Did: casefile.Assign, With: kim, Name: "Kim"}, []uint64{1}, nil}, // a note takes nobody's place
		{kim, casefile.Act{Did: casefile.Draft, Text: "Your copy is complete."}, []uint64{0}, nil},
		{robin, casefile.Act{Did: casefile.Draft, Text: "Another."}, []uint64{0}, casefile.ErrMoved},
		{robin, casefile.Act{Did: casefile.Propose, Step: json.RawMessage(`{"act":"deny"}`)}, nil, nil},
		{kim, casefile.Act{Did: casefile.Propose, Step: json.RawMessage(`{"act":"complete"}`)}, nil, casefile.ErrMoved},
		{robin, casefile.Act{Did: casefile.Approve, Of: 5}, nil, casefile.ErrOwn},
		{kim, casefile.Act{Did: casefile.Approve, Of: 4}, nil, casefile.ErrMoved},
		{kim, casefile.Act{Did: casefile.Approve, Of: 5}, nil, nil},
		{kim, casefile.Act{Did: casefile.Reject, Of: 5}, nil, casefile.ErrMoved},
		{kim, casefile.Act{Did: casefile.Assign}, nil, nil},
		{kim, casefile.Act{Did: casefile.Link, To: robin}, nil, nil},
	}
	for i, s := range steps {
		if _, err := h.by(t, s.by, s.act, s.seen...); !errors.Is(err, s.want) {
			t.Errorf("step %d: %v, want %v", i+1, err, s.want)
		}
	}
	f, err := h.Read(t.Context(), work)
	must(t, err)
	var did []string
	for i, r := range f.Records {
		did = append(did, string(r.Did))
		if r.Seq != uint64(i+1) || r.Subject != person+"/"+id || !r.Time().Equal(moment) {
			t.Errorf("%+v", r)
		}
	}
	if got := strings.Join(did, " "); got != "assign note assign draft propose approve assign link" {
		t.Errorf("recorded: %s", got)
	}
	if f.Assigned.With != "" || f.Draft.Text != "Your copy is complete." || f.Proposal != nil || f.Names()[robin] != "Robin Clerk" || len(f.Names()) != 2 {
		t.Errorf("the case: %+v", f)
	}
	lines, err := h.docket.Listings(t.Context(), "2026-11", work.Shard())
	must(t, err)
	want := []ledger.Listing{
		docket.Assignment{With: robin, Name: "Robin Clerk"}.Listing(moment), docket.Assignment{With: kim, Name: "Kim"}.Listing(moment),
		docket.Proposal{Proposed: true}.Listing(moment), docket.Proposal{}.Listing(moment), docket.Assignment{}.Listing(moment),
	}
	if !slices.EqualFunc(lines, want, func(l ledger.Listed, w ledger.Listing) bool { return l.Text == w.Text }) {
		t.Errorf("the docket: %+v", lines)
	}
}

// TestAgain: an act that is sent again is recorded once, and is what it was, whatever came
// after it.
func TestAgain(t *testing.T) {
	h := open(t)
	seen := uint64(0)
	sent := casefile.Sent{Act: casefile.Act{Staff: robin, Role: "operator", Did: casefile.Assign, With: robin}, Key: [32]byte{99}, Received: moment, Seen: &seen}
	first, err := h.Append(t.Context(), work, sent)
	must(t, err)
	if _, err := h.by(t, kim, casefile.Act{Did: casefile.Note, Text: "meanwhile"}); err != nil {
		t.Fatal(err)
	}
	if again, err := h.Append(t.Context(), work, sent); err != nil || again.Seq != 1 || again.Raw != first.Raw {
		t.Errorf("again: %+v, %v", again, err)
	}
	sent.With = kim
	if _, err := h.Append(t.Context(), work, sent); !errors.Is(err, journal.ErrMismatch) {
		t.Errorf("the key with something else: %v", err)
	}
}

// TestAtOnce: many take the same case at once, and one of them has it. Notes of all are kept.
func TestAtOnce(t *testing.T) {
	h := open(t)
	var all sync.WaitGroup
	taken := make(chan string, 20)
	for n := range byte(20) {
		all.Go(func() {
			seen := uint64(0)
			staff := strings.Repeat("S", 42) + string('a'+rune(n))
			act := casefile.Act{Staff: staff, Role: "operator", Did: casefile.Assign, With: staff}
			switch _, err := h.Append(t.Context(), work, casefile.Sent{Act: act, Key: [32]byte{n, 1}, Received: moment, Seen: &seen}); {
			case err == nil:
				taken <- staff
			case !errors.Is(err, casefile.ErrMoved):
				t.Error(err)
			}
			act = casefile.Act{Staff: staff, Role: "operator", Did: casefile.Note, Text: "mine"}
			if _, err := h.Append(t.Context(), work, casefile.Sent{Act: act, Key: [32]byte{n, 2}}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	f, err := h.Read(t.Context(), work)
	must(t, err)
	if len(taken) != 1 || f.Assigned.With != <-taken || len(f.Records) != 21 {
		t.Errorf("%d have it, and %d records are there", len(taken), len(f.Records))
	}
}

// TestApart: a record of one case is not believed in another, nor what somebody changed.
func TestApart(t *testing.T) {
	h := open(t)
	r, err := h.by(t, robin, casefile.Act{Did: casefile.Note, Text: "mine"})
	must(t, err)
	other := ledger.Case(ledger.Person(person), "6fa0a9ab-43ba-4ff6-9a2e-5d1a3e1d1c12")
	must(t, h.Store.Append(t.Context(), ledger.Entry{Subject: other, Seq: 1, Receipt: r.Raw, Key: [32]byte{9}, Command: [32]byte{9}}))
	if _, err := h.Read(t.Context(), other); !errors.Is(err, chained.ErrBroken) {
		t.Errorf("the record of another case: %v", err)
	}
	if _, err := h.Append(t.Context(), ledger.Person(person), casefile.Sent{Act: r.Act, Key: [32]byte{7}}); !errors.Is(err, casefile.ErrInvalid) {
		t.Errorf("into the person's own ledger: %v", err)
	}
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		act casefile.Act
		ok  bool
	}{
		"a note":                     {casefile.Act{Did: casefile.Note, Text: strings.Repeat("é", 500)}, true},
		"a long note":                {casefile.Act{Did: casefile.Note, Text: strings.Repeat("é", 501)}, false},
		"an empty note":              {casefile.Act{Did: casefile.Note}, false},
		"a note that steers":         {casefile.Act{Did: casefile.Note, Text: "\x1b[2J"}, false},
		"a note to somebody":         {casefile.Act{Did: casefile.Note, Text: "x", With: kim}, false},
		"with nobody":                {casefile.Act{Did: casefile.Assign}, true},
		"with nobody called Robin":   {casefile.Act{Did: casefile.Assign, Name: "Robin"}, false},
		"with a customer number":     {casefile.Act{Did: casefile.Assign, With: "customer-0001"}, false},
		"a long name":                {casefile.Act{Did: casefile.Assign, With: kim, Name: strings.Repeat("x", 65)}, false},
		"a proposal":                 {casefile.Act{Did: casefile.Propose, Step: json.RawMessage(`{}`)}, true},
		"a proposal of nothing":      {casefile.Act{Did: casefile.Propose}, false},
		"a proposal that is no JSON": {casefile.Act{Did: casefile.Propose, Step: json.RawMessage(`{`)}, false},
		"a large proposal":           {casefile.Act{Did: casefile.Propose, Step: json.RawMessage(`"` + strings.Repeat("x", 4<<10) + `"`)}, false},
		"an approval of nothing":     {casefile.Act{Did: casefile.Approve}, false},
		"another act":                {casefile.Act{Did: "delete"}, false},
		"a case that is none":        {casefile.Act{Did: casefile.Note, Text: "x", Case: "a b"}, false},
	} {
		c.act.Staff, c.act.Role = robin, "operator"
		if err := c.act.Validate(); (err == nil) != c.ok || err != nil && !errors.Is(err, casefile.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
		c.act.Staff = ""
		if err := c.act.Validate(); err == nil {
			t.Errorf("%s, by nobody: allowed", name)
		}
	}
}
