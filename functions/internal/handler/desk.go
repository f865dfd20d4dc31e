package handler

import (
	"bytes"
	"context"
	"net/http"
	"time"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

var deskRoutes = []route{
	reads("GET /v1/operator/people/{person}/data-requests/{id}", "data-request.read", inPath, asking((*API).getLife)),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/steps", "data-request.step", inPath, commanding("request-step/1", (*API).postStepAlone)),
	reads("GET /v1/operator/requests", "requests.list", nobody, asking((*API).getRequests)),
	reads("GET /v1/operator/requests/report", "requests.report", nobody, (*API).getReport),
	acts("POST /v1/operator/people/{person}/annulments", "annulment", inPathOfReceipt, commanding(annulmentSchema, (*API).postAnnulment)),
}

// maxReach bounds what one list or report reads, in months.
const maxReach = 36

// listSize is how many requests a list has at most.
const listSize = 200

// docketed hands the requests received in the months that the query names (?from= and
// ?until=, as YYYY-MM) to visit, some at a time.
func (a *API) docketed(ctx context.Context, r *request, visit func([]docket.Case)) (err error) {
	now := a.Registrar.Clock()
	from, until := now.AddDate(0, -docket.Reach, 0), now
	for name, moment := range map[string]*time.Time{"from": &from, "until": &until} {
		if !r.query.Has(name) {
			continue
		}
		if *moment, err = time.Parse("2006-01", r.query.Get(name)); err != nil {
			return gateway.Errorf(gateway.ErrInvalidParameter, "%s must be a month, such as 2026-11", name)
		}
	}
	if months := len(docket.Months(from, until)); months == 0 || months > maxReach {
		return gateway.Errorf(gateway.ErrInvalidParameter, "from and until must be months in this order, and span 1 to %d months", maxReach)
	}
	return docket.Each(ctx, a.Docket, from, until, now, visit)
}

// today is the day in the controller's zone.
func (a *API) today() string {
	cat, _ := a.Registrar.Catalogue.Current()
	return cat.DataRequests.Day(a.Registrar.Clock())
}

// getRequests lists the data requests of all people. Those that are due first stand on top.
func (a *API) getRequests(ctx context.Context, r *request) (*api.Requests, error) {
	filter := docket.Filter{State: r.query.Get("state"), Type: statement.RequestType(r.query.Get("type")), DueBefore: r.query.Get("due_before")}
	if _, err := time.Parse(time.DateOnly, filter.DueBefore); err != nil && r.query.Has("due_before") {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "due_before must be a date, such as 2026-12-31")
	}
	if r.query.Has("state") && !docket.ValidState(filter.State) {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "state must be a state of a request, or open, ended, overdue or proposed")
	}
	if r.query.Has("type") && !filter.Type.Valid() {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "type must be a type of request")
	}
	if filter.Number = r.query.Get("number"); r.query.Has("number") && !docket.ValidNumber(filter.Number) {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "number must be the id of a request, or its first %d characters", docket.NumberShown)
	}
	if filter.Assigned = r.colleague(r.query.Get("assigned")); r.query.Has("assigned") && filter.Assigned != docket.Nobody && ledger.CheckID(filter.Assigned) != nil {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "assigned must be me, nobody, or the pseudonym of a member of staff")
	}
	after, err := r.number("cursor", 0, 1<<20, 0)
	if err != nil {
		return nil, err
	}
	today, wanted := a.today(), []docket.Case(nil)
	if err := a.docketed(ctx, r, func(some []docket.Case) { wanted = append(wanted, filter.Select(some, today)...) }); err != nil {
		return nil, err
	}
	docket.Sort(wanted)
	out := &api.Requests{Requests: []api.ListedRequest{}, Total: len(wanted)}
	for i := int(after); i < len(wanted) && i < int(after)+listSize; i++ {
		listed := api.ListedRequest{Case: wanted[i], Mine: wanted[i].With == r.staff.id, Overdue: !wanted[i].Ended && wanted[i].Overdue(today)}
		if left, ok := datarequest.DaysLeft(wanted[i].Next(), today); ok && !wanted[i].Ended {
			listed.DaysLeft = &left
		}
		out.Requests = append(out.Requests, listed)
	}
	if end := int(after) + listSize; end < len(wanted) {
		out.Next = end
	}
	return out, nil
}

// getLife answers how a data request stands, what its receipts say of it, and what the
// staff may do next.
func (a *API) getLife(ctx context.Context, r *request) (*api.Life, error) {
	out, err := a.life(ctx, r.subject, r.PathValue("id"), datarequest.Staff)
	if err != nil {
		return nil, err
	}
	out.Proposal, err = a.proposal(ctx, r, out.Request.Request)
	return out, err
}

// life is how a data request stands, what its receipts say of it, and what a party may do next.
func (a *API) life(ctx context.Context, whose ledger.Subject, id string, by datarequest.Party) (*api.Life, error) {
	all, newest, err := a.Registrar.Statements(ctx, whose, id)
	if err != nil {
		return nil, err
	}
	cat, _ := a.Registrar.Catalogue.Current()
	calendar, err := cat.DataRequests.Calendar(all[0].Rule)
	if err != nil {
		return nil, err
	}
	now := a.Registrar.Clock()
	last := all[len(all)-1]
	out := &api.Life{
		Request: all[0].RequestStatement, Overdue: cat.DataRequests.Overdue(last.Request, now), Parts: registrar.Parts(all),
		Choices: datarequest.Choices(last.Request, by, now, cat.DataRequests.Own, calendar),
	}
	out.Request.Request = last.Request // the state now, with what the person asked for
	if out.Choices == nil {
		out.Choices = []datarequest.Choice{}
	}
	if out.Language, err = languageOf(cat, all[0], newest); err != nil {
		return nil, err
	}
	out.Answers = answers(cat, out.Language, last.Request, out.Choices)
	out.SecondEyes = secondEyes(cat, last.Request, out.Choices)
	for _, s := range all {
		out.History = append(out.History, api.Stated{
			Seq: s.Seq, At: s.At, Recorded: s.Recorded, Event: s.Event, By: s.By, Party: s.Party, Protocol: s.Protocol,
			State: s.State, Due: s.Due, Reason: s.Reason, Case: s.Case, Note: s.Note, Part: s.Part,
		})
	}
	return out, nil
}

// postStep takes a data request one step on.
func (a *API) postStep(ctx context.Context, r *request, body api.Step, o *order) error {
	reference, err := r.caseReference()
	if err != nil {
		return err
	}
	cmd := consent.AdvanceRequest{
		ID: r.PathValue("id"), Act: body.Act, Reason: body.Reason, Due: body.Due, Received: body.Received,
		NothingHeld: body.NothingHeld, Withheld: body.Withheld, Note: body.Note, Case: reference,
	}
	if body.Act.Completes() {
		err = a.withFiles(ctx, r, &cmd)
	}
	o.Command = cmd
	return err
}

// annulmentSchema is that of an annulment's body.
const annulmentSchema = "annulment/1"

// postAnnulment corrects a receipt that should never have been issued. The digest of the
// receipt is the idempotency key, so each receipt is annulled once.
func (a *API) postAnnulment(ctx context.Context, r *request, body consent.Annul, o *order) error {
	cmd, err := a.Registrar.Annulment(ctx, r.subject, body)
	o.Command, o.key = cmd, cmd.Digest
	return err
}

// getReport counts the data requests, as JSON, or by type and rule as CSV.
func (a *API) getReport(ctx context.Context, r *request) (*gateway.Answer, error) {
	media, err := r.accept("application/json", "text/csv")
	if err != nil {
		return nil, err
	}
	today := a.today()
	report := docket.NewReport(today)
	if err := a.docketed(ctx, r, report.Add); err != nil {
		return nil, err
	}
	if media == "application/json" {
		return gateway.JSON(http.StatusOK, api.ReportOf(report, today))
	}
	var b bytes.Buffer
	if err := docket.WriteCSV(&b, report.Rows()); err != nil {
		return nil, err
	}
	res := gateway.With(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	res.Header["Content-Disposition"] = `attachment; filename="data-requests-` + today + `.csv"`
	return res, nil
}
