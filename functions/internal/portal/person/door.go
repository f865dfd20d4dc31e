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
	"consent-receipts/shared/docket"
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
	"GET " + door.AgainPath:                          showAgain,
	"POST " + door.AgainPath:                         shell.PostedByAnybody(askAgain),
	"GET " + door.PagePath + "{link}":                showLink,
	"GET " + door.PagePath + "{link}/looked":         byLink(cards.ShowLooked),
	"GET " + door.PagePath + "{link}/bundle":         byLink(bundle),
	"GET " + door.PagePath + "{link}/files/{digest}": byLink(openFileByLink),
	"POST " + door.PagePath + "{link}":               shell.PostedByAnybody(submitByLink),
	"POST " + door.PagePath + "{link}/take-back":     shell.PostedByAnybody(takeBackByLink),
	"GET " + door.PagePath + "{link}/receipts/{seq}": byLink(downloadByLink),
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
	for i := range p.Types { // without an account nothing stops at once
		if key := "door.explained." + p.Types[i].ID; v.Words.Has(key) {
			p.Types[i].Explained = v.Words.Say(key)
		}
	}
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
	Files    []cards.File // of the answer, if there is one
	Fresh    bool         // the link is new enough for the files
	Again    string       // address of the page that gives a new one
	New      bool         // it was sent just now
	Details  string
}

// Sign is what the staff calls the request.
func (p *linkPage) Sign() string { return p.State.Life.Request.ID[:docket.NumberShown] }

// byLink wraps a page that opens by a link.
func byLink(page shell.Page) shell.Page {
	return func(v *shell.Visit) error { return ofLink(page(v)) }
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
	if p.State, err = shell.Get[api.ContactState](v, string(api.Contact)); err != nil {
		return ofLink(err)
	}
	if p.N, err = v.Names(""); err != nil {
		return err
	}
	p.Link, p.What = door.PagePath+url.PathEscape(v.R.PathValue("link")), v.Words.Term("request", p.State.Type)
	if l := p.State.Life; l != nil {
		p.Request, p.Steps = p.N.Request(l.Request, nil), cards.StepsOf(l.History)
		p.addFiles(v, l)
		for _, c := range l.Choices {
			p.TakeBack = p.TakeBack || c.Act == datarequest.Withdraw
		}
	}
	return v.RenderForm("link", v.Words.Say("door.link.title"), p)
}

// addFiles lists the files of an answer.
func (p *linkPage) addFiles(v *shell.Visit, l *api.Life) {
	if !l.Request.State.Answered() {
		return
	}
	for _, part := range l.Parts {
		if part.Attached {
			p.Files = append(p.Files, cards.FileOf(v.Words, part.Part))
		}
	}
	p.Fresh, p.Again = v.Now().Before(p.State.Send), door.AgainPath+"?"+url.Values{"number": {p.Sign()}}.Encode()
}

// openFileByLink sends the browser to where a file of the answer can be read for some minutes.
func openFileByLink(v *shell.Visit) error {
	file, err := shell.Get[api.Attachment](v, api.ContactFile(v.R.PathValue("digest")))
	if err != nil {
		return err
	}
	return v.SeeOther(file.Address)
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
	if _, err := v.Call(method, string(api.Contact), body); err != nil {
		return ofLink(err)
	}
	return v.SeeOther(door.PagePath + url.PathEscape(v.R.PathValue("link")) + "?new=1")
}

// downloadByLink hands over a receipt of the request of a link, in the form that ?format= names or
// in the first form.
func downloadByLink(v *shell.Visit) error {
	wanted := v.R.URL.Query().Get("format")
	for i, c := range copies {
		if c.Format == wanted || wanted == "" && i == 0 {
			at := api.Contact.At("/receipts/") + url.PathEscape(v.R.PathValue("seq"))
			return v.Download(client.With(at, api.CopyQuery{Format: c.Format, Language: v.Words.Language}), c.mediaType, "")
		}
	}
	return shell.Refusal(http.StatusNotFound, "not-found")
}
