package person

import (
	"errors"
	"net/http"
	"net/url"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/door"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/receipt/page"
)

// doorPath is the page on which somebody without an account asks for a link. The pages of a
// link lie below it.
const doorPath = "/ask"

// doorPages need no session. Those of a link open by the link alone.
var doorPages = shell.Pages{
	"GET " + doorPath:                                showDoor,
	"POST " + doorPath:                               shell.PostedByAnybody(askForLink),
	"GET " + door.PagePath + "{link}":                showLink,
	"POST " + door.PagePath + "{link}":               shell.PostedByAnybody(submitByLink),
	"POST " + door.PagePath + "{link}/take-back":     shell.PostedByAnybody(takeBackByLink),
	"GET " + door.PagePath + "{link}/receipts/{seq}": downloadByLink,
}

// How somebody without an account is known.
const (
	byMail    = "mail"
	byNothing = "none"
)

// doorPage is the form that asks for a link.
type doorPage struct {
	cards.Ask
	Mail       bool // mails are sent
	How, Email string
	Sent       bool // a link was asked for
}

func showDoor(v *shell.Visit) error {
	return renderDoor(v, &doorPage{Sent: v.R.URL.Query().Has("sent")})
}

func renderDoor(v *shell.Visit, p *doorPage) error {
	what, err := shell.Get[api.Door](v, api.DoorPath)
	if err != nil {
		return err
	}
	n, err := v.Names("")
	if err != nil {
		return err
	}
	p.Mail = what.Email
	p.Fill(v, n)
	return v.RenderForm("door", v.Words.Say("door.title"), p)
}

// askForLink has a link sent to an address, or leads to the page of a link that proves nothing.
// Where a mail was asked for, the next page is the same whatever became of it.
func askForLink(v *shell.Visit) error {
	form := v.R.PostForm
	p := &doorPage{Ask: cards.ReadKind(v), How: form.Get("how"), Email: form.Get("email")}
	p.Wrong(p.How != byMail && p.How != byNothing, "how", v.Words.Say("door.how-wrong"))
	_, notAddress := mail.Parse(p.Email)
	p.Wrong(p.How == byMail && notAddress != nil, "email", v.Words.Say("door.email-wrong"))
	if p.Error != "" {
		return renderDoor(v, p)
	}
	body := api.ContactRequest{Type: p.Kind(), Language: v.Words.Language}
	if p.How == byMail {
		body.Email = p.Email
	}
	got, err := shell.Ask[api.ContactLink](v, http.MethodPost, api.DoorPath, body)
	switch {
	case err != nil:
		return err
	case got.Link == "":
		return v.SeeOther(doorPath + "?sent=1")
	}
	return v.SeeOther(door.PagePath + got.Link)
}

// linkPage is what a link is for: the request that can be sent, or how it stands.
type linkPage struct {
	shell.Form
	State    api.ContactState
	Link     string // address of the page
	What     string // what is asked for
	N        *page.Names
	Request  page.RequestWords // of a request that was sent
	Steps    []cards.Step      // the same
	TakeBack bool
	New      bool // it was sent just now
	Details  string
}

// Sign is what the staff calls the request.
func (p *linkPage) Sign() string { return p.State.Life.Request.ID[:signLength] }

// signLength is how many characters of the id of a request the desk shows.
const signLength = 8

// byLink returns the header by which the API knows whoever has the link.
func byLink(v *shell.Visit) []string {
	return []string{"Authorization", "Bearer " + v.R.PathValue("link")}
}

// ofLink is the refusal of the page of a link. Whoever has none of ours cannot sign in instead.
func ofLink(err error) error {
	if p, ok := errors.AsType[*api.Problem](err); ok && p.Status == http.StatusUnauthorized {
		return shell.Refusal(http.StatusNotFound, "link-unknown")
	}
	return err
}

func showLink(v *shell.Visit) error { return renderLink(v, &linkPage{New: v.R.URL.Query().Has("new")}) }

func renderLink(v *shell.Visit, p *linkPage) (err error) {
	if p.State, err = shell.Ask[api.ContactState](v, http.MethodGet, string(api.Contact), nil, byLink(v)...); err != nil {
		return ofLink(err)
	}
	if p.N, err = v.Names(""); err != nil {
		return err
	}
	p.Link, p.What = door.PagePath+url.PathEscape(v.R.PathValue("link")), v.Words.Term("request", p.State.Type)
	if l := p.State.Life; l != nil {
		p.Request, p.Steps = p.N.Request(l.Request, nil), cards.StepsOf(l.History)
		for _, c := range l.Choices {
			p.TakeBack = p.TakeBack || c.Act == datarequest.Withdraw
		}
	}
	return v.RenderForm("link", v.Words.Say("door.link.title"), p)
}

// submitByLink sends the request of a link.
func submitByLink(v *shell.Visit) error {
	p := &linkPage{Details: v.Text("details")}
	v.CheckLength(&p.Form, "details", p.Details)
	if p.Error != "" {
		return renderLink(v, p)
	}
	return changeByLink(v, http.MethodPost, api.ContactDetails{Details: p.Details})
}

// takeBackByLink takes the request of a link back.
func takeBackByLink(v *shell.Visit) error { return changeByLink(v, http.MethodDelete, nil) }

func changeByLink(v *shell.Visit, method string, body any) error {
	if _, err := v.Call(method, string(api.Contact), body, byLink(v)...); err != nil {
		return ofLink(err)
	}
	return v.SeeOther(door.PagePath + url.PathEscape(v.R.PathValue("link")) + "?new=1")
}

// downloadByLink hands over a receipt of the request of a link.
func downloadByLink(v *shell.Visit) error {
	for _, c := range copies {
		if c.Format == v.R.URL.Query().Get("format") {
			at := api.Contact.At("/receipts/") + url.PathEscape(v.R.PathValue("seq"))
			return ofLink(v.Download(client.With(at, api.CopyQuery{Format: c.Format, Language: v.Words.Language}), c.mediaType, "", byLink(v)...))
		}
	}
	return shell.Refusal(http.StatusNotFound, "not-found")
}
