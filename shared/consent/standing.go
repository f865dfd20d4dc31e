package consent

import (
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/statement"
)

// These are the limits of a standing and of a command. A command that would exceed one is
// refused with ErrCap; an opt-out never is.
const (
	MaxChoices  = 64  // purposes in a command
	MaxLines    = 64  // lines in a standing
	MaxRequests = 20  // data requests in a standing; those that stop processing do not count
	MaxText     = 500 // characters of free text
)

// holds reports whether the consent of this line is given or paused, and not past its end. A
// restriction pauses a consent; commands that end consents end a paused one too.
func holds(l *statement.Line, t time.Time) bool {
	until, ok := l.Lapses()
	return ok && t.Before(until)
}

// put replaces the line of the same purpose and recipient, or inserts it in order.
func put(s *statement.Standing, l statement.Line) {
	i, found := slices.BinarySearchFunc(s.Lines, l, func(a, b statement.Line) int {
		if c := strings.Compare(a.Purpose, b.Purpose); c != 0 {
			return c
		}
		return strings.Compare(a.Recipient, b.Recipient)
	})
	if found {
		s.Lines[i] = l
		return
	}
	s.Lines = slices.Insert(s.Lines, i, l)
}

// clone copies the parts that Decide changes.
func clone(s statement.Standing) statement.Standing {
	s.Lines = slices.Clone(s.Lines)
	s.Requests = slices.Clone(s.Requests)
	return s
}
