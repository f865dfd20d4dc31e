// Package wording gives user interfaces their words, and writes dates, periods and lists in
// each language. A language is a folder here, named by its tag (BCP 47), with a file for each
// room. The folders are the only list of languages.
package wording

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"consent-receipts/shared/period"
)

// Fallback is the language that every interface has.
const Fallback = "en"

// Languages lists the languages: the fallback first, the others sorted.
func Languages() []string {
	languages := []string{Fallback}
	names, _ := fs.Glob(vocabulary, "*/*") // the pattern is well-formed
	for _, name := range names {
		if language := path.Dir(name); language != Fallback {
			languages = append(languages, language)
		}
	}
	return languages
}

// Words are the words of an interface in one language.
type Words struct {
	Language string // BCP 47
	texts    func() map[string]string
	zone     *time.Location // time zone in which times are written; nil: UTC
}

// Set holds the words of an interface by language.
type Set map[string]*Words

// Load returns the words of an interface: the shared vocabulary, and the rooms that it asks
// for. A later room overrides an earlier one. A language is read when it is first used. All
// files are embedded and a test reads them, so one that cannot be read is a panic.
func Load(rooms ...fs.FS) Set {
	set := Set{}
	for _, language := range Languages() {
		set[language] = &Words{Language: language, texts: sync.OnceValue(func() map[string]string {
			texts := map[string]string{}
			for _, room := range append([]fs.FS{vocabulary}, rooms...) {
				if err := json.Unmarshal([]byte(Text(room, language)), &texts); err != nil { // adds to them
					panic(fmt.Errorf("words in %s: %w", language, err))
				}
			}
			return texts
		})}
	}
	return set
}

// Text returns the file of a room in the wanted language, its base language or the fallback.
func Text(room fs.FS, language string) string {
	names, err := fs.Glob(room, best(language)+"/*")
	if err != nil || len(names) != 1 {
		panic(fmt.Errorf("words in %s: %v, %w", language, names, err))
	}
	b, err := fs.ReadFile(room, names[0])
	if err != nil {
		panic(err)
	}
	return string(b)
}

// In returns the words in the wanted language, its base language or the fallback.
func (s Set) In(language string) *Words { return s[best(language)] }

// best returns the language that is nearest to the wanted one.
func best(language string) string {
	base, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, base} {
		if slices.Contains(Languages(), l) {
			return l
		}
	}
	return Fallback
}

// Keys lists the keys, sorted.
func (w *Words) Keys() []string { return slices.Sorted(maps.Keys(w.texts())) }

// Has reports whether there is a text for the key.
func (w *Words) Has(key string) bool { _, ok := w.texts()[key]; return ok }

// Say returns the text of a key, with each {name} replaced by the argument that follows that
// name. For a key without a text it returns the key.
func (w *Words) Say(key string, args ...any) string {
	text, ok := w.texts()[key]
	if !ok {
		return key
	}
	var b strings.Builder
	for { // one pass, since an argument may contain braces
		before, rest, opened := strings.Cut(text, "{")
		if !opened && b.Len() == 0 {
			return text
		}
		b.WriteString(before)
		if !opened {
			return b.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		if i := argument(args, name); closed && i >= 0 {
			fmt.Fprint(&b, args[i])
			text = after
		} else {
			b.WriteByte('{')
			text = rest
		}
	}
}

// argument returns the index of the argument of a name, or -1.
func argument(args []any, name string) int {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] == name {
			return i + 1
		}
	}
	return -1
}

// Term returns the word for an identifier of a kind, such as a state or a type of request.
// For an identifier without a word it returns the identifier.
func (w *Words) Term(kind string, id any) string {
	text := fmt.Sprint(id)
	if said, ok := w.texts()[kind+"."+text]; ok {
		return said
	}
	return text
}

// Count returns "1 receipt" or "3 receipts"; the keys are <key>.one and <key>.other.
func (w *Words) Count(key string, n int) string {
	if n == 1 {
		return w.Say(key+".one", "n", n)
	}
	return w.Say(key+".other", "n", n)
}

// InZone returns the words with times in a time zone (an IANA name). Each time of day names
// the zone's city. If the zone is unknown, times are in UTC.
func (w *Words) InZone(name string) *Words {
	zoned := *w
	zoned.zone = zoneOf(name)
	return &zoned
}

// zoneOf returns the time zone of a name, or nil.
func zoneOf(name string) *time.Location {
	zone, err := period.Zone(name)
	if err != nil || name == "Local" { // "Local" is the machine's zone
		return nil
	}
	return zone
}

// city returns the name of the zone's city, or "UTC".
func (w *Words) city() string {
	if w.zone == nil {
		return "UTC"
	}
	return strings.ReplaceAll(path.Base(w.zone.String()), "_", " ")
}

func (w *Words) local(t time.Time) time.Time {
	if w.zone == nil {
		return t.UTC()
	}
	return t.In(w.zone)
}

// Date writes a civil date, in the zone of the words.
func (w *Words) Date(t time.Time) string { return w.date(w.local(t)) }

func (w *Words) date(t time.Time) string {
	months := strings.Split(w.Say("date.months"), "|")
	return w.Say("date.day", "day", t.Day(), "month", months[(int(t.Month())-1)%len(months)], "year", t.Year())
}

// Day writes a civil date given as 2006-01-02. It returns any other text unchanged.
func (w *Words) Day(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return w.date(t)
}

// Moment writes a date and time of day, in the zone of the words.
func (w *Words) Moment(t time.Time) string {
	t = w.local(t)
	key := "date.moment"
	if w.city() == "UTC" {
		key = "date.moment-utc"
	}
	return w.Say(key, "date", w.date(t), "time", t.Format("15:04"), "city", w.city())
}

// Until writes an end. t is the first moment after it, so midnight (in the zone of the words,
// or else in UTC) is written as the end of the day before.
func (w *Words) Until(t time.Time) string {
	if day, city := w.lastDay(t); day != "" {
		return w.Say("date.end-of", "date", day, "city", city)
	}
	return w.Moment(t)
}

// LastDay writes the civil date of an end, by the rule of Until.
func (w *Words) LastDay(t time.Time) string {
	day, _ := w.lastDay(t)
	return cmp.Or(day, w.Date(t))
}

// lastDay returns the day that ends at a midnight, and the city of that midnight; "" at any
// other time.
func (w *Words) lastDay(t time.Time) (day, city string) {
	utc := *w
	utc.zone = nil
	for _, in := range []*Words{w, &utc} {
		if local := in.local(t); local.Equal(time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, local.Location())) {
			return w.date(local.AddDate(0, 0, -1)), in.city()
		}
	}
	return "", ""
}

// Period writes a calendar duration, such as 12 months.
func (w *Words) Period(p period.Period) string {
	var parts []string
	for _, part := range []struct {
		n    int
		unit string
	}{{p.Years, "year"}, {p.Months, "month"}, {p.Days, "day"}} {
		if part.n != 0 {
			parts = append(parts, w.Count("period."+part.unit, part.n))
		}
	}
	if parts == nil {
		return w.Count("period.day", 0)
	}
	return w.List(parts)
}

// Quoted joins texts that others wrote, such as the labels of data, as List does, each in
// quotation marks: they begin with a capital letter, and here they stand amid a sentence.
func (w *Words) Quoted(texts []string) string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = w.Say("quoted", "text", text)
	}
	return w.List(quoted)
}

// List joins phrases: "a, b and c".
func (w *Words) List(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return w.Say("list", "first", strings.Join(items[:last], ", "), "last", items[last])
}
