package desk

import (
	"errors"
	"net/http"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
)

var contactPages = shell.Pages{
	"POST /desk/people/{person}/requests/{id}/link": acts(link),
}

// isContact reports whether the page is about somebody without an account.
func isContact(v *shell.Visit) bool {
	whose, err := ledger.ParseWhom(v.R.PathValue("person"))
	return err == nil && whose.Kind() == ledger.KindContact
}

// contactOf is what the page of a request says of somebody without an account, or nil.
func contactOf(v *shell.Visit, file *casefile.File) *contact {
	if !isContact(v) {
		return nil
	}
	out := new(contact)
	for _, r := range file.Records {
		if r.Did == casefile.Link {
			out.To = r.To
		}
	}
	return out
}

// contact is somebody without an account, and the customer whom the staff holds them for.
type contact struct {
	To string // pseudonym of the customer; "" for nobody yet. The latest link counts
}

// Sign tells one customer from another.
func (c contact) Sign() string { return c.To[:min(6, len(c.To))] }

// link says which customer made the request.
func link(v *shell.Visit) error {
	p, customer := &requestPage{}, v.R.PostForm.Get("customer")
	p.Wrong(pseudonym.Check(customer) != nil, "link-customer", v.Words.Say("desk.door.wrong"))
	if p.Error != "" {
		return renderRequest(v, p)
	}
	err := workAct(v, api.Links, api.CaseLink{Customer: customer})
	if refused, ok := errors.AsType[*api.Problem](err); ok && refused.Status == http.StatusNotFound {
		p.Wrong(true, "link-customer", v.Words.Say("desk.find.nothing"))
		return renderRequest(v, p)
	}
	return err
}
