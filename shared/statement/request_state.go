package statement

import "slices"

// RequestState is where a data request stands.
type RequestState string

// The states of a data request. The last five are ends.
const (
	Received      RequestState = "received"
	WantsIdentity RequestState = "identity-wanted" // the person is to show who they are
	HasIdentity   RequestState = "identity-given"
	Acknowledged  RequestState = "acknowledged"
	InProgress    RequestState = "in-progress"
	Extended      RequestState = "extended"
	Overdue       RequestState = "overdue"      // the deadline passed without an answer
	ToBeErased    RequestState = "to-be-erased" // granted; the entries are still there

	Completed       RequestState = "completed"
	PartlyCompleted RequestState = "partly-completed"
	Denied          RequestState = "denied"
	TakenBack       RequestState = "withdrawn" // taken back by the person
	Lapsed          RequestState = "expired"   // no identity in time, or nothing left to answer from
)

// OpenStates lists the states of a request that has not ended.
func OpenStates() []RequestState {
	return []RequestState{Received, WantsIdentity, HasIdentity, Acknowledged, InProgress, Extended, Overdue, ToBeErased}
}

// RequestStates lists every state.
func RequestStates() []RequestState { return append(OpenStates(), ends()...) }

func ends() []RequestState {
	return []RequestState{Completed, PartlyCompleted, Denied, TakenBack, Lapsed}
}

// Ended reports whether nothing can happen to a request in this state any more.
func (s RequestState) Ended() bool { return slices.Contains(ends(), s) }
