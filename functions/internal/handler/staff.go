package handler

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/statement"
)

var staffRoutes = []route{
	byPerson("GET /v1/audit", "receipts", asking((*API).getAudit)),
	reads("POST /v1/operator/people", "person.find", inBody, asking((*API).postPeople)),
	reads("GET /v1/operator/people/{person}/audit", "audit.read", inPath, asking((*API).getAudit)),
	reads("GET /v1/operator/audit", "audit.day", nobody, asking((*API).getDay)),
}

// staff is a member of the controller's staff who calls a route.
type staff struct {
	id   string // a pseudonym: records name it, and only the controller knows whose it is
	role string // operator or auditor
}

// staffOf returns the member of staff to whom a verified token belongs.
func (a *API) staffOf(call gateway.Call) (*staff, error) {
	id, err := a.Pseudonyms.Staff(call.Claims["sub"])
	if err != nil {
		return nil, gateway.Errorf(gateway.ErrUnauthenticated, "the token's claim %q does not name anybody: %v", "sub", err)
	}
	role := "auditor"
	if slices.Contains(call.Scopes, api.ScopeOperator) {
		role = "operator"
	}
	return &staff{id: id, role: role}, nil
}

// caseReference returns the header Case-Reference, or "" if there is none.
func (r *request) caseReference() (string, error) {
	reference := r.header(api.CaseReference)
	if reference != "" && !consent.ValidCase(reference) {
		return "", gateway.Errorf(gateway.ErrInvalidParameter, "Case-Reference must be 1 to 64 letters, digits, and . _ / -")
	}
	return reference, nil
}

// reads makes a route by which the staff reads.
func reads(pattern, did string, about whom, serve serveFunc) route {
	return byStaff(pattern, did, false, about, serve, api.ScopeOperator, api.ScopeAuditor)
}

// acts makes a route by which an operator acts. They have to say for which case.
func acts(pattern, did string, about whom, serve serveFunc) route {
	return byStaff(pattern, did, true, about, serve, api.ScopeOperator)
}

// byStaff serves the controller's staff, and no other code uses the scopes of the staff.
// Before anything is read or done, it records who is about to do so in the audit ledger of
// the person concerned; if that fails, nothing is read or done. No other code puts the
// person, or the member of staff, into a request.
func byStaff(pattern, did string, act bool, about whom, serve serveFunc, scopes ...string) route {
	to := gateway.Route{Pattern: pattern, Scopes: scopes, Function: "operator", Recorded: did}
	return route{to, func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		if err := r.call.Check(scopes...); err != nil {
			return nil, err
		}
		caller, err := a.staffOf(r.call)
		if err != nil {
			return nil, err
		}
		r.staff = caller
		subject, thing, err := about(a, r)
		if err != nil {
			return nil, err
		}
		reference, err := r.caseReference()
		if err != nil {
			return nil, err
		}
		if act && reference == "" {
			return nil, gateway.Errorf(gateway.ErrInvalidParameter, "Case-Reference must say for which case you act")
		}
		where := audit.OfDay(a.Registrar.Clock())
		if subject != (ledger.Subject{}) {
			where = audit.Of(subject)
		}
		record := looks.Act{Staff: r.staff.id, Role: r.staff.role, Did: did, Case: reference, About: thing, Reason: r.reason}
		if err := a.Audit.Append(ctx, where, record); err != nil {
			return nil, err
		}
		r.subject = subject
		return serve(a, ctx, r)
	}}
}

// whom finds out whom a request of the staff is about: a person, or the zero Subject for
// nobody in particular. The thing is the id of the data request, or the number of the
// receipt, that the request is about, or "". A signed record will have all of it, so whom
// refuses a text that does not have the form of these.
type whom func(*API, *request) (subject ledger.Subject, thing string, err error)

func nobody(*API, *request) (subject ledger.Subject, thing string, err error) { return }

// inPath returns the person whom the path names, with the request or receipt that the path
// names.
func inPath(_ *API, r *request) (subject ledger.Subject, thing string, err error) {
	id, seq := r.PathValue("id"), r.PathValue("seq")
	if subject, err = ledger.ParseWhom(r.PathValue("person")); err != nil {
		return ledger.Subject{}, "", noSuch("person")
	}
	if id != "" {
		if parsed, err := uuid.Parse(id); err != nil || parsed.String() != id {
			return ledger.Subject{}, "", noSuch("data request")
		}
	}
	if seq != "" {
		if _, err := number("seq", seq, 1, ledger.MaxSeq); err != nil {
			return ledger.Subject{}, "", noSuch("receipt")
		}
	}
	return subject, id + seq, nil // a path names at most one of them
}

// customerInPath is inPath of somebody with an account: of nobody else it is known here which
// consents are theirs.
func customerInPath(a *API, r *request) (subject ledger.Subject, thing string, err error) {
	if subject, thing, err = inPath(a, r); err == nil && subject.Kind() == ledger.KindContact {
		return ledger.Subject{}, "", noSuch("person with an account")
	}
	return subject, thing, err
}

// inPathOfReceipt returns the person whom the path names, with the receipt that the body
// names.
func inPathOfReceipt(a *API, r *request) (subject ledger.Subject, thing string, err error) {
	if subject, _, err = inPath(a, r); err != nil {
		return ledger.Subject{}, "", err
	}
	var body consent.Annul
	if err := r.body(annulmentSchema, &body); err != nil {
		return ledger.Subject{}, "", err
	}
	return subject, strconv.FormatUint(body.Seq, 10), nil
}

// inBody returns the person whom the body names by the number under which the controller
// knows them. The number is in no URL and in no log.
func inBody(a *API, r *request) (subject ledger.Subject, thing string, err error) {
	var body api.Find
	invalid := r.body("person/1", &body)
	if invalid != nil && body.Customer == "" {
		return ledger.Subject{}, "", invalid
	}
	pseudonym, err := a.Pseudonyms.Of(body.Customer)
	if err != nil { // the words explain the pattern of the schema
		return ledger.Subject{}, "", gateway.Errorf(gateway.ErrInvalidBody, "customer: %v", err)
	}
	return ledger.Person(pseudonym), "", invalid
}

// base returns the path below which the routes about the person of a request lie.
func (r *request) base() api.Ledger {
	switch {
	case r.staff != nil:
		return api.Of(r.subject.Whom())
	case r.subject.Kind() == ledger.KindContact:
		return api.Contact
	}
	return api.Own
}

// postPeople answers with the place where a person is found.
func (a *API) postPeople(ctx context.Context, r *request) (api.Found, error) {
	standing, err := a.Registrar.Standing(ctx, r.subject)
	return api.Found{Person: r.subject.Whom(), Receipts: standing.Seq}, err
}

// asStaff returns the context of what the staff does for a person. Nobody checked that the
// person wants it, but it is known who says so.
func (a *API) asStaff(r *request) consent.Context {
	reference, _ := r.caseReference() // byStaff checked it
	authority := statement.Facts{Case: reference}.Authority()
	return consent.Context{
		Actor:    statement.Actor{Role: statement.RoleAgent, ID: r.staff.id, Authority: authority},
		Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
	}
}

func listed(records []*looks.Record) []looks.Shown {
	out := []looks.Shown{}
	for _, rec := range records {
		out = append(out, rec.Shown())
	}
	return out
}

// maxLooks bounds how many records a bundle has. They take about 300 KB of it.
const maxLooks = 1000

// newestAudit returns the newest records about a person, oldest first, as JSON.
func (a *API) newestAudit(ctx context.Context, subject ledger.Subject) ([]byte, error) {
	var newest []*looks.Record
	for to := uint64(ledger.MaxSeq); len(newest) < maxLooks; {
		records, err := a.Audit.Latest(ctx, audit.Of(subject), to, pageSize)
		if err != nil {
			return nil, err
		}
		newest = append(newest, records...)
		if len(records) < pageSize || records[pageSize-1].Seq == 1 {
			break
		}
		to = records[pageSize-1].Seq - 1
	}
	slices.Reverse(newest)
	return json.MarshalIndent(api.Looks{Records: listed(newest)}, "", "  ")
}

// getAudit answers with the records of who of the staff looked at the person's data, or acted
// for the person.
func (a *API) getAudit(ctx context.Context, r *request) (*api.Looks, error) {
	return a.auditPage(ctx, r, audit.Of(r.subject), func(*looks.Record) bool { return true })
}

// getDay answers with the records of who of the staff listed or counted on a day (UTC), and
// of who read these records.
func (a *API) getDay(ctx context.Context, r *request) (*api.Looks, error) {
	day, err := time.Parse(time.DateOnly, r.query.Get("day"))
	if err != nil {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "day must be a date, such as 2026-12-31")
	}
	by := r.query.Get("staff")
	if r.query.Has("staff") && ledger.CheckID(by) != nil {
		return nil, gateway.Errorf(gateway.ErrInvalidParameter, "staff must be a pseudonym, as the records name it")
	}
	return a.auditPage(ctx, r, audit.OfDay(day), func(rec *looks.Record) bool { return by == "" || rec.Staff == by })
}

// auditPage answers with those records of a page of an audit ledger that are wanted.
func (a *API) auditPage(ctx context.Context, r *request, where ledger.Subject, wanted func(*looks.Record) bool) (*api.Looks, error) {
	order, from, err := r.order()
	if err != nil {
		return nil, err
	}
	list := a.Audit.List
	if order == api.NewestFirst {
		list = a.Audit.Latest
	}
	records, err := list(ctx, where, from, pageSize)
	if err != nil {
		return nil, err
	}
	var next uint64
	if len(records) == pageSize {
		last := records[pageSize-1].Seq
		if next = last + 1; order == api.NewestFirst {
			next = last - 1
		}
	}
	records = slices.DeleteFunc(records, func(rec *looks.Record) bool { return !wanted(rec) })
	return &api.Looks{Records: listed(records), Next: next}, nil
}
