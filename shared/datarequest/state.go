package datarequest

import "slices"

// State is where a request stands.
type State string

// The states of a request. The last five are ends.
const (
	Received      State = "received"
	WantsIdentity State = "identity-wanted" // the person is to show who they are
	HasIdentity   State = "identity-given"
	Acknowledged  State = "acknowledged"
	InProgress    State = "in-progress"
	Extended      State = "extended"
	Overdue       State = "overdue"      // the deadline passed without an answer
	ToBeErased    State = "to-be-erased" // granted; the entries are still there

	Completed       State = "completed"
	PartlyCompleted State = "partly-completed"
	Denied          State = "denied"
	Withdrawn       State = "withdrawn" // taken back by the person
	Expired         State = "expired"   // no identity in time, or nothing left to answer from
)

// States lists every state.
func States() []State { return append(open(), ends()...) }

func open() []State {
	return []State{Received, WantsIdentity, HasIdentity, Acknowledged, InProgress, Extended, Overdue, ToBeErased}
}

func ends() []State {
	return []State{Completed, PartlyCompleted, Denied, Withdrawn, Expired}
}

// Ended reports whether nothing can happen to a request in this state any more.
func (s State) Ended() bool { return slices.Contains(ends(), s) }

// Act is what somebody does to a request.
type Act string

// The acts.
const (
	AskIdentity    Act = "ask-identity"
	GiveIdentity   Act = "give-identity" // staff found the proof good
	Acknowledge    Act = "acknowledge"
	Start          Act = "start"
	Extend         Act = "extend"
	Complete       Act = "complete"
	CompletePartly Act = "complete-partly"
	Deny           Act = "deny"
	Withdraw       Act = "withdraw"
	Expire         Act = "expire"
	Miss           Act = "miss"  // the deadline
	Erase          Act = "erase" // the person's entries
)

// Acts lists every act.
func Acts() []Act {
	return []Act{AskIdentity, GiveIdentity, Acknowledge, Start, Extend, Complete, CompletePartly, Deny, Withdraw, Expire, Miss, Erase}
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
	Type Type // of the request; "" is any
	From []State
	To   State
	By   []Party
}

var (
	atWork    = []State{Received, HasIdentity, Acknowledged, InProgress, Extended}
	unstarted = []State{Received, HasIdentity, Acknowledged, Extended, Overdue}
	working   = append(slices.Clone(atWork), Overdue)
	waiting   = append(slices.Clone(working), WantsIdentity)
)

// Transitions is the table. The first row that fits a request counts; what has
// no row is forbidden.
var Transitions = []Transition{
	{Act: AskIdentity, From: []State{Received, Acknowledged}, To: WantsIdentity, By: []Party{Staff}},
	{Act: GiveIdentity, From: []State{WantsIdentity}, To: HasIdentity, By: []Party{Staff, System}},
	{Act: Acknowledge, From: []State{Received, HasIdentity}, To: Acknowledged, By: []Party{Staff, System}},
	{Act: Start, From: unstarted, To: InProgress, By: []Party{Staff, System}},
	{Act: Extend, From: atWork, To: Extended, By: []Party{Staff}},
	{Act: Complete, Type: Erasure, From: working, To: ToBeErased, By: []Party{Staff, System}},
	{Act: Complete, From: working, To: Completed, By: []Party{Staff, System}},
	{Act: CompletePartly, From: working, To: PartlyCompleted, By: []Party{Staff}},
	{Act: Deny, From: waiting, To: Denied, By: []Party{Staff}},
	{Act: Withdraw, From: waiting, To: Withdrawn, By: []Party{Person, Staff}},
	{Act: Expire, From: []State{WantsIdentity}, To: Expired, By: []Party{System}},
	{Act: Miss, From: atWork, To: Overdue, By: []Party{System}},
	{Act: Erase, Type: Erasure, From: open(), To: Completed, By: []Party{System}},
	{Act: Erase, From: open(), To: Expired, By: []Party{System}},
}

// transition finds the row of an act, or nil.
func transition(act Act, r Request) *Transition {
	for i := range Transitions {
		t := &Transitions[i]
		if t.Act == act && (t.Type == "" || t.Type == r.Type) && slices.Contains(t.From, r.State) {
			return t
		}
	}
	return nil
}
