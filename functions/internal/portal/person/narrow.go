package person

import (
	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
)

// narrowPage lets a person leave a consent with less.
type narrowPage struct {
	shell.Form
	Consent  cards.Line
	Data     []shell.Choice
	Until    string
	Min, Max string // dates
}

// narrowPage is the page about the consent in its address, as it stands.
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

// narrow leaves what the person ticks, until the date that they choose.
func narrow(v *shell.Visit, p *narrowPage) error {
	p.Until = v.R.PostForm.Get("until")
	left := append([]string{}, shell.Tick(p.Data, v.R.PostForm["data"])...) // nothing is an answer too
	what := consent.Narrowing{ConsentID: p.Consent.ConsentID, Until: p.Until}
	if len(left) < len(p.Data) {
		what.Data = &left
	}
	p.Wrong(p.Until == "" && what.Data == nil, "data", v.Words.Say("narrow.nothing"))
	p.Wrong(p.Until != "" && !validDate(v, p.Until, p.Max), "until", v.Words.Say("error.date", "from", v.Words.Day(p.Min), "to", v.Words.Day(p.Max)))
	return shell.SubmitOr(v, p, renderNarrow, "/v1/opt-out", consent.OptOut{Narrow: []consent.Narrowing{what}})
}
