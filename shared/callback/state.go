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
	Next     time.Time // a waiting message is not tried before this
	Reason   string    // of the last attempt; no URL, nothing personal
}

// Since returns the state of a message whose first attempt was some time ago, and which was
// tried again whenever it was due. It is for callers that store only the time of the first
// attempt.
func Since(first time.Duration) (s State) {
	for s.Attempts < MaxAttempts-1 && first >= delay(s.Attempts+1) {
		s.Attempts++
		first -= delay(s.Attempts)
	}
	return s
}

// After is the state after one more attempt, with its error. The message's id spreads the retries.
func (s State) After(id string, now time.Time, err error) State {
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

// delay is the shortest pause after a number of attempts: one minute after the first, three
// times the previous pause after each further one, and eight hours at most.
func delay(attempts int) time.Duration {
	d := time.Minute
	for range attempts - 1 {
		d = min(3*d, 8*time.Hour)
	}
	return d
}

// wait is the delay plus up to a tenth of it. The message's id decides how much, so that
// messages which failed together are not tried again at the same moment.
func wait(id string, attempts int) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // never fails
	d := delay(attempts)
	return d + d*time.Duration(h.Sum32()%100)/1000
}
