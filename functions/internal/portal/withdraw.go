package portal

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// withdrawPage asks once whether to withdraw: one consent, or everything.
type withdrawPage struct {
	form
	Consent *consentCard // nil: everything
	All     []consentCard
	After   string // what happens to what was shared
	Phone   string
}

// stands returns the consent of the page's address, if it is in force or paused.
func (v *visit) stands(id string) (*api.Line, error) {
	s, err := v.standing()
	if err != nil {
		return nil, err
	}
	for i := range s.Lines {
		if l := &s.Lines[i]; l.ConsentID == id && (l.InForce || s.Paused(l)) {
			return l, nil
		}
	}
	return nil, refusal(http.StatusNotFound, "no-consent")
}

// inForce returns the consent of the page's address, if it is in force.
func (v *visit) inForce(id string) (*api.Line, error) {
	l, err := v.stands(id)
	if err == nil && !l.InForce {
		return nil, refusal(http.StatusNotFound, "no-consent")
	}
	return l, err
}

func (v *visit) confirmWithdraw() error {
	l, err := v.stands(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	n, err := v.names(l.Catalogue)
	if err != nil {
		return err
	}
	card, err := v.card(l)
	if err != nil {
		return err
	}
	return v.renderForm("withdraw", v.words.Say("withdraw.title", "purpose", card.Title), &withdrawPage{
		Consent: &card, After: v.afterwards(n.Catalogue.Purposes[l.Purpose].AfterWithdrawal), Phone: v.alternative(n),
	})
}

// afterwards says what happens to data that were shared before.
func (v *visit) afterwards(a statement.AfterWithdrawal) string {
	return v.words.Say("after."+a.What, "period", v.words.Period(a.Within))
}

func (v *visit) withdraw() error {
	return v.optOut(consent.OptOut{Consents: []string{v.r.PostForm.Get("consent")}})
}

func (v *visit) confirmWithdrawAll() error {
	s, err := v.standing()
	if err != nil {
		return err
	}
	p, err := v.overview(&s)
	if err != nil {
		return err
	}
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
	Consent  consentCard
	Data     []choice
	Until    string
	Min, Max string // dates
}

func (v *visit) showNarrow() error {
	l, err := v.inForce(v.r.PathValue("id"))
	if err != nil {
		return err
	}
	return v.renderNarrow(l, l.Data, "", "")
}

func (v *visit) renderNarrow(l *api.Line, ticked []string, until, fault string) error {
	n, err := v.names(l.Catalogue)
	if err != nil {
		return err
	}
	p := &narrowPage{Until: until, form: form{Error: fault, Field: "data"}, Min: v.today(), Max: lastDay(l.Until)}
	if until != "" {
		p.Field = "until"
	}
	if p.Consent, err = v.card(l); err != nil {
		return err
	}
	p.Data = choices(l.Data, n.Data(l.Data), ticked)
	return v.renderForm("narrow", v.words.Say("narrow.title", "purpose", p.Consent.Title), p)
}

func (v *visit) narrow() error {
	id := v.r.PathValue("id")
	l, err := v.inForce(id)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	n, until, fault := v.narrowing(l, form)
	if fault != "" {
		return v.renderNarrow(l, form["data"], until, fault)
	}
	return v.submit("/v1/opt-out", consent.OptOut{Narrow: []consent.Narrowing{n}})
}

// narrowing reads what the person leaves, or says what is wrong with it.
func (v *visit) narrowing(l *api.Line, form url.Values) (n consent.Narrowing, until, fault string) {
	n.ConsentID, until = l.ConsentID, form.Get("until")
	kept := slices.DeleteFunc(slices.Clone(l.Data), func(d string) bool { return !slices.Contains(form["data"], d) })
	if len(kept) < len(l.Data) {
		n.Data = &kept
	}
	switch {
	case until == "" && n.Data == nil:
		return n, until, v.words.Say("narrow.nothing")
	case until != "" && !v.validDate(until, lastDay(l.Until)):
		return n, until, v.words.Say("error.date", "from", v.words.Day(v.today()), "to", v.words.Day(lastDay(l.Until)))
	}
	n.Until = until
	return n, until, ""
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
