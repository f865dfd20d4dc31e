package person

import (
	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
)

// narrowPage lets a person narrow a consent: to fewer data, or to an earlier end.
type narrowPage struct {
	shell.Form
	Consent  cards.Line
	Data     []shell.Choice
	Until    string
	Min, Max string // dates
}

// readNarrow is the page about the consent that the address names, as it is now.
func readNarrow(v *shell.Visit) (*narrowPage, error) {
	c, err := stands(v, false)
	if err != nil {
		return nil, err
	}
	return &narrowPage{Consent: c, Data: shell.Choices(c.Data, c.N.Data(c.Data), c.Data), Min: today(v), Max: lastDay(c.Until)}, nil
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
	p.Wrong(p.Until != "" && !validDate(v, p.Until, p.Max), "until", v.Words.Say("error.date", "from", v.Words.Day(p.Min), "to", v.Words.Day(p.Max)))
	return shell.SubmitOr(v, p, renderNarrow, "/v1/opt-out", consent.OptOut{Narrow: []consent.Narrowing{what}})
}
