package desk

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/freetext"
)

var casePages = shell.Pages{
	"POST /desk/people/{person}/requests/{id}/assign": acts(assign),
	"POST /desk/people/{person}/requests/{id}/note":   acts(takeNote),
}

// work is what the staff did on a data request, beside its steps.
type work struct {
	With  string // who works on it, in words
	Seen  uint64 // the record that says so, or 0
	Staff []shell.Choice
	Notes []note // the newest first

	Contact *contact // of the request of somebody without an account
	Case    string   // for which its forms act
}

// note is something that a member of staff wrote for colleagues, or a draft of the answer.
type note struct {
	By    string
	At    time.Time
	Draft bool
	Lines []string
}

// workOn reads the staff's work on the request that the page is about.
func workOn(v *shell.Visit) (*work, error) {
	read, err := shell.Get[api.Case](v, api.CaseOf(apiPath(v)))
	if err != nil {
		return nil, err
	}
	file := read.File()
	names := file.Names()
	called := func(staff string) string { return colleague(v.Words, staff, names[staff], staff == read.Me) }
	out := &work{Case: caseOfRequest(v), Contact: contactOf(v, file)}
	with, staff := "", []string{read.Me, ""}
	if file.Assigned != nil {
		with, out.Seen = file.Assigned.With, file.Assigned.Seq
	}
	for _, r := range slices.Backward(file.Records) {
		staff = append(staff, r.Staff, r.With)
		if r.Did == casefile.Note || r.Did == casefile.Draft {
			out.Notes = append(out.Notes, note{By: called(r.Staff), At: r.Time(), Draft: r.Did == casefile.Draft, Lines: freetext.Lines(r.Text)})
		}
	}
	out.With = called(with)
	for i, id := range staff {
		if id != with && !slices.Contains(staff[:i], id) {
			choice := shell.Choice{ID: id, Label: called(id)}
			if id == "" {
				choice.ID = api.Nobody
			}
			out.Staff = append(out.Staff, choice)
		}
	}
	return out, nil
}

// caseOfRequest is the case for which the staff works on the request that the page is about: the
// case in hand, or else the number of the request, for whoever came from the list looked nobody up.
func caseOfRequest(v *shell.Visit) string {
	if in := v.CaseInHand(); in != "" {
		return in
	}
	id := v.R.PathValue("id")
	return id[:min(docket.NumberShown, len(id))]
}

// assign says who works on the request.
func assign(v *shell.Visit) error {
	seen, err := strconv.ParseUint(v.R.PostForm.Get("seen"), 10, 64)
	if err != nil {
		return shell.Refusal(http.StatusBadRequest, "invalid-body")
	}
	with := v.R.PostForm.Get("with")
	body := api.CaseAssignment{With: with, Seen: &seen}
	if read, err := shell.Get[api.Case](v, api.CaseOf(apiPath(v))); err != nil {
		return err
	} else if with == read.Me {
		body.Name = nameOf(v)
	} else if with != api.Nobody {
		body.Name = read.File().Names()[with]
	}
	err = workAct(v, api.Assignments, body)
	if shell.Refused(err, "case-moved") == nil {
		return err
	}
	p := &requestPage{Meanwhile: v.Words.Say("desk.work.moved")}
	p.Status = http.StatusConflict
	return renderRequest(v, p)
}

// takeNote keeps a note for colleagues.
func takeNote(v *shell.Visit) error {
	p := &requestPage{Noted: v.Text("work-note")}
	p.Wrong(p.Noted == "", "work-note", v.Words.Say("desk.work.note-wrong"))
	v.CheckLength(&p.Form, "work-note", p.Noted)
	if p.Error != "" {
		return renderRequest(v, p)
	}
	return workAct(v, api.Notes, api.CaseText{Text: p.Noted})
}

// workAct carries out an act on the case of the request, once however often its form is sent, and
// leads back to the request. The forms of the page share a key, so the act goes along with it.
func workAct(v *shell.Visit, act string, body any) error {
	key := v.R.PostForm.Get("key") + act
	if _, err := v.Call(http.MethodPost, api.CaseOf(apiPath(v))+act, body, api.CaseReference, v.CaseOfForm(), api.IdempotencyKey, key); err != nil {
		return err
	}
	return v.SeeOther(Path + "/people/" + v.R.PathValue("person") + "/requests/" + v.R.PathValue("id") + "#work")
}
