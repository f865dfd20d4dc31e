package inbound

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"consent-receipts/shared/period"
	"consent-receipts/shared/strictjson"
)

// maxFaults bounds how many faults an error lists.
const maxFaults = 8

// member is a value of a JSON document that another system wrote, with the JSON pointer (RFC
// 6901) that names it. It reads the forms in which systems write the same thing. What it
// cannot read becomes a fault of the document, which names the member and quotes nothing.
type member struct {
	at     string
	value  any // nil if it is absent or null
	faults *[]string
}

// document reads a JSON object of a limited size. The second value is false if it is none.
func document(b []byte, most int) (member, bool) {
	out := member{faults: &[]string{}}
	if len(b) > most || strictjson.Check(bytes.TrimSpace(b)) != nil {
		return out, false
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	err := d.Decode(&out.value)
	_, is := out.value.(map[string]any)
	return out, err == nil && is
}

// fault records why the member cannot be read.
func (m member) fault(why string) {
	told := fmt.Sprintf("at %s (%s)", m.at, why)
	if len(*m.faults) < maxFaults && !slices.Contains(*m.faults, told) {
		*m.faults = append(*m.faults, told)
	}
}

// refused is an error with every fault of the document, or nil.
func (m member) refused(as error) error {
	if len(*m.faults) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s", as, strings.Join(*m.faults, "; "))
}

// of is the member of an object with one of the names, which are spellings of the same
// member. A member that is absent has the first name.
func (m member) of(names ...string) member {
	object, _ := m.value.(map[string]any)
	for _, name := range names {
		if object[name] != nil {
			return member{m.at + "/" + name, object[name], m.faults}
		}
	}
	return member{m.at + "/" + names[0], nil, m.faults}
}

// is reports whether there is a value. An empty string is none.
func (m member) is() bool { return m.value != nil && m.value != "" }

// want records a fault if there is no value.
func (m member) want() member {
	if !m.is() {
		m.fault("it is missing")
	}
	return m
}

// text is a string, or "" if it is absent.
func (m member) text() string {
	s, ok := m.value.(string)
	if !ok && m.value != nil {
		m.fault("it is not a string")
	}
	return s
}

// list has the elements of an array.
func (m member) list() (out []member) {
	array, ok := m.value.([]any)
	if !ok && m.value != nil {
		m.fault("it is not an array")
	}
	for i, v := range array {
		out = append(out, member{m.at + "/" + strconv.Itoa(i), v, m.faults})
	}
	return out
}

// moment is a moment since 1970, in one of the forms of readMoment. A number may also be
// a string of digits.
func (m member) moment() time.Time {
	text := fmt.Sprint(m.value)
	if _, number := m.value.(json.Number); !number && text != m.value {
		m.fault("it is neither a number nor a string")
		return time.Time{}
	}
	t, why := readMoment(text, nil)
	if why != "" {
		m.fault(why)
	}
	return t
}

// readMoment reads a moment since 1970: a number of 10 digits is seconds, one of 13 digits is
// milliseconds, everything else is ISO 8601 with an offset. A time without an offset is read
// in the given zone, if there is one. It returns why it cannot read a text.
func readMoment(text string, zone *time.Location) (t time.Time, why string) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		switch {
		case n < 0 || text[0] == '+':
		case len(text) == 10:
			return time.Unix(n, 0).UTC(), ""
		case len(text) == 13:
			return time.UnixMilli(n).UTC(), ""
		}
		return time.Time{}, "a number of seconds has 10 digits, and one of milliseconds 13"
	}
	if t, err := period.ParseMoment(text); err == nil && t.Unix() >= 0 {
		return t.UTC(), ""
	}
	for _, form := range []string{"2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(form, text); err == nil {
			if zone == nil {
				return time.Time{}, "a time without an offset needs a time zone"
			}
			if t = in(t, zone); t.Unix() >= 0 {
				return t, ""
			}
		}
	}
	return time.Time{}, "it is not a moment since 1970 in ISO 8601, in seconds or in milliseconds"
}

// in reads the clock's face in a zone. Of two moments with the same face it is the earlier
// one: a yes must be later than a no to count, and its length counts from its moment.
func in(face time.Time, zone *time.Location) time.Time {
	t := time.Date(face.Year(), face.Month(), face.Day(), face.Hour(), face.Minute(), face.Second(), face.Nanosecond(), zone)
	if earlier := t.Add(-time.Hour); earlier.Hour() == t.Hour() {
		t = earlier
	}
	return t.UTC()
}

// readEnd reads an end, and returns it in the form of consent.Choice.Until: a full date or a
// moment. It reports false for a text that is neither.
func readEnd(text string) (until string, ok bool) {
	text = strings.TrimSpace(text)
	for _, form := range []string{time.DateOnly, "20060102"} {
		if day, err := time.Parse(form, text); err == nil {
			return day.Format(time.DateOnly), true
		}
	}
	t, why := readMoment(text, nil)
	return t.Format(time.RFC3339), why == "" && t.Year() <= 9999
}
