// Package wording gives user interfaces their words, one JSON file per language, and writes
// dates, periods and lists in that language. The files are its only dictionary: a new
// language is a new file next to each words.en.json.
package wording

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/period"
)

// Fallback is the language that every interface has.
const Fallback = "en"

// vocabulary has the words that every interface needs: dates, periods, states, events.
//
//go:embed words.*.json
var vocabulary embed.FS

// Words are the words of an interface in one language.
type Words struct {
	Language string // BCP 47
	texts    map[string]string
	zone     *time.Location // time zone in which times are written; nil: UTC
}

// Set holds the words of an interface by language.
type Set map[string]*Words

// Load reads the files words.<language>.json of an interface and adds them to the shared
// vocabulary. A later folder overrides an earlier one. All must have the same languages.
func Load(own ...fs.FS) (Set, error) {
	set, err := read(vocabulary)
	if err != nil {
		return nil, err
	}
	for _, folder := range own {
		mine, err := read(folder)
		if err != nil {
			return nil, err
		}
		if a, b := set.Languages(), mine.Languages(); !slices.Equal(a, b) || !slices.Contains(a, Fallback) {
			return nil, fmt.Errorf("words: the vocabulary is in %v, the interface in %v", a, b)
		}
		for language, words := range mine {
			maps.Copy(set[language].texts, words.texts)
		}
	}
	return set, nil
}

// MustLoad is Load for embedded files; a test reads them.
func MustLoad(own ...fs.FS) Set {
	set, err := Load(own...)
	if err != nil {
		panic(err)
	}
	return set
}

func read(fsys fs.FS) (Set, error) {
	names, err := fs.Glob(fsys, "words.*.json")
	if err != nil {
		return nil, err
	}
	set := Set{}
	for _, name := range names {
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		language := strings.TrimSuffix(strings.TrimPrefix(path.Base(name), "words."), ".json")
		words := &Words{Language: language}
		if err := json.Unmarshal(b, &words.texts); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		set[language] = words
	}
	return set, nil
}

// Languages lists the languages, sorted.
func (s Set) Languages() []string { return slices.Sorted(maps.Keys(s)) }

// In returns the words in the wanted language, its base language or the fallback.
func (s Set) In(language string) *Words {
	base, _, _ := strings.Cut(language, "-")
	for _, l := range []string{language, base} {
		if w, ok := s[l]; ok {
			return w
		}
	}
	return s[Fallback]
}

// Keys lists the keys, sorted.
func (w *Words) Keys() []string { return slices.Sorted(maps.Keys(w.texts)) }

// Has reports whether there is a text for the key.
func (w *Words) Has(key string) bool { _, ok := w.texts[key]; return ok }

// Say returns the text of a key, with each {name} replaced by the argument that follows that
// name. For a key without a text it returns the key.
func (w *Words) Say(key string, args ...any) string {
	text, ok := w.texts[key]
	if !ok {
		return key
	}
	pairs := make([]string, 0, len(args)) // one pass, since an argument may contain braces
	for i := 0; i+1 < len(args); i += 2 {
		pairs = append(pairs, fmt.Sprintf("{%v}", args[i]), fmt.Sprint(args[i+1]))
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Term returns the word for an identifier of a kind, such as a state or a type of request.
// For an identifier without a word it returns the identifier.
func (w *Words) Term(kind string, id any) string {
	text := fmt.Sprint(id)
	if said, ok := w.texts[kind+"."+text]; ok {
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
	zoned.zone = nil
	if zone, err := time.LoadLocation(name); err == nil && name != "Local" { // "Local" is the machine's zone
		zoned.zone = zone
	}
	return &zoned
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

// List joins phrases: "a, b and c".
func (w *Words) List(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return w.Say("list", "first", strings.Join(items[:last], ", "), "last", items[last])
}
