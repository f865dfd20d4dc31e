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
	"consent-receipts/shared/statement"
)

var attachmentPages = shell.Pages{
	"POST /desk/people/{person}/requests/{id}/files":               acts(beginFile),
	"GET /desk/people/{person}/requests/{id}/files/{upload}":       shell.SignedIn(mayAct(showUploaded)),
	"POST /desk/people/{person}/requests/{id}/files/{upload}":      acts(addFile),
	"GET /desk/people/{person}/requests/{id}/attachments/{digest}": shell.SignedIn(cards.OpenFile),
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
	for _, s := range l.History {
		if s.Part != nil && s.Part.Attached {
			f.Attached = append(f.Attached, cards.FileOf(v.Words, *s.Part))
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

// uploadedPage is about a file that was uploaded and is not added yet.
type uploadedPage struct {
	shell.Form
	Page string // of the data request
}

func showUploaded(v *shell.Visit) error {
	return v.RenderForm("uploaded", v.Words.Say("desk.files.uploaded"), &uploadedPage{Page: pageOf(v)})
}

// addFile adds the uploaded file to the answer. It has a receipt, and the page of the request has
// the file then.
func addFile(v *shell.Visit) error {
	p := &uploadedPage{Page: pageOf(v)}
	checkAct(v, &p.Form, "case", "")
	if p.Error != "" {
		return v.RenderForm("uploaded", v.Words.Say("desk.files.uploaded"), p)
	}
	path := v.Ledger().Uploads(v.R.PathValue("id")) + "/" + v.R.PathValue("upload")
	_, err := shell.Ask[api.Given](v, http.MethodPost, path, nil, api.CaseReference, v.CaseOfForm())
	refused, ok := errors.AsType[*api.Problem](err)
	switch {
	case ok && refused.Slug() == "file-refused":
		p.Wrong(true, "uploaded", v.Words.Say("desk.files.refused"))
		return v.RenderForm("uploaded", v.Words.Say("desk.files.uploaded"), p)
	case err != nil:
		return err
	}
	return v.SeeOther(pageOf(v) + "#files")
}
