package desk

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"time"

	"consent-receipts/functions/internal/portal/cards"
	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

var requestPages = shell.Pages{
	"GET /desk/people/{person}/requests/{id}":  shell.SignedIn(showRequest),
	"POST /desk/people/{person}/requests/{id}": acts(step),

	"POST /desk/people/{person}/requests/{id}/proposal": acts(answerProposal),
}

// requestPage is one data request, with the steps that are possible.
type requestPage struct {
	shell.Form
	cards.Request
	N         *page.Names
	Due       deadline // of an open request
	History   []cards.Step
	Steps     []stepChoice
	Identity  identityPanel
	Proposal  *proposed // the step that awaits a second pair of eyes
	Proposed  bool      // it was proposed just now
	Why       string    // it is rejected
	Meanwhile string    // says that the request has moved on while the form was filled in

	Reason, Note, Date string
	answerForm
	Answers []shell.Choice // templates of the words to the person
	used    bool           // the text of a template was put into the form just now

	Work  *work  // of the staff, beside the steps
	Noted string // a note for colleagues, as its form was filled in

	act  string // the act that was chosen
	acts bool   // whoever looks may act
	use  string // the template that was chosen
}

// GoesOn is the field to go on with once a template was used: whether nothing is held, where that
// has to be said, and else the words.
func (p *requestPage) GoesOn() string {
	switch {
	case !p.used:
		return ""
	case p.AsksNothing && p.act == string(datarequest.Complete):
		return "nothing_held"
	}
	return "note"
}

// Enter is what Enter does in a field of the form. See [shell.Carries].
func (p *requestPage) Enter() string {
	switch {
	case p.acts && p.Proposal != nil && p.Proposal.Mine:
		return "change" // the page as it is: nothing is taken back but by the button for it
	case p.acts && p.Proposal != nil:
		return "look"
	case len(p.Steps) > 0:
		return "on"
	}
	return ""
}

// Lines are the lines of a text that somebody else wrote.
func (requestPage) Lines(text string) []string { return freetext.Lines(text) }

// Later reports whether an event was recorded at least a minute after it happened.
func (requestPage) Later(s cards.Step) bool { return s.Recorded.Sub(s.At) >= time.Minute }

// stepChoice is an act that the staff can choose.
type stepChoice struct {
	shell.Choice
	Reasons []shell.Choice
	Wrong   bool // the act was chosen without a reason, or with a wrong date
	Dates   *datarequest.Span
	Asks    string // what the date is, and how it is given
	Hint    string
	Date    string // as the form was filled in
}

func showRequest(v *shell.Visit) error {
	return renderRequest(v, &requestPage{})
}

// apiPath is the API's path of the data request that the page is about.
func apiPath(v *shell.Visit) string {
	return v.Ledger().Request(v.R.PathValue("id"))
}

// renderRequest shows a data request, and the form as it was filled in.
func renderRequest(v *shell.Visit, p *requestPage) error {
	l, err := shell.Get[api.Life](v, apiPath(v))
	if err != nil {
		return err
	}
	n, err := v.Names("")
	if err != nil {
		return err
	}
	if p.Request, err = cards.WholeRequest(v, n, l.Request, nil); err != nil {
		return err
	}
	p.N, p.History = n, cards.StepsOf(l.History)
	if err = p.await(v, l.Request.Request); err != nil {
		return err
	}
	p.answers(v.Texts.In(l.Language), l.Answers)
	possible := slices.ContainsFunc(l.Choices, func(c datarequest.Choice) bool { return string(c.Act) == p.act })
	if p.act != "" && (p.Status == http.StatusConflict || !possible) {
		if err := p.tooLate(v); err != nil {
			return err
		}
	}
	if p.Work, err = workOn(v); err != nil {
		return err
	}
	p.Proposal, p.Proposed = proposalOf(v.Words, l.Proposal), v.R.URL.Query().Has("proposed")
	if v.Session.Role == operator && p.Proposal == nil { // one thing at a time: a proposal is answered first
		p.Steps = steps(v, l.Choices, p)
		p.fill(v, l)
	}
	p.acts = v.Session.Role == operator
	return v.RenderForm("request", v.Words.Say("desk.request.title", "what", p.What), p)
}

// answers lists the templates, each with its language, and puts the text of the chosen one into the
// form. If it is for one act alone, and none was chosen, that act is chosen.
func (p *requestPage) answers(theirs *wording.Words, templates []api.Answer) {
	for _, a := range templates {
		label := a.Title + " (" + theirs.Say("language.name") + ")"
		p.Answers = append(p.Answers, shell.Choice{ID: a.ID, Label: label, Checked: a.ID == p.use})
		if a.ID != p.use {
			continue
		}
		if p.Note, p.used = a.Text, true; p.act == "" && len(a.Acts) == 1 {
			p.act = string(a.Acts[0])
		}
	}
}

// await says what an open request needs next, and counts the days until then, as the list of
// requests does. While the clock stands still there is nothing to count.
func (p *requestPage) await(v *shell.Visit, r statement.Request) error {
	current, err := v.CurrentCatalogue()
	if err != nil {
		return err
	}
	next := datarequest.Awaited(r)
	p.Next = cmp.Or(confirming(v.Words, next, r.Due), p.Next)
	if days, ok := datarequest.DaysLeft(next, current.DataRequests.Today(r.Rule, v.Now())); ok {
		p.Due.count(v.Words, days)
	}
	return nil
}

// tooLate says that the request has moved on since the form was opened. Nothing else that may
// be wrong with the form matters then. The page has a new form, with a key of its own.
func (p *requestPage) tooLate(v *shell.Visit) (err error) {
	p.Status, p.act, p.Error = http.StatusConflict, "", ""
	if p.Meanwhile = v.Words.Say("desk.meanwhile.moved"); !p.Open {
		p.Meanwhile = v.Words.Say("desk.meanwhile.answered")
	}
	p.Key, err = v.Random()
	return err
}

// steps lists the acts that are possible.
func steps(v *shell.Visit, choices []datarequest.Choice, p *requestPage) (steps []stepChoice) {
	for _, c := range choices {
		s := stepChoice{Choice: shell.Choice{
			ID: string(c.Act), Label: v.Words.Term("act", c.Act), Explained: consequence(v.Words, c), Checked: string(c.Act) == p.act,
		}}
		if len(c.Reasons) > 0 {
			s.Reasons = options(v, "", "request-reason", c.Reasons, p.Reason)
			s.Wrong = p.Field == "reason-"+s.ID
		}
		if s.Dates = c.Dates; s.Dates != nil {
			key := "desk.step." + dateOf(c.Act)
			s.Asks, s.Hint = v.Words.Say(key), v.Words.Say(key+"-hint", "from", v.Words.Day(s.Dates.From), "until", v.Words.Day(s.Dates.Until))
			s.Wrong = p.Field == "date-"+s.ID
			if s.Checked {
				s.Date = p.Date
			}
		}
		steps = append(steps, s)
	}
	return steps
}

// dateOf is the member of api.Step that has the date of an act.
func dateOf(act datarequest.Act) string {
	if act == datarequest.SetDue {
		return "due"
	}
	return "received"
}

// consequence says what an act makes of a request.
func consequence(w *wording.Words, c datarequest.Choice) string {
	key := "desk.becomes"
	switch {
	case c.Becomes.Ended():
		key = "desk.becomes-ended"
	case c.Due != "":
		key = "desk.becomes-due"
	}
	return w.Say(key, "state", w.Term("request-state", c.Becomes), "date", w.Day(c.Due))
}

// step shows the form again with the words of a template, shows what the chosen act would come to,
// or carries it out. An act that decides is shown first.
func step(v *shell.Visit) error {
	form := v.R.PostForm
	act, does := form.Get("act"), form.Get("go")
	p := &requestPage{act: act, Reason: form.Get("reason-" + act), Note: v.Text("note"), Date: form.Get("date-" + act)}
	p.read(v)
	switch does {
	case "use":
		p.use = form.Get("answer")
		return renderRequest(v, p)
	case "change", "language":
		return renderRequest(v, p)
	}
	body := p.body(v)
	if p.Error != "" {
		return renderRequest(v, p)
	}
	err := carryOut(v, body, does)
	refused, ok := errors.AsType[*api.Problem](err)
	switch {
	case ok && refused.Status == http.StatusConflict:
		p.Status = http.StatusConflict
	case ok && refused.Status == http.StatusBadRequest && p.Date != "":
		p.Wrong(true, "date-"+act, v.Words.Say("desk.step.date-wrong"))
	case ok && refused.Status == http.StatusBadRequest && p.refused(v, &p.Form, body.Act):
	default:
		return err
	}
	return renderRequest(v, p)
}

// carryOut shows what a step that decides would come to, or takes a step. A step that a colleague has
// to approve is proposed instead.
func carryOut(v *shell.Visit, step api.Step, does string) error {
	if step.Act.Decides() && does != "record" {
		return preview(v, step, false)
	}
	err := v.Submit(apiPath(v)+"/steps", step)
	if shell.Refused(err, "second-eyes") != nil {
		return propose(v, step)
	}
	return err
}

// body checks the form, and reads the step from it.
func (p *requestPage) body(v *shell.Visit) api.Step {
	form, act := v.R.PostForm, p.act
	p.Wrong(act == "", "act", v.Words.Say("desk.step.act-wrong"))
	// The form has these fields only for an act that takes a reason, or a date.
	p.Wrong(form.Has("reason-"+act) && p.Reason == "", "reason-"+act, v.Words.Say("desk.step.reason-wrong"))
	body := api.Step{Act: datarequest.Act(act), Reason: p.Reason, Note: p.Note}
	if body.Act == datarequest.SetDue {
		body.Due = p.Date
		p.Wrong(p.Date == "", "date-"+act, v.Words.Say("desk.step.date-wrong"))
		p.Wrong(p.Note == "", "note", v.Words.Say("desk.step.why-wrong"))
	} else {
		body.Received = p.Date
	}
	p.say(&body)
	checkAct(v, &p.Form, "note", p.Note)
	return body
}
