package handler

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// proposalRoutes are those of steps that need a second member of the staff.
var proposalRoutes = []route{
	acts("POST /v1/operator/people/{person}/data-requests/{id}/case/proposals", "case.propose", inPath, (*API).postProposal),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/case/approvals", "case.approve", inPath, (*API).postApproval),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/case/rejections", "case.reject", inPath, working("case-verdict/1", rejection)),
}

// secondEyes lists the choices that a second member of the staff has to approve.
func secondEyes(cat *catalogue.Catalogue, r statement.Request, choices []datarequest.Choice) []datarequest.Act {
	list := []datarequest.Act{}
	for _, c := range choices {
		if cat.DataRequests.SecondEyesFor(c.Act, r.Type) {
			list = append(list, c.Act)
		}
	}
	return list
}

// proposal returns the step that awaits its approval, or nil.
func (a *API) proposal(ctx context.Context, r *request, asked statement.Request) (*api.Proposal, error) {
	if cat, _ := a.Registrar.Catalogue.Current(); len(cat.DataRequests.SecondEyes) == 0 || asked.State.Decided() {
		return nil, nil
	}
	file, err := a.cases().Read(ctx, r.caseLedger())
	if err != nil || file.Proposal == nil {
		return nil, err
	}
	rec, p, err := file.Proposed()
	if err != nil {
		return nil, err
	}
	out := &api.Proposal{Of: rec.Seq, At: rec.Time(), Mine: rec.Staff == r.staff.id}
	return out, json.Unmarshal(p.Step, &out.Step)
}

// postStepAlone takes a data request one step on, unless a second member of the staff has to approve
// the step.
func (a *API) postStepAlone(ctx context.Context, r *request, body api.Step, o *order) error {
	if cat, _ := a.Registrar.Catalogue.Current(); len(cat.DataRequests.SecondEyes) > 0 {
		asked, err := a.Registrar.Find(ctx, r.subject, r.PathValue("id"))
		if err != nil {
			return err
		}
		if cat.DataRequests.SecondEyesFor(body.Act, asked.Type) {
			return casefile.ErrSecondEyes
		}
	}
	if err := a.postStep(ctx, r, body, o); err != nil {
		return err
	}
	return a.keepFiles(ctx, r, o.Command)
}

// postProposal proposes a step. A step that is not possible now is refused, as if it were taken.
func (a *API) postProposal(ctx context.Context, r *request) (*gateway.Answer, error) {
	var body api.Step
	if err := r.body("request-step/1", &body); err != nil {
		return nil, err
	}
	o := order{as: a.context(r)}
	if err := a.postStep(ctx, r, body, &o); err != nil {
		return nil, err
	}
	if _, err := a.Registrar.Preview(ctx, r.subject, o.Command, o.as); err != nil {
		return nil, err
	}
	last, err := a.lastOf(ctx, r)
	if err != nil {
		return nil, err
	}
	step, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	proposed, err := json.Marshal(casefile.Proposal{Step: step, Receipt: last.Seq})
	if err != nil {
		return nil, err
	}
	return working("request-step/1", func(*request, api.Step) casefile.Sent {
		return casefile.Sent{Act: casefile.Act{Did: casefile.Propose, Step: proposed}}
	})(a, ctx, r)
}

// lastOf returns what the newest receipt about the request of the path says of it.
func (a *API) lastOf(ctx context.Context, r *request) (registrar.Stated, error) {
	all, _, err := a.Registrar.Statements(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return registrar.Stated{}, err
	}
	return all[len(all)-1], nil
}

// rejection reads why a proposal is rejected, or taken back.
func rejection(_ *request, body api.Verdict) casefile.Sent {
	return casefile.Sent{Act: casefile.Act{Did: casefile.Reject, Of: body.Of, Text: freetext.Clean(body.Text)}}
}

// approvable returns the proposal of that number, if somebody may approve it. Whoever approved it
// may do so again, since they may not know whether the step was taken.
func approvable(file *casefile.File, of uint64, who string) (p casefile.Proposal, again bool, err error) {
	again = slices.ContainsFunc(file.Records, func(r *casefile.Record) bool { return r.Did == casefile.Approve && r.Of == of && r.Staff == who })
	if again {
		file = casefile.NewFile(file.Records[:of]) // as it was before
	}
	rec, p, err := file.Proposed()
	switch {
	case err != nil:
		return p, again, err
	case rec.Seq != of:
		return p, again, casefile.ErrMoved
	case rec.Staff == who:
		return p, again, casefile.ErrOwn
	}
	return p, again, nil
}

// approved returns the command of a proposed step. Unless it was approved before, the step has to
// be possible now, and no receipt about the request may be newer than the proposal.
func (a *API) approved(ctx context.Context, r *request, p casefile.Proposal, again bool) (o order, received time.Time, err error) {
	all, _, err := a.Registrar.Statements(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return o, received, err
	}
	last := all[len(all)-1]
	var step api.Step
	if err := json.Unmarshal(p.Step, &step); err != nil {
		return o, received, err
	}
	o.as = a.context(r)
	if err := a.postStep(ctx, r, step, &o); err != nil {
		return o, received, err
	}
	cmd := o.Command.(consent.AdvanceRequest)
	if cmd.Stood = &last.Request; last.Seq != p.Receipt {
		cmd.Stood = new(statement.Request) // as none stands: what was not taken so far is not taken any more
	}
	o.Command = cmd
	if !again {
		_, err = a.Registrar.Preview(ctx, r.subject, cmd, o.as)
	}
	return o, last.Received, err
}

// postApproval takes the step that a colleague proposed, exactly as it was proposed, and answers
// with its receipt. The approval is recorded first, so that nobody can take back what is carried
// out. Both have keys that belong to the proposal and to whoever approves it: if something is lost
// on the way they can send the approval again, and there is one receipt.
func (a *API) postApproval(ctx context.Context, r *request) (*gateway.Answer, error) {
	media, err := r.accept("application/json", receipt.MediaType)
	if err != nil {
		return nil, err
	}
	var body api.Verdict
	if err := r.body("case-verdict/1", &body); err != nil {
		return nil, err
	}
	file, err := a.cases().Read(ctx, r.caseLedger())
	if err != nil {
		return nil, err
	}
	proposed, again, err := approvable(file, body.Of, r.staff.id)
	if err != nil {
		return nil, err
	}
	o, received, err := a.approved(ctx, r, proposed, again)
	if err != nil {
		return nil, err
	}
	key := fmt.Sprintf("proposal\n%d of %s, by %s", body.Of, r.PathValue("id"), r.staff.id) // no Idempotency-Key has a line break
	sent := casefile.Sent{
		Act: casefile.Act{Staff: r.staff.id, Role: r.staff.role, Did: casefile.Approve, Of: body.Of},
		Key: sha256.Sum256([]byte("case\x00" + key)), Received: received,
	}
	sent.Case, _ = r.caseReference() // byStaff checked it
	if _, err := a.cases().Append(ctx, r.caseLedger(), sent); err != nil {
		return nil, err
	}
	if err := a.keepFiles(ctx, r, o.Command); err != nil {
		return nil, err
	}
	result, err := a.Registrar.Do(ctx, r.subject, key, o.Command, o.as)
	if err != nil {
		return nil, err
	}
	return given(r, result, media, http.StatusCreated)
}
