package desk

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/attachment"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/statement"
)

var attachmentPages = shell.Pages{
	"POST /desk/people/{person}/requests/{id}/files":               acts(beginFile),
	"GET /desk/people/{person}/requests/{id}/files/{upload}":       shell.SignedIn(mayAct(showUploaded)),
	"POST /desk/people/{person}/requests/{id}/files/{upload}":      acts(addFile),
	"GET /desk/people/{person}/requests/{id}/attachments/{digest}": shell.SignedIn(cards.OpenFile),

	"GET /desk/people/{person}/requests/{id}/out/{digest}":  shell.SignedIn(mayAct(showRemoval)),
	"POST /desk/people/{person}/requests/{id}/out/{digest}": acts(removeFile),
}

// answerForm is what the page of a data request has for the contents of the answer.
type answerForm struct {
	Attached []cards.File
	Attaches bool // files can be added

	AsksNothing bool // an answer in full has to say that nothing is held
	Nothing     bool
	LeavesOut   []leftOut // an answer in part has to say what it leaves out; nil: it does not
}

// leftOut is a row of the form for something that a partial answer leaves out.
type leftOut struct {
	N    int
	What string
	Why  []shell.Choice // the first one, which is empty, is the reason of the step
	why  string
}

// leftOutRows is how many rows the form has.
const leftOutRows = 3

// fill adds what the request has and what its next steps need.
func (f *answerForm) fill(v *shell.Visit, l api.Life) {
	for _, p := range l.Parts {
		if p.Attached {
			f.Attached = append(f.Attached, cards.FileOf(v.Words, p.Part))
		}
	}
	rows := f.LeavesOut
	f.LeavesOut = nil
	for _, c := range l.Choices {
		f.AsksNothing = f.AsksNothing || c.NothingHeld
		f.Attaches = f.Attaches || c.Act == datarequest.Complete && l.Request.Type.HasParts()
		if !c.Withheld {
			continue
		}
		f.LeavesOut = slices.Grow(rows, leftOutRows)[:leftOutRows]
		for i := range f.LeavesOut {
			row := &f.LeavesOut[i]
			row.N = i + 1
			row.Why = append([]shell.Choice{{Label: v.Words.Say("desk.answer.why-same")}}, options(v, "", "request-reason", c.Reasons, row.why)...)
		}
	}
}

// read takes what the form says of the answer.
func (f *answerForm) read(v *shell.Visit) {
	f.Nothing = v.R.PostForm.Get("nothing_held") != ""
	for n := 1; n <= leftOutRows; n++ {
		f.LeavesOut = append(f.LeavesOut, leftOut{N: n, What: v.Text("what-" + strconv.Itoa(n)), why: v.R.PostForm.Get("why-" + strconv.Itoa(n))})
	}
}

// say puts what the form says of the answer into a step that takes it.
func (f *answerForm) say(step *api.Step) {
	switch step.Act {
	case datarequest.Complete:
		step.NothingHeld = f.Nothing
	case datarequest.CompletePartly:
		for _, row := range f.LeavesOut {
			if row.What != "" {
				step.Withheld = append(step.Withheld, statement.Withheld{What: row.What, Why: cmp.Or(row.why, step.Reason)})
			}
		}
	}
}

// refused says what is missing in the answer, if the API refuses a step for that. It reports
// whether the step can lack something.
func (f *answerForm) refused(v *shell.Visit, form *shell.Form, act datarequest.Act) bool {
	switch act {
	case datarequest.Complete:
		form.Wrong(true, "nothing_held", v.Words.Say("desk.answer.nothing-wrong"))
	case datarequest.CompletePartly:
		form.Wrong(true, "what-1", v.Words.Say("desk.answer.without-wrong"))
	default:
		return false
	}
	return true
}

// pageOf is the address of the page of the data request.
func pageOf(v *shell.Visit) string {
	return Path + "/people/" + v.R.PathValue("person") + "/requests/" + v.R.PathValue("id")
}

// beginFile asks for the form of an upload, and shows it. The browser sends the file to where the
// form says, and comes back to showUploaded.
func beginFile(v *shell.Visit) error {
	p := &uploadPage{Name: v.Text("name"), Page: pageOf(v)}
	declared := attachment.Declared{Name: p.Name, MediaType: attachment.MediaTypeOf(p.Name)}
	p.Wrong(declared.Check() != nil, "name", v.Words.Say("desk.files.name-wrong"))
	checkAct(v, &p.Form, "name", p.Name)
	if p.Error != "" {
		return v.RenderForm("upload", v.Words.Say("desk.files.title"), p)
	}
	upload, err := shell.Ask[api.Upload](v, http.MethodPost, v.Ledger().Uploads(v.R.PathValue("id")), api.NewAttachment{
		Name: declared.Name, MediaType: declared.MediaType, Back: v.BaseURL + pageOf(v) + "/files",
	}, api.CaseReference, v.CaseOfForm())
	if err != nil {
		return err
	}
	p.Upload, p.Accept = &upload, declared.MediaType
	if err := v.AllowFormTo(upload.Action); err != nil {
		return err
	}
	return v.RenderForm("upload", v.Words.Say("desk.files.title"), p)
}

// uploadPage has the form by which a file is uploaded; or, without it, the one for the file's name.
type uploadPage struct {
	shell.Form
	Name   string
	Accept string // the media type that the browser offers
	Upload *api.Upload
	Page   string // of the data request
}

// filePage asks whether a file is to be added to the answer, or taken out of it.
type filePage struct {
	shell.Form
	Page        string // of the data request
	Title, What string
	Do          string // what the button says
}

func uploadedFile(v *shell.Visit) *filePage {
	w := v.Words
	return &filePage{Page: pageOf(v), Title: w.Say("desk.files.uploaded"), What: w.Say("desk.files.uploaded-what"), Do: w.Say("desk.files.add")}
}

func (p *filePage) render(v *shell.Visit) error { return v.RenderForm("file", p.Title, p) }

func showUploaded(v *shell.Visit) error { return uploadedFile(v).render(v) }

// addFile adds the uploaded file to the answer. It has a receipt, and the page of the request has
// the file then.
func addFile(v *shell.Visit) error {
	p := uploadedFile(v)
	checkAct(v, &p.Form, "case", "")
	if p.Error != "" {
		return p.render(v)
	}
	path := v.Ledger().Uploads(v.R.PathValue("id")) + "/" + v.R.PathValue("upload")
	_, err := shell.Ask[api.Given](v, http.MethodPost, path, nil, api.CaseReference, v.CaseOfForm())
	refused, ok := errors.AsType[*api.Problem](err)
	switch {
	case ok && refused.Slug() == "file-refused":
		p.Wrong(true, "uploaded", v.Words.Say("desk.files.refused"))
		return p.render(v)
	case err != nil:
		return err
	}
	return v.SeeOther(pageOf(v) + "#files")
}

// removal asks whether the file that the address names is to be taken out of the answer.
func removal(v *shell.Visit) (*filePage, error) {
	l, err := shell.Get[api.Life](v, apiPath(v))
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(l.Parts, func(p manifest.StatedPart) bool { return p.Digest == v.R.PathValue("digest") })
	if i < 0 {
		return nil, shell.Refusal(http.StatusNotFound, "not-found")
	}
	w := v.Words
	title := w.Say("desk.files.remove-title", "name", cards.FileOf(w, l.Parts[i].Part).Name)
	return &filePage{Page: pageOf(v), Title: title, What: w.Say("desk.files.remove-what"), Do: w.Say("desk.files.remove")}, nil
}

func showRemoval(v *shell.Visit) error {
	p, err := removal(v)
	if err != nil {
		return err
	}
	return p.render(v)
}

// removeFile takes a file out of the answer.
func removeFile(v *shell.Visit) error {
	var form shell.Form
	if checkAct(v, &form, "case", ""); form.Error != "" {
		p, err := removal(v)
		if err != nil {
			return err
		}
		p.Form = form
		return p.render(v)
	}
	path := v.Ledger().Attachment(v.R.PathValue("id"), v.R.PathValue("digest"))
	if _, err := shell.Ask[api.Given](v, http.MethodDelete, path, nil, api.CaseReference, v.CaseOfForm()); err != nil {
		return err
	}
	return v.SeeOther(pageOf(v) + "#files")
}
