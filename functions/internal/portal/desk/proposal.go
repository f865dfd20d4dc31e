package desk

import (
	"errors"
	"net/http"
	"strconv"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/wording"
)

// proposed is a step that awaits a second pair of eyes, in words.
type proposed struct {
	api.Proposal
	Act, Reason string
}

func proposalOf(w *wording.Words, p *api.Proposal) *proposed {
	if p == nil {
		return nil
	}
	out := &proposed{Proposal: *p, Act: w.Term("act", p.Step.Act)}
	if p.Step.Reason != "" {
		out.Reason = w.Term("request-reason", p.Step.Reason)
	}
	return out
}

// casePath is the API's path of the staff's work on the data request that the page is about.
func casePath(v *shell.Visit) string { return api.CaseOf(apiPath(v)) }

// requestPath is the path of the page of the data request.
func requestPath(v *shell.Visit) string {
	return Path + "/people/" + v.R.PathValue("person") + "/requests/" + v.R.PathValue("id")
}

// propose proposes a step to colleagues.
func propose(v *shell.Visit, step api.Step) error {
	if _, err := onCase(v, api.Proposals, step); err != nil {
		return err
	}
	return v.SeeOther(requestPath(v) + "?proposed=1")
}

// onCase sends an act on the case of the request, once.
func onCase(v *shell.Visit, path string, body any) (api.CaseRecord, error) {
	return shell.Ask[api.CaseRecord](v, http.MethodPost, casePath(v)+path, body, api.CaseReference, v.CaseOfForm(), api.IdempotencyKey, v.R.PostForm.Get("key"))
}

// answerProposal shows what a proposed step would come to, approves it, or rejects it.
func answerProposal(v *shell.Visit) error {
	p := &requestPage{Why: v.Text("why")}
	checkAct(v, &p.Form, "why", p.Why)
	of, err := strconv.ParseUint(v.R.PostForm.Get("of"), 10, 64)
	if p.Error != "" || err != nil {
		return renderRequest(v, p)
	}
	verdict := api.Verdict{Of: of}
	switch v.R.PostForm.Get("go") {
	case "look":
		err = lookOver(v, of)
	case "approve":
		err = v.Submit(casePath(v)+api.Approvals, verdict)
	case "reject":
		verdict.Text = p.Why
		if _, err = onCase(v, api.Rejections, verdict); err == nil {
			return v.SeeOther(requestPath(v))
		}
	default:
		return renderRequest(v, p)
	}
	if refused, ok := errors.AsType[*api.Problem](err); !ok || refused.Status != http.StatusConflict {
		return err
	}
	p.Status, p.Meanwhile = http.StatusConflict, v.Words.Say("desk.meanwhile.proposal")
	return renderRequest(v, p)
}

// lookOver shows what the proposed step would come to, with the buttons that answer the proposal.
func lookOver(v *shell.Visit, of uint64) error {
	l, err := shell.Get[api.Life](v, apiPath(v))
	if err != nil {
		return err
	}
	if l.Proposal == nil || l.Proposal.Of != of {
		return &api.Problem{Type: "case-moved", Status: http.StatusConflict}
	}
	return preview(v, l.Proposal.Step, true)
}
