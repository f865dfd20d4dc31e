package desk

import (
	"maps"
	"net/http"
	"slices"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/wording"
)

// previewPage shows what the receipt of a step would state, as the person will read it, before the
// step is recorded.
type previewPage struct {
	shell.Form
	cards.Receipt
	ID           string // of the data request
	Approves     bool   // a colleague proposed the step, and this page can approve it
	Direction    string // of the person's language
	As           string // in which language the person reads
	Consequences []string
	SecondEyes   bool
	Filled       []filled // the form, which goes along
}

// filled is a field of a form with its value.
type filled struct{ Name, Value string }

// Enter is what Enter does on the page: nothing is recorded but by the button for it.
func (previewPage) Enter() string { return "change" }

// preview shows what a step would come to: one of the member of staff's own, or one that a colleague
// proposed. Nothing is recorded but that somebody looked.
func preview(v *shell.Visit, step api.Step, approves bool) error {
	told, err := shell.Ask[api.Preview](v, http.MethodPost, apiPath(v)+"/steps/preview", step, api.CaseReference, v.CaseOfForm())
	if err != nil {
		return err
	}
	p := &previewPage{ID: told.Request.ID, SecondEyes: told.SecondEyes, Approves: approves}
	p.Consequences = consequences(v.Words, told)
	theirs := v.Texts.In(told.Language)
	p.As, p.Direction = theirs.Say("language.name"), theirs.Say("language.dir")
	n, err := v.Names("")
	if err != nil {
		return err
	}
	rec, err := told.Unsigned()
	if err != nil {
		return err
	}
	if p.Document, err = page.NewDocument(rec, n.Catalogue, told.Language); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(v.R.PostForm)) {
		if name == "csrf" || name == "key" || name == "go" {
			continue
		}
		for _, value := range v.R.PostForm[name] {
			p.Filled = append(p.Filled, filled{name, value})
		}
	}
	return v.RenderForm("preview", v.Words.Say("desk.preview.title"), p)
}

// consequences says what a step that decides comes to.
func consequences(w *wording.Words, told api.Preview) (list []string) {
	r := told.Request
	if r.Open() { // an erasure was granted
		list = append(list, w.Say("desk.preview.erased"))
	} else {
		list = append(list, w.Say("desk.preview.ends", "state", w.Term("request-state", r.State)))
	}
	if r.FilesUntil != "" {
		list = append(list, w.Say("desk.preview.files", "date", w.Day(r.FilesUntil)))
	}
	if !r.Open() && r.Next != "" {
		list = append(list, w.Say("desk.preview.appeal", "date", w.Day(r.Next)))
	}
	if r.Complaint != nil {
		list = append(list, w.Say("desk.preview.complaint"))
	}
	return append(list, w.Say("desk.preview.for-good"))
}
