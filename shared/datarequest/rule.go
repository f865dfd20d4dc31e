package datarequest

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rickar/cal/v2"

	"consent-receipts/shared/period"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// Errors of rules.
var (
	ErrUnknownRule = errors.New("unknown rule")
	ErrNotCovered  = errors.New("the rule does not know this type of request")
	ErrPack        = errors.New("not a rule pack") // wrapped by every error of ParsePack and Check
)

// Advice is what every pack says of itself.
const Advice = "not legal advice"

// Bounds of a pack.
const (
	MaxPack    = 16 << 10 // bytes
	maxCount   = 999      // of a term
	maxClauses = 16
	maxReasons = 16
	maxText    = 300 // characters

	// MaxMonths is the latest deadline that a rule may set, in months from receipt. Open
	// requests are looked for further back than that.
	MaxMonths = 12
)

// Pack is what one rule says of data requests.
type Pack struct {
	Law       string   `json:"law"`       // its name
	Read      string   `json:"read"`      // the date of this reading of it; the notes of the clauses say which text was read
	Advice    string   `json:"advice"`    // "not legal advice"
	Complaint string   `json:"complaint"` // what lets a person complain about an answer
	Clauses   []Clause `json:"clauses"`
}

// Clause is what a rule says of some types of request.
type Clause struct {
	Types      []statement.RequestType `json:"types"`
	Source     string                  `json:"source"`               // the provision
	URL        string                  `json:"url,omitempty"`        // where to read it
	Note       string                  `json:"note,omitempty"`       // how it was read
	Confirm    Term                    `json:"confirm,omitzero"`     // by when receipt is to be confirmed
	Answer     Term                    `json:"answer"`               // by when it is to be answered
	Extensions []Extension             `json:"extensions,omitempty"` // one for each time that it may be extended
	Identity   string                  `json:"identity"`             // see IdentityNever and others
	Deny       []string                `json:"deny"`                 // ids of the reasons for which it may be denied
	Appeal     Term                    `json:"appeal,omitzero"`      // how long the person may appeal, from the answer
	Quiet      Term                    `json:"quiet,omitzero"`       // how long the person may not be asked to opt in again
}

// What a clause says of identity checks.
const (
	IdentityNever    = "never"
	IdentityRuns     = "clock-runs"     // the deadline stays
	IdentityRestarts = "clock-restarts" // the deadline counts from the proof
)

// Extension is a later deadline, counted from the same day as the first.
type Extension struct {
	Answer  Term     `json:"answer"`
	Reasons []string `json:"reasons"` // ids
}

// Term is a length of time in one unit. The day from which it is counted is not
// part of it. The zero Term is none.
type Term struct {
	Months       int    `json:"months,omitempty"` // the same date, or the month's last one
	Days         int    `json:"days,omitempty"`
	BusinessDays int    `json:"business_days,omitempty"`
	End          string `json:"end,omitempty"` // "working-day": the next one, when it ends on another day
}

// endWorkingDay moves an end, see Term.End.
const endWorkingDay = "working-day"

// after counts the term from a day.
func (t Term) after(day time.Time, c *Calendar) Date {
	switch {
	case t == Term{}:
		return Date{}
	case t.BusinessDays > 0:
		return c.workdaysAfter(day, t.BusinessDays)
	}
	end := period.Period{Months: t.Months, Days: t.Days}.AddTo(day)
	if t.End == endWorkingDay {
		return c.onWorkday(end)
	}
	return Date{end}
}

func (t Term) check() error {
	units := 0
	for _, n := range []int{t.Months, t.Days, t.BusinessDays} {
		if n < 0 || n > maxCount {
			return fmt.Errorf("a term is 1 to %d months, days or business_days", maxCount)
		}
		if n > 0 {
			units++
		}
	}
	if units != 1 || (t.End != "" && t.End != endWorkingDay) {
		return errors.New("a term has exactly one of months, days, business_days, and perhaps end: working-day")
	}
	return nil
}

//go:embed rules/*.json
var builtin embed.FS

// packs are the rules that come with this package, read once.
var packs = sync.OnceValue(func() map[statement.Rule]Pack {
	out := map[statement.Rule]Pack{}
	for _, rule := range Builtin() {
		b, _ := builtin.ReadFile("rules/" + string(rule) + ".json") // embedded: it is there
		p, err := ParsePack(b)
		if err != nil {
			panic(fmt.Sprintf("%s: %v", rule, err)) // a test reads them all
		}
		out[rule] = p
	}
	return out
})

var ruleID = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)

// Builtin lists the rules that come with this package.
func Builtin() []statement.Rule {
	files, _ := builtin.ReadDir("rules") // embedded: it is there
	var out []statement.Rule
	for _, f := range files {
		out = append(out, statement.Rule(strings.TrimSuffix(f.Name(), ".json")))
	}
	return out
}

// Rules are the packs of a catalogue, by name, beside the built-in ones. A
// built-in name cannot be taken.
type Rules map[statement.Rule]Pack

// Pack finds a rule.
func (r Rules) Pack(rule statement.Rule) (Pack, error) {
	if !ruleID.MatchString(string(rule)) {
		return Pack{}, fmt.Errorf("%w: %.64q", ErrUnknownRule, rule)
	}
	if p, ok := packs()[rule]; ok {
		return p, nil
	}
	if p, ok := r[rule]; ok {
		return p, nil
	}
	return Pack{}, fmt.Errorf("%w: %q", ErrUnknownRule, rule)
}

// Clause finds what a rule says of a type of request.
func (r Rules) Clause(rule statement.Rule, t statement.RequestType) (Clause, error) {
	p, err := r.Pack(rule)
	if err != nil {
		return Clause{}, err
	}
	for _, c := range p.Clauses {
		if slices.Contains(c.Types, t) {
			return c, nil
		}
	}
	return Clause{}, fmt.Errorf("%w: %.64q under %s", ErrNotCovered, t, rule)
}

// ParsePack reads a pack in JSON, strictly.
func ParsePack(b []byte) (Pack, error) {
	var p Pack
	if len(b) > MaxPack {
		return p, fmt.Errorf("%w: %d bytes, at most %d", ErrPack, len(b), MaxPack)
	}
	if err := strictjson.Decode(b, &p); err != nil {
		return Pack{}, fmt.Errorf("%w: %v", ErrPack, err)
	}
	if err := p.Check(); err != nil {
		return Pack{}, err
	}
	return p, nil
}

// Check refuses a pack that says too little, too much, or something twice.
func (p Pack) Check() error {
	_, err := time.Parse(time.DateOnly, p.Read)
	switch {
	case !isText(p.Law) || !isText(p.Complaint):
		return fmt.Errorf("%w: law and complaint are texts of up to %d characters", ErrPack, maxText)
	case err != nil:
		return fmt.Errorf("%w: read is the date of this reading of the law", ErrPack)
	case p.Advice != Advice:
		return fmt.Errorf("%w: advice is %q", ErrPack, Advice)
	case len(p.Clauses) == 0 || len(p.Clauses) > maxClauses:
		return fmt.Errorf("%w: a pack has 1 to %d clauses", ErrPack, maxClauses)
	}
	seen := map[statement.RequestType]bool{}
	for i, c := range p.Clauses {
		if err := c.check(seen); err != nil {
			return fmt.Errorf("%w: clause %d: %v", ErrPack, i+1, err)
		}
	}
	for i, c := range p.Clauses {
		if c.Appeal != (Term{}) && !seen[statement.Appeal] {
			return fmt.Errorf("%w: clause %d may be appealed against, and no clause is of the type appeal", ErrPack, i+1)
		}
	}
	return nil
}

func (c Clause) check(seen map[statement.RequestType]bool) error {
	if len(c.Types) == 0 {
		return errors.New("it names no types")
	}
	for _, t := range c.Types {
		if !t.Valid() || t == statement.Withdrawal || seen[t] {
			return fmt.Errorf("type %.64q is unknown, never decided, or has a clause", t)
		}
		seen[t] = true
	}
	if !isText(c.Source) || len(c.URL) > maxText || len([]rune(c.Note)) > maxText {
		return fmt.Errorf("source, url and note are texts of up to %d characters", maxText)
	}
	if !slices.Contains([]string{IdentityNever, IdentityRuns, IdentityRestarts}, c.Identity) {
		return fmt.Errorf("identity is %s, %s or %s", IdentityNever, IdentityRuns, IdentityRestarts)
	}
	if slices.ContainsFunc(c.Types, neverIdentity) && c.Identity != IdentityNever {
		return fmt.Errorf("nobody is asked who they are for %s and %s: identity is %s", statement.OptOutOfSale, statement.LimitSensitiveUse, IdentityNever)
	}
	terms := []Term{c.Answer}
	lists := [][]string{c.Deny}
	for _, t := range []Term{c.Confirm, c.Appeal, c.Quiet} {
		if t != (Term{}) {
			terms = append(terms, t)
		}
	}
	for _, e := range c.Extensions {
		terms, lists = append(terms, e.Answer), append(lists, e.Reasons)
	}
	for _, t := range terms {
		if err := t.check(); err != nil {
			return err
		}
	}
	for _, reasons := range lists {
		if len(reasons) == 0 || len(reasons) > maxReasons || slices.ContainsFunc(reasons, func(id string) bool { return !ruleID.MatchString(id) }) {
			return fmt.Errorf("deny, and each extension, has 1 to %d reasons that match %s", maxReasons, ruleID)
		}
	}
	return c.checkOrder()
}

// neverIdentity reports whether a type of request is carried out without proof of identity.
// Nobody is asked who they are in order to stop the sale of their data or the use of
// sensitive data, even where a law would allow it.
func neverIdentity(t statement.RequestType) bool {
	return t == statement.OptOutOfSale || t == statement.LimitSensitiveUse
}

// checkOrder compares the dates of a clause, counted from days on which months, leap
// years and weekends differ: a request is confirmed before it is answered, an extension
// shortens nothing, and the last deadline is near enough for a request to be looked for.
func (c Clause) checkOrder() error {
	calendar := &Calendar{business: cal.NewBusinessCalendar(), zone: time.UTC}
	for n := range 24 {
		for _, day := range []int{1, 28, 31} {
			from := time.Date(2027, time.Month(1+n), day, 12, 0, 0, 0, time.UTC)
			last := c.Answer.after(from, calendar)
			if c.Confirm.after(from, calendar).After(last.Time) {
				return errors.New("confirm ends after answer")
			}
			for i, e := range c.Extensions {
				next := e.Answer.after(from, calendar)
				if next.Before(last.Time) {
					return fmt.Errorf("extension %d ends before what it extends", i+1)
				}
				last = next
			}
			if last.After(from.AddDate(0, MaxMonths, 0)) {
				return fmt.Errorf("the answer, extensions included, is due within %d months", MaxMonths)
			}
		}
	}
	return nil
}

func isText(s string) bool { n := len([]rune(s)); return n > 0 && n <= maxText }
