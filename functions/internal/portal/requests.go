package portal

import (
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
)

// requestsPage is what the person has asked for, and a form to ask.
type requestsPage struct {
	Open    []requestCard
	Types   []requestType
	Details string
	Max     int
	Error   string
	Field   string // the id of the field that is wrong
	Key     string
}

type requestType struct {
	ID, Label, Explained string
	Selected             bool
}

// requestCard is one data request in words.
type requestCard struct {
	ID, What, State, Received, Confirm, Due string
	Rule                                    string // the law that sets the dates
	Open                                    bool
	HasData                                 bool    // it asks for data: what is here is there at once
	Added                                   []added // what other systems have added
}

// added is a part of the answer to a request for data.
type added struct{ Name, Where, Link, Digest string }

func (v *visit) requestCard(r consent.Request) requestCard {
	return requestCard{
		ID: r.ID, What: v.words.Term("request", r.Type), State: v.words.Term("request-state", r.State),
		Received: v.words.Date(r.Received), Confirm: v.words.Day(r.Confirm), Due: v.words.Day(r.Due), Rule: v.words.Term("rule", r.Rule),
		Open: r.Open(), HasData: r.Open() && r.Type.HasParts(),
	}
}

// added lists what other systems have added to the answer to a request. Only an https
// address is a link.
func (v *visit) added(r consent.Request) (parts []added, err error) {
	if r.Parts == 0 {
		return nil, nil
	}
	manifest, err := get[struct{ Parts []datarequest.Part }](v, "/v1/data-requests/"+url.PathEscape(r.ID)+"/manifest")
	for _, p := range manifest.Parts {
		part := added{Name: p.Name, Where: p.Where, Digest: p.Digest}
		if u, err := url.Parse(p.Where); err == nil && u.Scheme == "https" && u.Host != "" {
			part.Link = p.Where
		}
		parts = append(parts, part)
	}
	return parts, err
}

func (v *visit) showRequests() error { return v.renderRequests(http.StatusOK, requestsPage{}, "") }

func (v *visit) renderRequests(status int, p requestsPage, chosen string) error {
	open, err := get[struct {
		Requests []consent.Request `json:"requests"`
	}](v, "/v1/data-requests")
	if err != nil {
		return err
	}
	for _, r := range open.Requests {
		card := v.requestCard(r)
		if card.Added, err = v.added(r); err != nil {
			return err
		}
		p.Open = append(p.Open, card)
	}
	for _, t := range datarequest.Types() {
		p.Types = append(p.Types, requestType{string(t), v.words.Term("request", t), v.words.Term("explained", t), string(t) == chosen})
	}
	if p.Key, err = v.formKey(); err != nil {
		return err
	}
	p.Max = consent.MaxText
	return v.renderForm(status, "requests", v.words.Say("requests.title"), p)
}

// ask sends a data request.
func (v *visit) ask() error {
	form := v.r.PostForm
	kind := form.Get("type")
	p := requestsPage{Details: strings.ReplaceAll(form.Get("details"), "\r\n", "\n")}
	switch {
	case !datarequest.Type(kind).Valid():
		p.Error, p.Field = v.words.Say("requests.choose"), "type"
	case utf8.RuneCountInString(p.Details) > consent.MaxText:
		p.Error, p.Field = v.words.Say("requests.long", "n", consent.MaxText), "details"
	}
	if p.Error != "" {
		return v.renderRequests(http.StatusUnprocessableEntity, p, kind)
	}
	return v.submit("/v1/data-requests", consent.RequestData{Type: kind, Details: p.Details})
}

// takeBack withdraws a data request. Its id is the key.
func (v *visit) takeBack() error {
	return v.command(http.MethodDelete, "/v1/data-requests/"+url.PathEscape(v.r.PathValue("id")), nil)
}
