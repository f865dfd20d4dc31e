package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

const dueHelp = `desk due --rule RULE --type TYPE --received TIME [--timezone ZONE] [--holidays CODE,...] [--json]
    says by when a law wants a data request confirmed, answered, and answered once it is
    extended, and how the days were counted. With the type withdrawal-of-consent it says
    when processing ends. TIME is such as 2026-11-23T14:00:00Z, or a date of the time zone.
    ZONE (such as Europe/Madrid) and CODE (ISO 3166, such as GB-SCT; "" is none) are the
    rule's own when left out; a rule that counts where the controller is, such as gdpr, then
    counts in UTC, without holidays. Not legal advice.
    exit 0  done
         2  wrong usage: an unknown rule, or a type that the rule does not know
`

// reckoned is what due prints. Dates are written 2006-01-02, and empty where there is none.
type reckoned struct {
	Rule     string   `json:"rule"`
	Type     string   `json:"type"`
	Received string   `json:"received"` // the day, in the time zone
	Timezone string   `json:"timezone"`
	Holidays []string `json:"holidays"`
	Confirm  string   `json:"confirm"`
	Due      string   `json:"due"`
	Extended string   `json:"extended"`
	Source   string   `json:"source"`
	Why      []string `json:"why"`
}

// due counts the dates of a rule. It asks nobody.
func (c command) due(_ context.Context, f *cli.Flags) (int, error) {
	var holidays *string
	rule := f.String("rule", "", "rule, such as gdpr")
	kind := f.String("type", "", "type of request, such as access")
	received := f.String("received", "", "when it was received")
	zone := f.String("timezone", "", "time zone (IANA)")
	f.Func("holidays", "whose public holidays are no working days, with commas between", func(s string) error { holidays = &s; return nil })
	asJSON := f.Bool("json", false, "print one JSON object")
	if err := f.Parse(0, 0); err != nil {
		return 0, err
	}
	if *rule == "" || *kind == "" || *received == "" {
		return 0, f.Wrong("give --rule, --type and --received")
	}
	pack, err := datarequest.Rules(nil).Pack(statement.Rule(*rule))
	if err != nil {
		return 0, f.Wrong("--rule: %v; there are %v", err, datarequest.Builtin())
	}
	place := datarequest.Place{Timezone: "UTC", Holidays: []string{}}
	if pack.Calendar != nil {
		place = *pack.Calendar
	}
	place.Timezone = cmp.Or(*zone, place.Timezone)
	if holidays != nil {
		place.Holidays = strings.FieldsFunc(*holidays, func(r rune) bool { return r == ',' })
	}
	calendar, err := datarequest.NewCalendar(place)
	if err != nil {
		return 0, f.Wrong("%v", err)
	}
	at, err := calendar.Moment(*received)
	if err != nil {
		return 0, f.Wrong("--received: give a time such as 2026-11-23T14:00:00Z, or a date")
	}
	dates, err := datarequest.Reckon(nil, statement.Rule(*rule), statement.RequestType(*kind), at, calendar)
	if err != nil {
		return 0, f.Wrong("--type: %v", err)
	}
	out := reckoned{
		Rule: *rule, Type: *kind, Received: dates.Received.String(), Timezone: place.Timezone, Holidays: append([]string{}, place.Holidays...),
		Confirm: dates.Confirm.Date.String(), Due: dates.Due.Date.String(), Extended: dates.Extended.Date.String(),
		Source: dates.Clause.Source, Why: why(dates, place),
	}
	return cli.ExitDone, out.print(c, *asJSON)
}

func (r reckoned) print(c command, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(c.Document).Encode(r)
	}
	fmt.Fprintf(c.Stdout, "confirm   %s\ndue       %s\nextended  %s\n\n", cmp.Or(r.Confirm, "-"), cmp.Or(r.Due, "-"), cmp.Or(r.Extended, "-"))
	for _, sentence := range append([]string{r.Source + "."}, r.Why...) {
		fmt.Fprintln(c.Stdout, sentence)
	}
	return nil
}

// why says in sentences how dates were counted.
func why(d datarequest.Dates, place datarequest.Place) (out []string) {
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	say("It was received on %s in %s; this day does not count.", long(d.Received.Time), place.Timezone)
	if d.Received.String() < d.Clause.InForce {
		say("The provision is in force from %s on, and sets no date before.", d.Clause.InForce)
	}
	for _, date := range []struct {
		name string
		datarequest.Counted
	}{{"Confirm", d.Confirm}, {"Due", d.Due}, {"Extended", d.Extended}} {
		switch {
		case date.Term.WithoutDelay:
			say("%s: without delay. The law names no number of days, so there is no date.", date.name)
		case !date.Date.IsZero():
			say("%s: %s, to %s%s.", date.name, date.Term, long(date.Date.Time), skipped(date.Skipped))
		}
	}
	for _, code := range place.Holidays {
		say("Counted with the public holidays of %s: %s", code, datarequest.Jurisdictions()[code].Note)
	}
	if d.Clause.Postpone {
		say("The answer may be put off by a time that the law does not fix: by a date set by hand, with the reason.")
	}
	if d.Clause.Note != "" {
		say("%s", d.Clause.Note)
	}
	return append(out, "This is "+datarequest.Advice+".")
}

func long(t time.Time) string { return t.Format("Monday 2 January 2006") }

func skipped(days []datarequest.Skipped) string {
	var names []string
	for _, d := range days {
		names = append(names, fmt.Sprintf("%s (%s)", d.Date, d.Name))
	}
	if names == nil {
		return "; no public holiday is skipped"
	}
	return "; skipped as public holidays: " + strings.Join(names, ", ")
}
