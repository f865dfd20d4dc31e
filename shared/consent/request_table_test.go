package consent_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/statement"
)

// waysTo lists the acts by which a request comes to be in a state; a day late where the
// act is about a missed date.
var waysTo = map[statement.RequestState]string{
	"received": "", "identity-wanted": "ask-identity", "identity-given": "ask-identity give-identity", "acknowledged": "acknowledge",
	"in-progress": "start", "extended": "extend", "overdue": "miss", "to-be-erased": "complete",
	"completed": "complete", "partly-completed": "complete-partly", "denied": "deny", "withdrawn": "withdraw", "expired": "ask-identity expire",
}

// stops is what is possible in all states at work: the clock is stopped, or its date set by
// hand.
const stops = "ask-clarification:a:in-progress set-due:a:in-progress "

// possible lists the acts in each state, with the parties that may do them (p the person, a
// the staff, s the system) and the resulting state. All other acts are refused.
var possible = map[statement.RequestState]string{
	"received": stops + "ask-identity:as:identity-wanted acknowledge:as:acknowledged start:as:in-progress extend:a:extended complete:as:completed " +
		"complete-partly:a:partly-completed deny:a:denied withdraw:pa:withdrawn miss:s:overdue",
	"identity-wanted": "give-identity:as:identity-given deny:a:denied withdraw:pa:withdrawn expire:s:expired",
	"identity-given": stops + "acknowledge:as:acknowledged start:as:in-progress extend:a:extended complete:as:completed " +
		"complete-partly:a:partly-completed deny:a:denied withdraw:pa:withdrawn miss:s:overdue",
	"acknowledged": stops + "ask-identity:as:identity-wanted start:as:in-progress extend:a:extended complete:as:completed " +
		"complete-partly:a:partly-completed deny:a:denied withdraw:pa:withdrawn miss:s:overdue",
	"in-progress": stops + "give-clarification:a:in-progress extend:a:extended complete:as:completed complete-partly:a:partly-completed deny:a:denied withdraw:pa:withdrawn miss:s:overdue",
	"extended":    stops + "give-clarification:a:in-progress start:as:in-progress extend:a:extended complete:as:completed complete-partly:a:partly-completed deny:a:denied withdraw:pa:withdrawn miss:s:overdue",
	"overdue":     "acknowledge:as:acknowledged start:as:in-progress complete:as:completed complete-partly:a:partly-completed deny:a:denied withdraw:pa:withdrawn",
}

// TestEveryPair takes a request to every state by commands, and tries every act there, by
// everybody, and an appeal.
func TestEveryPair(t *testing.T) {
	roles := map[string]statement.Role{"p": statement.RoleSubject, "a": statement.RoleAgent, "s": statement.RoleSystem}
	taken := map[string]bool{}
	for _, kind := range []statement.RequestType{statement.Access, statement.Erasure} {
		for state, way := range waysTo {
			if state == statement.ToBeErased && kind != statement.Erasure || state == statement.Completed && kind == statement.Erasure {
				continue
			}
			reach := func() (*office, string) {
				o := officeUnder(catalogue.DataRequests{
					Default: "house", Timezone: "UTC", Holidays: []string{"ES"}, Own: datarequest.Rules{"house": housePack(datarequest.IdentityRuns)},
				})
				must(t, o.do(t, statement.RoleSubject, consent.RequestData{Type: string(kind)}))
				id := o.standing.Requests[0].ID
				for act := range strings.FieldsSeq(way) {
					role := statement.RoleAgent
					if act == "miss" || act == "expire" {
						o.now, role = o.now.AddDate(0, 0, 11), statement.RoleSystem
					}
					must(t, o.do(t, role, step(o, id, datarequest.Act(act))))
				}
				if got := o.latest[id].State; got != state {
					t.Fatalf("%s led to %s, not %s", way, got, state)
				}
				return o, id
			}
			for _, act := range datarequest.Acts() {
				for by, role := range roles {
					o, id := reach()
					if at := o.latest[id].State; act == datarequest.GiveClarification && (at == statement.InProgress || at == statement.Extended) {
						must(t, o.do(t, statement.RoleAgent, step(o, id, datarequest.AskClarification)))
						if at == statement.Extended {
							must(t, o.do(t, statement.RoleAgent, step(o, id, datarequest.Extend)))
						}
					}
					if act == datarequest.Miss || act == datarequest.Expire {
						o.now = o.now.AddDate(0, 0, 41)
					}
					to := ""
					for row := range strings.FieldsSeq(possible[state]) {
						f := strings.Split(row, ":")
						if f[0] == string(act) && strings.Contains(f[1], by) {
							to = f[2]
						}
					}
					if kind == statement.Erasure && to == "completed" {
						to = "to-be-erased"
					}
					err := o.do(t, role, step(o, id, act))
					switch got := string(o.latest[id].State); {
					case act == datarequest.Erase: // a command of its own, below
						if err == nil {
							t.Errorf("erased by a step, while %s", state)
						}
					case (err == nil) != (to != "") || to != "" && got != to || to == "" && got != string(state):
						t.Errorf("%s: %s by %s while %s: %v, it is %s; want %q", kind, act, role, state, err, got, to)
					case err == nil:
						taken[string(act)+" "+string(state)] = true
					}
				}
			}
			o, id := reach()
			must(t, o.do(t, statement.RoleSystem, consent.Erase{}))
			want := map[bool]statement.RequestState{true: statement.Completed, false: statement.Lapsed}[kind == statement.Erasure]
			if state.Ended() {
				want = state
			} else {
				taken["erase "+string(state)] = true
			}
			if got := o.latest[id].State; got != want {
				t.Errorf("%s: erased while %s: %s, want %s", kind, state, got, want)
			}
			tryAppeal(t, reach, state)
		}
	}
	for _, row := range datarequest.Transitions {
		for _, from := range row.From {
			if !taken[string(row.Act)+" "+string(from)] {
				t.Errorf("nobody did %s while %s", row.Act, from)
			}
		}
	}
}

// TestComplaintByRule: a person complains to the authority of the rule, if it has one.
func TestComplaintByRule(t *testing.T) {
	for rule, want := range map[string]string{"gdpr": "bank", "ccpa": "parley"} {
		o := officeUnder(catalogue.DataRequests{Default: rule, Timezone: "UTC", Authorities: map[string]string{"ccpa": "parley"}})
		o.cat.Authority = "bank"
		must(t, o.do(t, statement.RoleSubject, consent.RequestData{Type: "access"}))
		id := o.standing.Requests[0].ID
		must(t, o.do(t, statement.RoleAgent, consent.AdvanceRequest{ID: id, Act: datarequest.Deny, Reason: "not-applicable", Case: "c-1"}))
		if c := o.latest[id].Complaint; c == nil || c.Authority != want {
			t.Errorf("%s: %+v", rule, c)
		}
	}
}

// step is an act with its arguments.
func step(o *office, id string, act datarequest.Act) consent.AdvanceRequest {
	s := consent.AdvanceRequest{ID: id, Act: act, Case: "c-1"}
	switch act {
	case datarequest.Extend:
		s.Reason = []string{"much", "more", "none"}[o.latest[id].Extended]
	case datarequest.Deny:
		s.Reason = "no"
	case datarequest.CompletePartly:
		s.Reason, s.Withheld = "no", []statement.Withheld{{What: "the notes of a call", Why: "no"}}
	case datarequest.Complete:
		s.NothingHeld = o.latest[id].Type.HasParts()
	case datarequest.SetDue:
		s.Due, s.Note = "2026-12-23", "We wait for another authority."
	}
	return s
}

// tryAppeal appeals against the answer, on the last day for it and on the next.
func tryAppeal(t *testing.T, reach func() (*office, string), state statement.RequestState) {
	t.Helper()
	against := slices.Contains([]statement.RequestState{statement.Denied, statement.PartlyCompleted}, state)
	for _, days := range []int{0, 5, 6} {
		o, id := reach()
		o.now = o.now.AddDate(0, 0, days)
		err := o.do(t, statement.RoleSubject, consent.RequestData{Type: "appeal", About: id})
		if (err == nil) != (against && days <= 5) {
			t.Errorf("appealed %d days after it was %s: %v", days, state, err)
		}
		if err != nil {
			continue
		}
		if err := o.do(t, statement.RoleSubject, consent.RequestData{Type: "appeal", About: id}); !errors.Is(err, consent.ErrNotFound) {
			t.Errorf("appealed twice: %v", err)
		}
		if r := o.standing.Requests[0]; r.AboutRequest != id || r.Type != statement.Appeal || !r.Open() {
			t.Errorf("the appeal: %+v", r)
		}
	}
}

var must = errtest.None
