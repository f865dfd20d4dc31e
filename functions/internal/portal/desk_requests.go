package portal

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
)

// deskRequestsPage lists data requests, what is due soonest on top.
type deskRequestsPage struct {
	form
	Requests  []requestCard
	Total     int
	States    []choice
	Types     []choice
	DueBefore string
	Next      string // where the next page is, or ""
}

func (v *visit) showDeskRequests() error {
	asked := v.r.URL.Query()
	query := api.RequestsQuery{State: asked.Get("state"), Type: asked.Get("type"), DueBefore: asked.Get("due_before"), Cursor: asked.Get("cursor")}
	if !asked.Has("state") {
		query.State = docket.Open
	}
	p := &deskRequestsPage{DueBefore: query.DueBefore}
	p.choices(v, query)
	if _, err := time.Parse(time.DateOnly, p.DueBefore); err != nil && p.DueBefore != "" {
		p.Error, p.Field = v.words.Say("desk.due-before-wrong"), "due_before"
		return v.renderForm("requests", v.words.Say("desk.requests.title"), p)
	}
	n, err := v.names("")
	if err != nil {
		return err
	}
	list, err := get[api.Requests](v, client.With(api.RequestsPath, query))
	if err != nil {
		return err
	}
	p.Total = list.Total
	for _, r := range list.Requests {
		card, err := v.requestCard(n, statement.RequestStatement{Request: statement.Request{
			ID: r.ID, Type: r.Type, State: r.State, Received: r.Received, Due: r.Due, Rule: r.Rule,
		}}, false, nil)
		if err != nil {
			return err
		}
		card.Person, card.Overdue = r.Person, r.Overdue
		p.Requests = append(p.Requests, card)
	}
	if list.Next > 0 {
		query.Cursor = strconv.Itoa(list.Next)
		p.Next = client.With(DeskPath+"/requests", query)
		if query.State == "" {
			p.Next += "&state=" // without it, the next page would show the open ones
		}
	}
	return v.renderForm("requests", v.words.Say("desk.requests.title"), p)
}

// choices are the states and types to choose from.
func (p *deskRequestsPage) choices(v *visit, asked api.RequestsQuery) {
	states := []string{docket.Open, docket.Overdue, docket.Ended, ""}
	for _, s := range statement.RequestStates() {
		if !slices.Contains(states, string(s)) {
			states = append(states, string(s))
		}
	}
	types := []string{""}
	for _, t := range append(statement.RequestTypes(), statement.Appeal) {
		types = append(types, string(t))
	}
	p.States, p.Types = v.options("desk.state", "request-state", states, asked.State), v.options("desk.type", "request", types, asked.Type)
}

// options are ids in words: of the desk's own kind, or of a kind that all know.
func (v *visit) options(own, kind string, ids []string, selected string) (list []choice) {
	for _, id := range ids {
		label := v.words.Term(kind, id)
		if key := own + "." + id; v.words.Has(key) {
			label = v.words.Say(key)
		}
		list = append(list, choice{ID: id, Label: label, Checked: id == selected})
	}
	return list
}

// deskRequestPage is one data request, with the steps that are possible.
type deskRequestPage struct {
	form
	requestCard
	N         *page.Names
	History   []api.Stated
	Steps     []stepChoice
	Meanwhile string // what became of it while the form was filled in

	Reason, Note string

	act string // that was chosen
}

// Lines show a text of others.
func (deskRequestPage) Lines(text string) []string { return freetext.Lines(text) }

// Later reports whether something was recorded noticeably later than it happened.
func (deskRequestPage) Later(s api.Stated) bool { return s.Recorded.Sub(s.At) >= time.Minute }

// stepChoice is an act to choose, in words.
type stepChoice struct {
	choice
	Reasons []choice
	Wrong   bool // its reason is missing
}

func (v *visit) showDeskRequest() error {
	return v.renderDeskRequest(&deskRequestPage{})
}

func (v *visit) requestPath() string {
	return v.ledger().Request(v.r.PathValue("id"))
}

// renderDeskRequest shows a data request, and the form as it was filled in.
func (v *visit) renderDeskRequest(p *deskRequestPage) error {
	l, err := get[api.Life](v, v.requestPath())
	if err != nil {
		return err
	}
	n, err := v.names("")
	if err != nil {
		return err
	}
	if p.requestCard, err = v.requestCard(n, l.Request, true, nil); err != nil {
		return err
	}
	p.N, p.History, p.Overdue = n, l.History, l.Overdue
	possible := slices.ContainsFunc(l.Choices, func(c datarequest.Choice) bool { return string(c.Act) == p.act })
	if p.act != "" && (p.status == http.StatusConflict || !possible) {
		p.status, p.act, p.Error = http.StatusConflict, "", "" // whatever is wrong with the form, it is too late for it
		if p.Meanwhile = v.words.Say("desk.meanwhile.moved"); !p.Open {
			p.Meanwhile = v.words.Say("desk.meanwhile.answered")
		}
	}
	if v.session.Role == operator {
		p.Steps = v.steps(l.Choices, p)
	}
	if p.Meanwhile != "" { // what is sent from here is another form
		if p.Key, err = v.random(); err != nil {
			return err
		}
	}
	return v.renderForm("request", v.words.Say("desk.request.title", "what", p.What), p)
}

// steps says the acts that are possible.
func (v *visit) steps(choices []datarequest.Choice, p *deskRequestPage) (steps []stepChoice) {
	for _, c := range choices {
		s := stepChoice{choice: choice{
			ID: string(c.Act), Label: v.words.Term("act", c.Act), Checked: string(c.Act) == p.act,
			Explained: v.words.Say("desk.becomes", "state", v.words.Term("request-state", c.Becomes)),
		}}
		if c.Due != "" {
			s.Explained = v.words.Say("desk.becomes-due", "state", v.words.Term("request-state", c.Becomes), "date", v.words.Day(c.Due))
		}
		if len(c.Reasons) > 0 {
			s.Reasons = v.options("", "request-reason", c.Reasons, p.Reason)
			s.Wrong = p.Field == "reason-"+s.ID
		}
		steps = append(steps, s)
	}
	return steps
}
