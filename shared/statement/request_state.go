package statement

import "slices"

// RequestState is the state of a data request.
type RequestState string

// These are the states of a data request. The last five are final.
const (
	Received      RequestState = "received"
	WantsIdentity RequestState = "identity-wanted" // the person has been asked for proof of identity
	HasIdentity   RequestState = "identity-given"
	Acknowledged  RequestState = "acknowledged"
	InProgress    RequestState = "in-progress"
	Extended      RequestState = "extended"
	Overdue       RequestState = "overdue"      // the date of the confirmation or of the answer passed without it
	ToBeErased    RequestState = "to-be-erased" // granted; the entries still exist

	Completed       RequestState = "completed"
	PartlyCompleted RequestState = "partly-completed"
	Denied          RequestState = "denied"
	TakenBack       RequestState = "withdrawn" // withdrawn by the person
	Lapsed          RequestState = "expired"   // no proof of identity in time, or no data left to answer from
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

// Ended reports whether this state is final.
func (s RequestState) Ended() bool { return slices.Contains(ends(), s) }

// Answered reports whether the person has what they asked for, or a part of it.
func (s RequestState) Answered() bool { return s == Completed || s == PartlyCompleted }

// Decided reports whether the controller's decision is made: the request has ended, or an erasure
// was granted.
func (s RequestState) Decided() bool { return s.Ended() || s == ToBeErased }
