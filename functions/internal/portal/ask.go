package portal

import (
	"maps"
	"slices"
	"unicode/utf8"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// askForm asks for something about a person's data.
type askForm struct {
	form
	Types          []choice
	Purposes, Data []choice // to ask about some of it only
	Details        string

	kind           statement.RequestType // as the form was filled in
	purposes, data []string
}

// whole are the types that act on everything that the catalogue marks, whatever else the
// form says.
var whole = []statement.RequestType{statement.OptOutOfSale, statement.LimitSensitiveUse}

// readAsk reads the form, or says what is wrong with it.
func (v *visit) readAsk() askForm {
	form := v.r.PostForm
	p := askForm{kind: statement.RequestType(form.Get("type")), purposes: form["purpose"], data: form["data"], Details: formText(form, "details")}
	p.wrong(!p.kind.Valid(), "type", v.words.Say("requests.choose"))
	p.wrong(p.kind == statement.AccessSpecific && p.Details == "" && len(p.purposes)+len(p.data) == 0, "scope", v.words.Say("requests.which"))
	v.checkDetails(&p.form, p.Details)
	return p
}

// checkDetails looks at what the person says in their own words.
func (v *visit) checkDetails(f *form, details string) {
	f.wrong(utf8.RuneCountInString(details) > consent.MaxText, "details", v.words.Say("requests.long", "n", consent.MaxText))
}

// command is what the form asks for.
func (p *askForm) command() consent.RequestData {
	cmd := consent.RequestData{Type: string(p.kind), Details: p.Details}
	if !slices.Contains(whole, p.kind) {
		cmd.Scope = statement.Scope{Purposes: p.purposes, Data: p.data}
	}
	return cmd
}

// fill gives the form what there is to choose: the types that the controller's rules
// know.
func (v *visit) fill(p *askForm, n *page.Names) {
	terms := n.Catalogue.DataRequests
	for _, t := range statement.RequestTypes() {
		if _, err := terms.Own.Clause(statement.Rule(terms.RuleFor(string(t))), t); err == nil {
			p.Types = append(p.Types, choice{string(t), v.words.Term("request", t), v.words.Term("explained", t), t == p.kind})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(n.Catalogue.Purposes)) {
		p.Purposes = append(p.Purposes, choice{ID: id, Label: n.Purpose(id), Checked: slices.Contains(p.purposes, id)})
	}
	ids := slices.Sorted(maps.Keys(n.Catalogue.Data))
	p.Data = choices(ids, n.Data(ids), p.data)
}
