package person

import (
	"net/http"
	"strings"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/door"
	"consent-receipts/shared/mail"
)

// againPage is the form by which a contact gets a new link to a request that was sent.
type againPage struct {
	shell.Form
	Number, Email string
	Sent          bool // a link was asked for
}

func showAgain(v *shell.Visit) error {
	q := v.R.URL.Query()
	return renderAgain(v, &againPage{Number: q.Get("number"), Sent: q.Has("sent")})
}

func renderAgain(v *shell.Visit, p *againPage) error {
	return v.RenderForm("again", v.Words.Say("again.title"), p)
}

// askAgain has a link sent. The next page is the same whatever became of it.
func askAgain(v *shell.Visit) error {
	p := &againPage{Number: v.R.PostForm.Get("number"), Email: v.R.PostForm.Get("email")}
	number := strings.ToLower(strings.TrimSpace(p.Number))
	p.Wrong(!docket.ValidNumber(number), "number", v.Words.Say("again.number-wrong"))
	_, notAddress := mail.Parse(p.Email)
	p.Wrong(notAddress != nil, "email", v.Words.Say("door.email-wrong"))
	if p.Error != "" {
		return renderAgain(v, p)
	}
	body := api.ContactRequest{Request: number, Email: p.Email, Language: v.Words.Language}
	if _, err := v.Call(http.MethodPost, api.DoorPath, body); err != nil {
		return err
	}
	return v.SeeOther(door.AgainPath + "?sent=1")
}
