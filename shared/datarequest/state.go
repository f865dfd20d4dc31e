package datarequest

import (
	"slices"

	"consent-receipts/shared/statement"
)

// Act is what somebody does to a request.
type Act string

// The acts.
const (
	AskIdentity       Act = "ask-identity"
	GiveIdentity      Act = "give-identity"      // staff found the proof good
	AskClarification  Act = "ask-clarification"  // what the person means
	GiveClarification Act = "give-clarification" // the person answered
	SetDue            Act = "set-due"            // set the deadline by hand
	Acknowledge       Act = "acknowledge"
	Start             Act = "start"
	Extend            Act = "extend"
	Complete          Act = "complete"
	CompletePartly    Act = "complete-partly"
	Deny              Act = "deny"
	Withdraw          Act = "withdraw"
	Expire            Act = "expire"
	Miss              Act = "miss"  // a date passed: that of the confirmation, or of the answer
	Erase             Act = "erase" // the person's entries are erased
)

// Acts lists every act.
func Acts() []Act {
	return []Act{AskIdentity, GiveIdentity, AskClarification, GiveClarification, SetDue, Acknowledge, Start, Extend, Complete, CompletePartly, Deny, Withdraw, Expire, Miss, Erase}
}

// answers reports whether an act records an answer of the person, which may have been
// received before that.
func (a Act) answers() bool { return a == GiveIdentity || a == GiveClarification }

// Completes reports whether an act gives the person what they asked for, or a part of it.
func (a Act) Completes() bool { return a == Complete || a == CompletePartly }

// Decides reports whether an act is the controller's decision, or ends a request otherwise.
func (a Act) Decides() bool {
	return slices.ContainsFunc(Transitions, func(t Transition) bool { return t.Act == a && t.To.Decided() })
}

// Party is who acts.
type Party string

// The parties.
const (
	Person Party = "person" // or who acts for them
	Staff  Party = "staff"  // of the controller
	System Party = "system"
)

// Transition is a row of the table: what an act makes of a request.
type Transition struct {
	Act  Act
	Type statement.RequestType // of the request; "" is any
	From []statement.RequestState
	To   statement.RequestState
	By   []Party
}

var (
	atWork    = []statement.RequestState{statement.Received, statement.HasIdentity, statement.Acknowledged, statement.InProgress, statement.Extended}
	unstarted = []statement.RequestState{statement.Received, statement.HasIdentity, statement.Acknowledged, statement.Extended, statement.Overdue}
	working   = append(slices.Clone(atWork), statement.Overdue)
	waiting   = append(slices.Clone(working), statement.WantsIdentity)
)

// Transitions is the table. The first row that fits a request counts; an act without a row
// is forbidden.
var Transitions = []Transition{
	{Act: AskIdentity, From: []statement.RequestState{statement.Received, statement.Acknowledged}, To: statement.WantsIdentity, By: []Party{Staff, System}},
	{Act: GiveIdentity, From: []statement.RequestState{statement.WantsIdentity}, To: statement.HasIdentity, By: []Party{Staff, System}},
	{Act: AskClarification, From: atWork, To: statement.InProgress, By: []Party{Staff}},
	{Act: GiveClarification, From: []statement.RequestState{statement.InProgress, statement.Extended}, To: statement.InProgress, By: []Party{Staff}},
	{Act: SetDue, From: atWork, To: statement.InProgress, By: []Party{Staff}},
	{Act: Acknowledge, From: []statement.RequestState{statement.Received, statement.HasIdentity, statement.Overdue}, To: statement.Acknowledged, By: []Party{Staff, System}},
	{Act: Start, From: unstarted, To: statement.InProgress, By: []Party{Staff, System}},
	{Act: Extend, From: atWork, To: statement.Extended, By: []Party{Staff}},
	{Act: Complete, Type: statement.Erasure, From: working, To: statement.ToBeErased, By: []Party{Staff, System}},
	{Act: Complete, From: working, To: statement.Completed, By: []Party{Staff, System}},
	{Act: CompletePartly, From: working, To: statement.PartlyCompleted, By: []Party{Staff}},
	{Act: Deny, From: waiting, To: statement.Denied, By: []Party{Staff}},
	{Act: Withdraw, From: waiting, To: statement.TakenBack, By: []Party{Person, Staff}},
	{Act: Expire, From: []statement.RequestState{statement.WantsIdentity}, To: statement.Lapsed, By: []Party{System}},
	{Act: Miss, From: atWork, To: statement.Overdue, By: []Party{System}},
	{Act: Erase, Type: statement.Erasure, From: statement.OpenStates(), To: statement.Completed, By: []Party{System}},
	{Act: Erase, From: statement.OpenStates(), To: statement.Lapsed, By: []Party{System}},
}

// StaffActs lists the acts by which the staff takes a request on.
func StaffActs() (acts []Act) {
	for _, row := range Transitions {
		if slices.Contains(row.By, Staff) && !slices.Contains(acts, row.Act) {
			acts = append(acts, row.Act)
		}
	}
	return acts
}

// transition finds the row of an act, or nil.
func transition(act Act, r statement.Request) *Transition {
	for i := range Transitions {
		t := &Transitions[i]
		if t.Act == act && (t.Type == "" || t.Type == r.Type) && slices.Contains(t.From, r.State) {
			return t
		}
	}
	return nil
}
