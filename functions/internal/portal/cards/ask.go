package cards

import (
	"maps"
	"slices"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// Ask is the form that asks for something about a person's data.
type Ask struct {
	shell.Form
	Types          []shell.Choice
	Purposes, Data []shell.Choice // what a request can be limited to
	Details        string

	kind           statement.RequestType // what the posted form has
	purposes, data []string
}

// whole are the types of request that act on everything that the catalogue marks for them.
// The form cannot limit them.
var whole = []statement.RequestType{statement.OptOutOfSale, statement.LimitSensitiveUse}

// ReadAsk reads the posted form. Its Error says what is wrong with it.
func ReadAsk(v *shell.Visit) Ask {
	posted, p := v.R.PostForm, ReadKind(v)
	p.purposes, p.data, p.Details = posted["purpose"], posted["data"], v.Text("details")
	p.Wrong(p.kind == statement.AccessSpecific && p.Details == "" && len(p.purposes)+len(p.data) == 0, "scope", v.Words.Say("requests.which"))
	v.CheckLength(&p.Form, "details", p.Details)
	return p
}

// ReadKind reads what kind of request the posted form asks for, and nothing else.
func ReadKind(v *shell.Visit) (p Ask) {
	p.kind = statement.RequestType(v.R.PostForm.Get("type"))
	p.Wrong(!p.kind.Valid(), "type", v.Words.Say("requests.choose"))
	return p
}

// Kind is the type of request that was chosen.
func (p *Ask) Kind() statement.RequestType { return p.kind }

// Command is what the form asks for.
func (p *Ask) Command() consent.RequestData {
	cmd := consent.RequestData{Type: string(p.kind), Details: p.Details}
	if !slices.Contains(whole, p.kind) {
		cmd.Scope = statement.Scope{Purposes: p.purposes, Data: p.data}
	}
	return cmd
}

// Fill gives the form its choices: the types that the rules of the controller know, and the
// purposes and data of the catalogue.
func (p *Ask) Fill(v *shell.Visit, n *page.Names) {
	terms := n.Catalogue.DataRequests
	for _, t := range statement.RequestTypes() {
		if _, err := terms.Own.Clause(statement.Rule(terms.RuleFor(string(t))), t); err == nil {
			p.Types = append(p.Types, shell.Choice{ID: string(t), Label: v.Words.Term("request", t), Explained: v.Words.Term("explained", t), Checked: t == p.kind})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(n.Catalogue.Purposes)) {
		p.Purposes = append(p.Purposes, shell.Choice{ID: id, Label: n.Purpose(id), Checked: slices.Contains(p.purposes, id)})
	}
	ids := slices.Sorted(maps.Keys(n.Catalogue.Data))
	p.Data = shell.Choices(ids, n.Data(ids), p.data)
}
