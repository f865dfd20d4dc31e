package callback

import (
	"errors"
	"hash/fnv"
	"time"
)

// Outcome is how far a message is.
type Outcome string

// The outcomes.
const (
	Waiting   Outcome = ""
	Delivered Outcome = "delivered"
	GivenUp   Outcome = "given-up"
)

// MaxAttempts is how often a message is tried: over about two days, see [delay].
const MaxAttempts = 12

// State is what is kept beside a message: a plain value. The zero State is that of
// a message which has not been tried, and is due.
type State struct {
	Outcome  Outcome
	Attempts int
	Next     time.Time // of a waiting one: not before
	Reason   string    // of the last attempt; no URL, nothing personal
}

// Since is the state of a message that was first tried some time ago, and since then
// whenever it was due. It serves those who keep that time alone.
func Since(first time.Duration) (s State) {
	for s.Attempts < MaxAttempts-1 && first >= delay(s.Attempts+1) {
		s.Attempts++
		first -= delay(s.Attempts)
	}
	return s
}

// after is the state after one more attempt.
func (s State) after(id string, now time.Time, err error) State {
	out := State{Attempts: s.Attempts + 1}
	if err == nil {
		out.Outcome = Delivered
		return out
	}
	out.Reason = err.Error()
	if errors.Is(err, ErrRefused) || out.Attempts >= MaxAttempts {
		out.Outcome = GivenUp
		return out
	}
	out.Next = now.Add(wait(id, out.Attempts))
	return out
}

// delay is the least time after a number of attempts: a minute, then three times as long
// each, eight hours at most.
func delay(attempts int) time.Duration {
	d := time.Minute
	for range attempts - 1 {
		d = min(3*d, 8*time.Hour)
	}
	return d
}

// wait is the delay and up to a tenth more, by the message's id, so that what failed
// together is not tried together.
func wait(id string, attempts int) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	d := delay(attempts)
	return d + d*time.Duration(h.Sum32()%100)/1000
}
