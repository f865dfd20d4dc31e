package inbound

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"consent-receipts/shared/consent/catalogue"
)

// MaxMapping bounds a mapping file, in bytes.
const MaxMapping = 64 << 10

// ErrMapping is wrapped by every error about a mapping file.
var ErrMapping = errors.New("not a mapping")

// Formats of a mapped file.
const (
	formatCSV   = "csv"   // RFC 4180
	formatJSONL = "jsonl" // a JSON object a line
)

// mapped are the fields that a mapping can fill: members of schema earlier-consent/1, and two
// lengths of a yes, counted from its time.
var mapped = []string{"answer", "purpose", "id", "subject", "time", "recipient", "data", "until", "language", "attests", days, seconds}

const (
	days    = "days"
	seconds = "seconds"
)

// required are the fields without which there is no line.
var required = []string{"id", "subject", "time", "answer", "purpose"}

// Mapping says how the rows of another system's file become lines of schema earlier-consent/1.
// A row is a record of a CSV file, whose values have the names of their columns; or a line of
// a JSON file, whose values have JSON pointers (RFC 6901) as names.
type Mapping struct {
	Format    string   `json:"format"`    // "csv" or "jsonl"
	Separator string   `json:"separator"` // of CSV, one character; "" is a comma
	Columns   []string `json:"columns"`   // of CSV without a first row of names
	Timezone  string   `json:"timezone"`  // of times that name no offset, such as Europe/Madrid
	// Each, of JSON, is the pointer of a list: every element is a row of its own. In the other
	// pointers a star stands for the element, as in /profiles/*/purposeId.
	Each   string            `json:"each"`
	From   map[string]string `json:"from"`   // field: the name of its value
	Always map[string]string `json:"always"` // field: a value for all rows
	// Values translates the source's values of a field. One that is not listed is refused. An
	// answer that becomes "" is no word of the person.
	Values map[string]map[string]string `json:"values"`
	Only   map[string]string            `json:"only"`  // name: the one value with which a row is read
	Empty  []string                     `json:"empty"` // names that must have no value, such as the time of an end

	zone *time.Location
}

// ParseMapping reads a mapping in YAML or JSON.
func ParseMapping(b []byte) (*Mapping, error) {
	if len(b) > MaxMapping {
		return nil, fmt.Errorf("%w: over %d bytes", ErrMapping, MaxMapping)
	}
	text, err := yaml.YAMLToJSON(bytes.TrimPrefix(b, []byte(bom)))
	if err != nil {
		return nil, fmt.Errorf("%w: neither YAML nor JSON", ErrMapping)
	}
	m := &Mapping{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMapping, err)
	}
	if m.Timezone != "" {
		if m.zone, err = time.LoadLocation(m.Timezone); err != nil {
			return nil, fmt.Errorf("%w: timezone: %w", ErrMapping, err)
		}
	}
	return m, m.check()
}

func (m *Mapping) check() error {
	switch {
	case m.Format != formatCSV && m.Format != formatJSONL:
		return fmt.Errorf("%w: format is %s or %s", ErrMapping, formatCSV, formatJSONL)
	case len(m.Separator) > 1 || m.Separator == `"` || m.Separator == "\n" || m.Separator == "\r":
		return fmt.Errorf("%w: separator is one ASCII character, and no quote", ErrMapping)
	case m.Format == formatCSV && m.Each != "" || m.Format == formatJSONL && m.Separator+strings.Join(m.Columns, "") != "":
		return fmt.Errorf("%w: each is for %s; separator and columns are for %s", ErrMapping, formatJSONL, formatCSV)
	}
	for _, field := range slices.Concat(slices.Collect(maps.Keys(m.From)), slices.Collect(maps.Keys(m.Always)), slices.Collect(maps.Keys(m.Values))) {
		if !slices.Contains(mapped, field) {
			return fmt.Errorf("%w: %q is not one of %s", ErrMapping, field, strings.Join(mapped, ", "))
		}
	}
	for _, field := range required {
		if (m.From[field] == "") == (m.Always[field] == "") {
			return fmt.Errorf("%w: %s needs a value, under from or under always", ErrMapping, field)
		}
	}
	return nil
}

// row is where the values of one row are looked up. It reports false for a name whose value
// is no text: an object or a list.
type row func(name string) (value string, ok bool)

// read makes the record of a row. An error names the column or the pointer.
func (m *Mapping) read(r row, cat *catalogue.Catalogue) (*Record, error) {
	for _, name := range slices.Sorted(maps.Keys(m.Only)) {
		if value, _ := r(name); value != m.Only[name] {
			return nil, fault(name, "it has not the value with which the mapping reads a row")
		}
	}
	for _, name := range m.Empty {
		if value, ok := r(name); value != "" || !ok {
			return nil, fault(name, "it has a value, and the mapping reads no such row")
		}
	}
	line := map[string]any{}
	for _, field := range mapped {
		value, err := m.field(r, field)
		if err != nil {
			return nil, err
		}
		if value != "" {
			line[field] = value
		}
	}
	if err := m.convert(line); err != nil {
		return nil, err
	}
	b, err := json.Marshal(line)
	if err != nil {
		return nil, err
	}
	record, err := parseLine(b, cat)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrLine, m.named(err))
	}
	return record, nil
}

func fault(name, why string) error { return fmt.Errorf("%w: at %s (%s)", ErrLine, name, why) }

// field looks up and translates the value of a field.
func (m *Mapping) field(r row, field string) (string, error) {
	name := m.From[field]
	if name == "" {
		return m.Always[field], nil
	}
	value, ok := r(name)
	if !ok {
		return "", fault(name, "it is an object or a list")
	}
	if values := m.Values[field]; values != nil {
		to, listed := values[value]
		if !listed {
			return "", fault(name, "the mapping does not list this value")
		}
		value = to
	}
	switch {
	case field == "answer" && value == "":
		return "", fault(name, "it is no word of the person")
	case value == "" && slices.Contains(required, field):
		return "", fault(name, "it has no value")
	case field == "subject" && m.Format == formatCSV && escaped.MatchString(value):
		return "", fault(name, "an exporter put an apostrophe before it, so that no spreadsheet takes it for a formula")
	}
	return value, nil
}

// escaped is a value as exporters write it that begins with a character of formulas. Without
// the apostrophe it would name somebody, and with it nobody.
var escaped = regexp.MustCompile(`^'[=+@-]`)

// convert brings the fields of a line into the forms of the schema.
func (m *Mapping) convert(line map[string]any) error {
	text := func(field string) string { s, _ := line[field].(string); return s }
	at, why := readMoment(text("time"), m.zone)
	if why != "" {
		return fault(m.From["time"], why)
	}
	line["time"] = at.Format(time.RFC3339)
	if category := text("data"); category != "" {
		line["data"] = []string{category}
	}
	if end := text("until"); end != "" {
		until, ok := readEnd(end)
		if !ok {
			return fault(m.From["until"], "it is neither a full date nor a moment")
		}
		line["until"] = until
	}
	for field, unit := range map[string]time.Duration{days: 24 * time.Hour, seconds: time.Second} {
		length := text(field)
		delete(line, field)
		if length == "" {
			continue
		}
		n, err := strconv.ParseUint(length, 10, 32)
		if err != nil || n > uint64(maxLength/unit) {
			return fault(m.From[field], "it is not a number of "+field+" of at most a hundred years")
		}
		line["until"] = sooner(text("until"), at.Add(time.Duration(n)*unit).Format(time.RFC3339))
	}
	if text("answer") == "no" { // a no has neither
		delete(line, "data")
		delete(line, "until")
	}
	return nil
}

// maxLength bounds the length of a yes.
const maxLength = 100 * 366 * 24 * time.Hour

// named replaces the members of schema earlier-consent/1 in an error with the names of the
// source.
func (m *Mapping) named(err error) string {
	text := strings.ReplaceAll(err.Error(), ErrLine.Error()+": ", "")
	for field, name := range m.From {
		text = strings.ReplaceAll(text, "at /"+field+" ", "at "+name+" ")
		text = strings.ReplaceAll(text, "at /"+field+":", "at "+name+":")
	}
	return text
}

// pointers looks values up in a JSON object, with an index in place of a star.
func pointers(object any, index int) row {
	return func(name string) (string, bool) {
		switch v := follow(object, strings.ReplaceAll(name, "/*", "/"+strconv.Itoa(index))).(type) {
		case nil:
			return "", true
		case map[string]any, []any:
			return "", false
		default:
			return fmt.Sprint(v), true
		}
	}
}

// follow is the value at a JSON pointer, or nil.
func follow(value any, pointer string) any {
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[strings.NewReplacer("~1", "/", "~0", "~").Replace(step)]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// objects yields the rows of one line of JSON.
func (m *Mapping) objects(b []byte) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		in, ok := document(b, MaxLine)
		if !ok {
			yield(nil, fmt.Errorf("%w: not one JSON object without repeated members", ErrLine))
			return
		}
		if m.Each == "" {
			yield(pointers(in.value, 0), nil)
			return
		}
		list, _ := follow(in.value, m.Each).([]any)
		if len(list) == 0 {
			yield(nil, fault(m.Each, "it is no list, or an empty one"))
		}
		for i := range list {
			if !yield(pointers(in.value, i), nil) {
				return
			}
		}
	}
}
