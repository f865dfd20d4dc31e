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
}

func (v *visit) requestCard(r consent.Request) requestCard {
	return requestCard{
		ID: r.ID, What: v.words.Term("request", r.Type), State: v.words.Term("request-state", r.State),
		Received: v.words.Date(r.Received), Confirm: v.words.Day(r.Confirm), Due: v.words.Day(r.Due), Rule: v.words.Term("rule", r.Rule),
		Open: r.Open(),
	}
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
		p.Open = append(p.Open, v.requestCard(r))
	}
	for _, t := range datarequest.Types() {
		p.Types = append(p.Types, requestType{string(t), v.words.Term("request", t), v.words.Term("explained", t), string(t) == chosen})
	}
	if p.Key, err = v.formKey(); err != nil {
		return err
	}
	p.Max = consent.MaxText
	title := v.words.Say("requests.title")
	if p.Error != "" {
		title = v.words.Say("error.prefix", "title", title)
	}
	return v.render(status, "requests", title, p)
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
	key, err := v.formKey()
	if err != nil {
		return err
	}
	return v.command(http.MethodPost, "/v1/data-requests", consent.RequestData{Type: kind, Details: p.Details}, key)
}

// takeBack withdraws a data request. Its id is the key.
func (v *visit) takeBack() error {
	return v.command(http.MethodDelete, "/v1/data-requests/"+url.PathEscape(v.r.PathValue("id")), nil, "")
}
