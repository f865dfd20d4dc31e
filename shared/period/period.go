// Package period parses and applies the calendar durations of ISO 8601 that a consent
// catalogue uses: P12M, P90D, P1Y6M, P2W. They have no fixed number of seconds: the calendar
// determines the length of a month.
package period

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ErrFormat is wrapped by every error of Parse.
var ErrFormat = errors.New("not an ISO 8601 duration of years, months, weeks and days")

// Period is a calendar duration. The zero Period has no length and no text.
type Period struct {
	Years, Months, Days int
}

// Parse parses a duration such as P1Y6M. It requires at least one part, accepts at most four
// digits per part, and refuses time parts and signs. It converts weeks into days.
func Parse(s string) (Period, error) {
	const units, maxDigits = "YMWD", 4
	rest, ok := strings.CutPrefix(s, "P")
	var n [len(units)]int
	for i := range units {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		if digits == 0 || digits > maxDigits || digits == len(rest) || rest[digits] != units[i] {
			continue // this part is absent
		}
		n[i], _ = strconv.Atoi(rest[:digits]) // digits
		rest = rest[digits+1:]
	}
	if !ok || rest != "" || s == "P" {
		return Period{}, fmt.Errorf("%w: %.40q", ErrFormat, s)
	}
	p := Period{Years: n[0], Months: n[1], Days: 7*n[2] + n[3]}
	if p.Days > 9999 {
		return Period{}, fmt.Errorf("%w: %d days", ErrFormat, p.Days)
	}
	return p, nil
}

// String returns the period in the format of Parse. A zero period is P0D.
func (p Period) String() string {
	var b strings.Builder
	b.WriteByte('P')
	for _, part := range []struct {
		n    int
		unit byte
	}{{p.Years, 'Y'}, {p.Months, 'M'}, {p.Days, 'D'}} {
		if part.n != 0 {
			b.WriteString(strconv.Itoa(part.n))
			b.WriteByte(part.unit)
		}
	}
	if b.Len() == 1 {
		return "P0D"
	}
	return b.String()
}

// MarshalText implements encoding.TextMarshaler.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *Period) UnmarshalText(b []byte) (err error) {
	*p, err = Parse(string(b))
	return err
}

// IsZero reports whether the period has no length.
func (p Period) IsZero() bool { return p == Period{} }

// AddTo returns t moved by the period. Years and months are added first; if the month is too
// short, the result is its last day: 31 January and P1M is 28 or 29 February (Regulation
// (EEC, Euratom) No 1182/71, Art. 3(2)(c)).
func (p Period) AddTo(t time.Time) time.Time {
	y, m, d := t.Date()
	first := time.Date(y+p.Years, m+time.Month(p.Months), 1, 0, 0, 0, 0, time.UTC)
	if last := first.AddDate(0, 1, -1).Day(); d > last {
		d = last
	}
	hour, minute, second := t.Clock()
	return time.Date(first.Year(), first.Month(), d+p.Days, hour, minute, second, t.Nanosecond(), t.Location())
}
