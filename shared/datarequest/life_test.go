package datarequest_test

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// documented reads the table of docs/data-requests.md: what an act makes of a request in
// a state, and who does it. An erasure, once granted, is to be erased.
func documented(t *testing.T) map[string]struct{ to, by string } {
	t.Helper()
	text, err := os.ReadFile("../../docs/data-requests.md")
	must(t, err)
	_, text, found := bytes.Cut(text, []byte("| Act | While | Becomes | By | Only if |\n|---|---|---|---|---|\n"))
	if !found {
		t.Fatal("docs/data-requests.md has no table of acts")
	}
	rows, rest, _ := strings.Cut(string(text), "\n\n")
	for line := range strings.Lines(rest) {
		if all, ok := strings.CutPrefix(line, "*At work*: "); ok {
			rows = strings.ReplaceAll(rows, "*at work*", strings.TrimSuffix(strings.TrimSpace(all), "."))
		}
	}
	rows = strings.ReplaceAll(rows, "any open one", "received, identity-wanted, identity-given, acknowledged, in-progress, extended, overdue, to-be-erased")
	table := map[string]struct{ to, by string }{}
	for row := range strings.Lines(rows) {
		cell := strings.Split(row, "|")
		for i := range cell {
			cell[i] = strings.TrimSpace(cell[i])
		}
		act, becomes := cell[1], cell[3]
		by := strings.NewReplacer("the person", "person", "the command that erases", "system").Replace(cell[4])
		for state := range strings.SplitSeq(cell[2], ", ") {
			access, erasure := becomes, becomes
			switch becomes {
			case "completed; an erasure: to-be-erased":
				access, erasure = "completed", "to-be-erased"
			case "an erasure: completed; any other: expired":
				access, erasure = "expired", "completed"
			}
			table["access "+state+" "+act] = struct{ to, by string }{access, by}
			table["erasure "+state+" "+act] = struct{ to, by string }{erasure, by}
		}
	}
	return table
}

// TestTable: every act in every state does what the documented table says, or is refused
// with the right error and leaves the request alone.
func TestTable(t *testing.T) {
	c := calendar(t, "UTC", nil)
	pack, err := datarequest.Rules(nil).Pack("us-va")
	must(t, err)
	pack.Clauses = slices.Clone(pack.Clauses)
	pack.Clauses[0].Clarify = true
	rules := datarequest.Rules{"house": pack}
	table := documented(t)
	received := moment(t, "2026-06-01T12:00:00Z")
	late := received.AddDate(1, 0, 0)
	taken := 0
	for _, kind := range []statement.RequestType{statement.Access, statement.Erasure} {
		for _, state := range statement.RequestStates() {
			for _, act := range datarequest.Acts() {
				r, clause, err := datarequest.Open("id", kind, "house", "", received, rules, c)
				must(t, err)
				r.State = state
				if act == datarequest.GiveClarification {
					r.Pauses = []statement.Pause{{From: "2026-06-01", Why: "clarification"}}
				}
				row, possible := table[string(kind)+" "+string(state)+" "+string(act)]
				for _, by := range []datarequest.Party{datarequest.Person, datarequest.Staff, datarequest.System} {
					step := datarequest.Step{Act: act, By: by}
					at := received
					switch act {
					case datarequest.Extend:
						step.Reason = clause.Extensions[0].Reasons[0]
					case datarequest.Deny:
						step.Reason = clause.Deny[0]
					case datarequest.Complete:
						step.NothingHeld = kind == statement.Access
					case datarequest.CompletePartly:
						step.Reason = clause.Deny[0]
						step.Withheld = []statement.Withheld{{What: "the notes of a call", Why: clause.Deny[0]}}
					case datarequest.Miss, datarequest.Expire:
						at = late
					case datarequest.SetDue:
						step.Due, step.Why = "2026-07-01", "a reason"
					}
					got, err := datarequest.Apply(r, step, at, rules, c)
					var want error
					switch {
					case state.Ended():
						want = datarequest.ErrEnded
					case !possible:
						want = datarequest.ErrForbidden
					case !slices.Contains(strings.Split(row.by, ", "), string(by)):
						want = datarequest.ErrParty
					}
					switch {
					case !errors.Is(err, want) || (want == nil && err != nil):
						t.Errorf("%s by %s while %s: %v, want %v", act, by, state, err, want)
					case want != nil && !reflect.DeepEqual(got, r):
						t.Errorf("%s by %s while %s: refused, and yet changed", act, by, state)
					case want == nil && string(got.State) != row.to:
						t.Errorf("%s by %s while %s: became %s, want %s", act, by, state, got.State, row.to)
					case want == nil:
						taken++
					}
				}
			}
		}
	}
	// counted by hand, in the table: the states of each row times who may act
	if taken != 2*(4+2+5+2+5+6+10+5+12+6+7+14+1+5+8) {
		t.Errorf("%d steps were taken", taken)
	}
}

// TestRefusals: what the table allows may still be out of time, done before, or
// without a reason.
func TestRefusals(t *testing.T) {
	c := calendar(t, "UTC", nil)
	received := moment(t, "2026-06-01T12:00:00Z")
	days := func(n int) time.Time { return received.AddDate(0, 0, n) }
	type step struct {
		act    datarequest.Act
		reason string
		day    int
	}
	for name, test := range map[string]struct {
		kind  statement.RequestType
		rule  statement.Rule
		steps []step
		want  error
	}{
		"extended in time":                 {"access", "ccpa", []step{{"extend", "complexity", 45}}, nil},
		"extended a day late":              {"access", "ccpa", []step{{"extend", "complexity", 46}}, datarequest.ErrLate},
		"extended twice":                   {"access", "ccpa", []step{{"extend", "complexity", 1}, {"extend", "complexity", 2}}, datarequest.ErrExtended},
		"extended for no reason":           {"access", "ccpa", []step{{"extend", "", 1}}, datarequest.ErrReason},
		"extended for a made-up reason":    {"access", "ccpa", []step{{"extend", "holidays", 1}}, datarequest.ErrReason},
		"extended under no such rule":      {"access", "quebec", []step{{"extend", "complexity", 1}}, datarequest.ErrExtended},
		"an opt-out extended":              {"opt-out-of-sale", "ccpa", []step{{"extend", "complexity", 1}}, datarequest.ErrExtended},
		"denied for no reason":             {"access", "gdpr", []step{{"deny", "", 1}}, datarequest.ErrReason},
		"completed with a reason":          {"access", "gdpr", []step{{"complete", "excessive", 1}}, datarequest.ErrReason},
		"identity asked of an opt-out":     {"opt-out-of-sale", "ccpa", []step{{"ask-identity", "", 1}}, datarequest.ErrIdentity},
		"identity asked twice":             {"access", "gdpr", []step{{"ask-identity", "", 1}, {"give-identity", "", 2}, {"acknowledge", "", 2}, {"ask-identity", "", 3}}, datarequest.ErrIdentity},
		"identity asked on the last day":   {"access", "ccpa", []step{{"ask-identity", "", 45}}, nil},
		"identity asked a day late":        {"access", "ccpa", []step{{"ask-identity", "", 46}}, datarequest.ErrLate},
		"the clock restarted a day late":   {"access", "uk-gdpr", []step{{"ask-identity", "", 31}}, datarequest.ErrLate},
		"expired before its day is over":   {"access", "ccpa", []step{{"ask-identity", "", 1}, {"expire", "", 45}}, datarequest.ErrEarly},
		"expired after it":                 {"access", "ccpa", []step{{"ask-identity", "", 1}, {"expire", "", 46}}, nil},
		"overdue before the day is over":   {"access", "ccpa", []step{{"start", "", 1}, {"miss", "", 45}}, datarequest.ErrEarly},
		"overdue after it":                 {"access", "ccpa", []step{{"start", "", 1}, {"miss", "", 46}}, nil},
		"not confirmed on the last day":    {"access", "ccpa", []step{{"miss", "", 14}}, datarequest.ErrEarly},
		"not confirmed in time":            {"access", "ccpa", []step{{"miss", "", 15}}, nil},
		"confirmed late":                   {"access", "ccpa", []step{{"miss", "", 15}, {"acknowledge", "", 16}, {"ask-identity", "", 17}}, nil},
		"confirmed late, and missed again": {"access", "ccpa", []step{{"miss", "", 15}, {"acknowledge", "", 16}, {"miss", "", 46}}, nil},
		"a complaint is not confirmed":     {"complaint", "uk-gdpr", []step{{"miss", "", 50}}, datarequest.ErrEarly}, // before s. 164A
		"answered late":                    {"access", "ccpa", []step{{"miss", "", 46}, {"start", "", 50}, {"complete", "", 60}}, nil},
		"set by hand on the last day":      {"access", "quebec", []step{{"set-due", "", 30}}, nil},
		"set by hand a day late":           {"access", "quebec", []step{{"set-due", "", 31}}, datarequest.ErrLate},
		"answered twice":                   {"access", "gdpr", []step{{"complete", "", 1}, {"deny", "excessive", 2}}, datarequest.ErrEnded},
		"taken back after an answer":       {"access", "gdpr", []step{{"complete", "", 1}, {"withdraw", "", 2}}, datarequest.ErrEnded},
		"an erasure taken back once given": {"erasure", "gdpr", []step{{"complete", "", 1}, {"withdraw", "", 2}}, datarequest.ErrForbidden},
	} {
		r, _, err := datarequest.Open("id", test.kind, test.rule, "", received, nil, c)
		must(t, err)
		for i, s := range test.steps {
			by := datarequest.Staff
			if s.act == datarequest.Expire || s.act == datarequest.Miss {
				by = datarequest.System
			}
			step := datarequest.Step{Act: s.act, By: by, Reason: s.reason, NothingHeld: s.act == datarequest.Complete && r.Type.HasParts()}
			if s.act == datarequest.SetDue {
				step.Due, step.Why = "2026-07-01", "why"
			}
			r, err = datarequest.Apply(r, step, days(s.day), nil, c)
			if last := i == len(test.steps)-1; !last {
				must(t, err)
			} else if !errors.Is(err, test.want) || (test.want == nil && err != nil) {
				t.Errorf("%s: %v, want %v", name, err, test.want)
			}
		}
	}
}

// TestNextDate: receipt is to be confirmed first, where the rule says so.
func TestNextDate(t *testing.T) {
	c := calendar(t, "UTC", nil)
	received := moment(t, "2026-06-01T12:00:00Z")
	r, _, err := datarequest.Open("id", statement.Access, "ccpa", "", received, nil, c)
	must(t, err)
	if r.NextDate() != r.Confirm || r.Confirm != "2026-06-15" {
		t.Errorf("received: next %s, confirm %s", r.NextDate(), r.Confirm)
	}
	r, err = datarequest.Apply(r, datarequest.Step{Act: datarequest.Acknowledge, By: datarequest.System}, received, nil, c)
	must(t, err)
	if r.NextDate() != r.Due || r.Confirmed != "2026-06-01" {
		t.Errorf("acknowledged: next %s, confirmed %q", r.NextDate(), r.Confirmed)
	}
	old := statement.Request{State: statement.Received, Due: "2026-12-23"} // of a receipt made before there were next dates
	if old.NextDate() != "2026-12-23" {
		t.Errorf("an old request: %q", old.NextDate())
	}
}
