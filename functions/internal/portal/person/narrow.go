package person

import (
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
)

// narrowPage lets a person narrow a consent: to fewer data, or to an earlier end.
type narrowPage struct {
	shell.Form
	Consent cards.Line
	Data    []shell.Choice
	Until   string
	Days    days
}

// days are the dates that a person may choose as the last day of a consent, in the time zone
// of its catalogue.
type days struct{ Min, Max string }

// daysTo are the days from today to the last one of a consent that ends at a moment.
func daysTo(v *shell.Visit, end time.Time, cat *catalogue.Catalogue) days {
	return days{cat.DataRequests.Day(v.Now()), cat.DataRequests.Day(end.Add(-time.Second))}
}

// has reports whether s is one of the dates.
func (d days) has(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && s >= d.Min && s <= d.Max
}

// readNarrow is the page about the consent that the address names, as it is now.
func readNarrow(v *shell.Visit) (*narrowPage, error) {
	c, err := stands(v, false)
	if err != nil {
		return nil, err
	}
	return &narrowPage{Consent: c, Data: shell.Choices(c.Data, c.N.Data(c.Data), c.Data), Days: daysTo(v, c.Until, c.N.Catalogue)}, nil
}

func renderNarrow(v *shell.Visit, p *narrowPage) error {
	return v.RenderForm("narrow", v.Words.Say("narrow.title", "purpose", p.Consent.Title()), p)
}

// narrow sends what remains of the consent: the data that the person ticked, until the date
// that they chose.
func narrow(v *shell.Visit, p *narrowPage) error {
	p.Until = v.R.PostForm.Get("until")
	left := append([]string{}, shell.Tick(p.Data, v.R.PostForm["data"])...) // an empty list is sent too: it withdraws the consent
	what := consent.Narrowing{ConsentID: p.Consent.ConsentID, Until: p.Until}
	if len(left) < len(p.Data) {
		what.Data = &left
	}
	p.Wrong(p.Until == "" && what.Data == nil, "data", v.Words.Say("narrow.nothing"))
	p.Wrong(p.Until != "" && !p.Days.has(p.Until), "until", v.Words.Say("error.date", "from", v.Words.Day(p.Days.Min), "to", v.Words.Day(p.Days.Max)))
	return shell.SubmitOr(v, p, renderNarrow, "/v1/opt-out", consent.OptOut{Narrow: []consent.Narrowing{what}})
}
