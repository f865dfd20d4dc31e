package handler

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/casefile"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/ledger"
)

var caseRoutes = []route{
	reads("GET /v1/operator/people/{person}/data-requests/{id}/case", "case.read", inPath, asking((*API).getCase)),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/case/assignments", "case.assign", inPath, working("case-assignment/1", assignment)),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/case/notes", "case.note", inPath, working("case-text/1", text(casefile.Note))),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/case/drafts", "case.draft", inPath, working("case-text/1", text(casefile.Draft))),
}

// cases is the log of cases: on the store, and with the keys, of the audit.
func (a *API) cases() *casefile.Log { return (*casefile.Log)(a.Audit) }

// getCase answers with the staff's work on a data request. It is empty for a request that
// nobody worked on, and for one that there is not: nothing tells these apart but the request.
func (a *API) getCase(ctx context.Context, r *request) (*api.Case, error) {
	file, err := a.cases().Read(ctx, r.caseLedger())
	if err != nil {
		return nil, err
	}
	out := &api.Case{Me: r.staff.id, Records: []api.CaseRecord{}}
	for _, rec := range file.Records {
		out.Records = append(out.Records, shownRecord(rec))
	}
	return out, nil
}

func shownRecord(rec *casefile.Record) api.CaseRecord {
	return api.CaseRecord{Seq: rec.Seq, At: rec.Time(), Act: rec.Act, Record: rec.Raw}
}

// caseLedger is the ledger of the case that the path names.
func (r *request) caseLedger() ledger.Subject { return ledger.Case(r.subject, r.PathValue("id")) }

// working makes a route by which an operator acts on a case. The body follows the published
// schema of that name. The record of the act is the answer; if it was recorded before, with
// the same Idempotency-Key, that one is.
func working[B any](schema string, read func(*request, B) casefile.Sent) serveFunc {
	return func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		if _, err := r.accept("application/json"); err != nil { // refused before anything is written
			return nil, err
		}
		var body B
		if err := r.body(schema, &body); err != nil {
			return nil, err
		}
		key, err := r.idempotencyKey()
		if err != nil {
			return nil, err
		}
		asked, err := a.Registrar.Find(ctx, r.subject, r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		sent := read(r, body)
		sent.Key, sent.Received = sha256.Sum256([]byte("case\x00"+key)), asked.Received
		sent.Staff, sent.Role = r.staff.id, r.staff.role
		sent.Case, _ = r.caseReference() // byStaff checked it
		rec, err := a.cases().Append(ctx, r.caseLedger(), sent)
		if err != nil {
			return nil, err
		}
		return gateway.JSON(http.StatusCreated, shownRecord(rec))
	}
}

// assignment reads to whom a request is assigned.
func assignment(r *request, body api.CaseAssignment) casefile.Sent {
	with := r.colleague(body.With)
	if with == api.Nobody {
		with, body.Name = "", ""
	}
	return casefile.Sent{Act: casefile.Act{Did: casefile.Assign, With: with, Name: strings.TrimSpace(body.Name)}, Seen: body.Seen}
}

// colleague returns the pseudonym of a member of staff, where "me" stands for the caller's.
func (r *request) colleague(named string) string {
	if named == api.Me {
		return r.staff.id
	}
	return named
}

// text reads a note, or a draft. Its line breaks become LF, as in a receipt.
func text(did casefile.Did) func(*request, api.CaseText) casefile.Sent {
	return func(_ *request, body api.CaseText) casefile.Sent {
		sent := casefile.Sent{Act: casefile.Act{Did: did, Text: freetext.Clean(body.Text)}} // the schema refuses what is not clean
		if did == casefile.Draft {                                                          // a note takes nothing's place
			sent.Seen = body.Seen
		}
		return sent
	}
}
