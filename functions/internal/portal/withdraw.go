package portal

import (
	"net/http"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// withdrawPage asks once whether to withdraw: one consent, or everything.
type withdrawPage struct {
	form
	Consent *lineCard // nil: everything
	All     []lineCard
	After   string // what happens to what was shared
	Phone   string
}

// stands returns the consent of the page's address, if it is in force, or paused where that
// will do.
func (v *visit) stands(paused bool) (lineCard, error) {
	s, err := v.standing()
	if err != nil {
		return lineCard{}, err
	}
	for i := range s.Lines {
		if l := &s.Lines[i]; l.ConsentID == v.r.PathValue("id") && (l.InForce || paused && s.Paused(l)) {
			return v.card(l)
		}
	}
	return lineCard{}, refusal(http.StatusNotFound, "no-consent")
}

func (v *visit) confirmWithdraw() error {
	c, err := v.stands(true)
	if err != nil {
		return err
	}
	return v.renderForm("withdraw", v.words.Say("withdraw.title", "purpose", c.Title()), &withdrawPage{
		Consent: &c, After: v.afterwards(c.N.Catalogue.Purposes[c.Purpose].AfterWithdrawal), Phone: v.alternative(c.N),
	})
}

// afterwards says what happens to data that were shared before.
func (v *visit) afterwards(a statement.AfterWithdrawal) string {
	return v.words.Say("after."+a.What, "period", v.words.Period(a.Within))
}

func (v *visit) withdraw() error {
	return v.optOut(consent.OptOut{Consents: []string{v.r.PostForm.Get("consent")}})
}

func (v *visit) confirmWithdrawAll(p *homePage) error {
	return v.renderForm("withdraw", v.words.Say("withdraw-all.title"), &withdrawPage{All: p.Consents, Phone: p.Phone})
}

func (v *visit) withdrawAll() error { return v.optOut(consent.OptOut{All: true}) }

// optOut sends an opt-out, with what is kept of the reason, if the person gave one.
func (v *visit) optOut(body consent.OptOut) error {
	body.Reason = kept(v.r.PostForm.Get("reason"))
	return v.submit("/v1/opt-out", body)
}

// kept is what a receipt keeps of a reason.
func kept(reason string) consent.Reason { return consent.Reason(consent.Reason(reason).Kept()) }

// narrowPage lets a person leave a consent with less.
type narrowPage struct {
	form
	Consent  lineCard
	Data     []choice
	Until    string
	Min, Max string // dates
}

// narrowPage is the page about the consent in its address, as it stands.
func (v *visit) narrowPage() (*narrowPage, error) {
	c, err := v.stands(false)
	if err != nil {
		return nil, err
	}
	return &narrowPage{Consent: c, Data: choices(c.Data, c.N.Data(c.Data), c.Data), Min: v.today(), Max: lastDay(c.Until)}, nil
}

func (v *visit) renderNarrow(p *narrowPage) error {
	return v.renderForm("narrow", v.words.Say("narrow.title", "purpose", p.Consent.Title()), p)
}

// narrow leaves what the person ticks, until the date that they choose.
func (v *visit) narrow(p *narrowPage) error {
	p.Until = v.r.PostForm.Get("until")
	left := append([]string{}, tick(p.Data, v.r.PostForm["data"])...) // nothing is an answer too
	what := consent.Narrowing{ConsentID: p.Consent.ConsentID, Until: p.Until}
	if len(left) < len(p.Data) {
		what.Data = &left
	}
	p.wrong(p.Until == "" && what.Data == nil, "data", v.words.Say("narrow.nothing"))
	p.wrong(p.Until != "" && !v.validDate(p.Until, p.Max), "until", v.words.Say("error.date", "from", v.words.Day(p.Min), "to", v.words.Day(p.Max)))
	return submitOr(v, p, (*visit).renderNarrow, "/v1/opt-out", consent.OptOut{Narrow: []consent.Narrowing{what}})
}

// today is the first date that may be chosen as an end.
func (v *visit) today() string { return v.Now().UTC().Format(time.DateOnly) }

// lastDay is the last date that may be chosen where t is the first moment after.
func lastDay(t time.Time) string { return t.UTC().Add(-time.Second).Format(time.DateOnly) }

// validDate reports whether s is a date from today to the last one.
func (v *visit) validDate(s, last string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil && s >= v.today() && s <= last
}
