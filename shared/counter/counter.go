// Package counter opens the data requests of other systems in people's ledgers, and reports
// their state. It knows no protocol's messages: functions/internal/protocols reads and writes
// these.
package counter

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/drp"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// Counter opens requests of other systems in people's ledgers. Besides, it keeps tickets: the
// party, its name for the request, and the request opened here. A ticket has no personal data
// except the pseudonym. A Counter is safe for concurrent use, and its results are durable.
// All fields are set; Match is needed only for agents.
type Counter struct {
	Registrar  *registrar.Registrar
	Pseudonyms *pseudonym.Maker
	Tickets    ledger.Tickets
	Match      Match
}

// Match finds the customer whom an agent describes; the controller's own systems know their
// customers. It returns the customer's number, which pseudonym.Check accepts, or a reason to
// deny: no-such-person, identity-not-proven or fraud-suspected.
type Match func(ctx context.Context, person *drp.Person) (customer, refusal string, err error)

// stub is the part of a request from outside that is kept first.
type stub struct {
	Origin   Origin                `json:"origin"`
	Digest   string                `json:"digest"`
	Type     statement.RequestType `json:"type"`
	Received time.Time             `json:"received"`
}

// outcome is the request opened in a person's ledger, or empty if there is none.
type outcome struct {
	Subject string `json:"subject,omitempty"`
	Request string `json:"request,omitempty"`
	Refusal string `json:"refusal,omitempty"`
}

// back links a request in a ledger to its ticket.
type back struct {
	Ticket  string `json:"ticket"`
	Subject string `json:"subject"`
}

// idOf returns the id of a ticket: a UUID of version 8 (RFC 9562, 5.8) by SHA-256.
func idOf(key string) string {
	return uuid.NewHash(sha256.New(), uuid.NameSpaceURL, []byte(key), 8).String()
}

// Open opens a request. The same Key again, even concurrently, returns the present state of
// the request that it opened; with another Digest it is ErrMismatch. A request under no rule
// is ErrNotCovered; an invalid customer number is ErrIdentifier. Until Open succeeds, no such
// request exists.
func (c *Counter) Open(ctx context.Context, r Request) (Ticket, error) {
	id := idOf(r.Key)
	kept, err := put(ctx, c.Tickets, "stub/"+id, stub{r.Origin, r.Digest, r.Type, c.Registrar.Clock()})
	switch {
	case err != nil:
		return Ticket{}, fault(err)
	case kept.Origin.Party != r.Origin.Party || kept.Digest != r.Digest:
		return Ticket{}, ErrMismatch
	}
	if t, err := c.view(ctx, id, kept); !errors.Is(err, ErrNotFound) {
		return t, err
	}
	became, err := c.enter(ctx, id, kept, r)
	if err != nil {
		return Ticket{}, fault(err)
	}
	if became.Request != "" { // the link is written before the outcome: a link from a request without an outcome does no harm
		if err := c.leadBack(ctx, id, became); err != nil {
			return Ticket{}, fault(err)
		}
	}
	if _, err := put(ctx, c.Tickets, "outcome/"+id, became); err != nil {
		return Ticket{}, fault(err)
	}
	return c.view(ctx, id, kept)
}

// maxJoined is the maximum number of tickets linked to one request in a ledger. There are
// several only if the person has the maximum of open requests: a request that stops
// processing then joins an open one.
const maxJoined = 16

// leadBack links a request in a ledger to a ticket, besides its other tickets. Beyond
// maxJoined there is no link, and the party has to ask for the state.
func (c *Counter) leadBack(ctx context.Context, id string, became outcome) error {
	for n := range maxJoined {
		kept, err := put(ctx, c.Tickets, backKey(became.Request, n), back{id, became.Subject})
		if err != nil || kept.Ticket == id {
			return err
		}
	}
	return nil
}

// backKey returns the key of the nth ticket of a request in a ledger.
func backKey(request string, n int) string {
	if n == 0 {
		return "request/" + request
	}
	return fmt.Sprintf("request/%s/%d", request, n)
}

// enter opens the request in the person's ledger.
func (c *Counter) enter(ctx context.Context, id string, kept stub, r Request) (outcome, error) {
	customer := r.CustomerID
	if r.Person != nil {
		var refusal string
		var err error
		if customer, refusal, err = c.Match(ctx, r.Person); err != nil {
			return outcome{}, fmt.Errorf("%w: %w", ErrBusy, err)
		}
		if refusal != "" {
			return outcome{Refusal: refusal}, nil
		}
	}
	subject, err := c.Pseudonyms.Of(customer)
	if err != nil {
		return outcome{}, fmt.Errorf("%w: %w", ErrIdentifier, err)
	}
	as := evidenced(kept.Origin, r.Submitted)
	as.Customer = customer
	result, err := c.Registrar.Do(ctx, ledger.Person(subject), "ticket/"+id, consent.RequestData{Type: string(kept.Type)}, as)
	if errors.Is(err, consent.ErrCap) && r.Person != nil { // the protocol can report this to an agent
		return outcome{Refusal: "excessive"}, nil
	}
	if err != nil {
		return outcome{}, err
	}
	var asked statement.Request
	if err := json.Unmarshal(result.Claims.Request[0].Value, &asked); err != nil {
		return outcome{}, err
	}
	return outcome{Subject: subject, Request: asked.ID}, nil
}

// evidenced returns the context of a party's command. A controller acts for itself, an agent
// on the person's authority. This service did not authenticate the person in either case.
func evidenced(origin Origin, submitted time.Time) consent.Context {
	party := origin.Party
	role := statement.RoleAgent
	if party.Protocol == DRP {
		role = statement.RoleAttorney
	}
	authority := statement.Facts{Law: origin.Law, Party: party.ID, Protocol: party.Protocol}.Authority()
	return consent.Context{
		Actor:      statement.Actor{Role: role, ID: party.ID, Authority: authority},
		Evidence:   statement.Evidence{Level: statement.EvidenceNone, Channel: party.Protocol},
		OccurredAt: submitted,
	}
}

// Find returns a request. A request by another party is ErrNotFound.
func (c *Counter) Find(ctx context.Context, of Party, id string) (Ticket, error) {
	key := id
	if of.Protocol == OpenDSR { // by the controller's own id
		key = idOf(of.Key(id))
	}
	kept, err := get[stub](ctx, c.Tickets, "stub/"+key)
	switch {
	case errors.Is(err, ledger.ErrNotFound), errors.Is(err, ledger.ErrInvalid), err == nil && kept.Origin.Party != of:
		return Ticket{}, ErrNotFound
	case err != nil:
		return Ticket{}, fault(err)
	}
	return c.view(ctx, key, kept)
}

// OfRequest returns the tickets of a request in a ledger, always in the same order. There are
// none if the person made the request themselves.
func (c *Counter) OfRequest(ctx context.Context, request string) (all []Ticket, err error) {
	for n := range maxJoined {
		way, err := get[back](ctx, c.Tickets, backKey(request, n))
		if errors.Is(err, ledger.ErrNotFound) {
			break
		}
		if err != nil {
			return nil, fault(err)
		}
		kept, err := get[stub](ctx, c.Tickets, "stub/"+way.Ticket)
		if err != nil {
			return nil, fault(err)
		}
		t, err := c.told(ctx, way.Ticket, kept, outcome{Subject: way.Subject, Request: request})
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// TakeBack withdraws a request for its party. A request that is already withdrawn is returned
// in its present state; one that has ended otherwise is ErrEnded.
func (c *Counter) TakeBack(ctx context.Context, of Party, id string) (Ticket, error) {
	ticket, err := c.Find(ctx, of, id)
	switch {
	case err != nil, ticket.State == statement.TakenBack:
		return ticket, err
	case ticket.State.Ended():
		return Ticket{}, ErrEnded
	}
	_, err = c.Registrar.Do(ctx, ledger.Person(ticket.at.Subject), "ticket/"+of.Key(id), consent.TakeBack{ID: ticket.at.Request}, evidenced(ticket.Origin, time.Time{}))
	switch {
	case errors.Is(err, consent.ErrNotFound), errors.Is(err, consent.ErrRequest):
		return Ticket{}, ErrEnded
	case err != nil:
		return Ticket{}, fault(err)
	}
	return c.Find(ctx, of, id)
}

// view returns the state of a stored request, or ErrNotFound while it has no outcome.
func (c *Counter) view(ctx context.Context, id string, kept stub) (Ticket, error) {
	became, err := get[outcome](ctx, c.Tickets, "outcome/"+id)
	if errors.Is(err, ledger.ErrNotFound) {
		return Ticket{}, ErrNotFound
	}
	if err != nil {
		return Ticket{}, fault(err)
	}
	return c.told(ctx, id, kept, became)
}

func (c *Counter) told(ctx context.Context, id string, kept stub, at outcome) (Ticket, error) {
	cat, _ := c.Registrar.Catalogue.Current()
	t := Ticket{ID: id, Origin: kept.Origin, Type: kept.Type, Received: kept.Received, Expected: kept.Received, Portal: cat.Review.URL, at: at}
	if kept.Origin.Party.Protocol == OpenDSR {
		t.ID = kept.Origin.ID
	}
	if at.Refusal != "" {
		t.State, t.Reason = statement.Denied, at.Refusal
		return t, nil
	}
	r, all, err := c.Registrar.Told(ctx, ledger.Person(at.Subject), at.Request)
	if err != nil {
		return Ticket{}, fault(err)
	}
	t.State, t.Due = r.State, r.Due
	if r.Due != "" {
		calendar, err := cat.DataRequests.Calendar(r.Rule)
		if err != nil {
			return Ticket{}, fault(err)
		}
		if t.Expected, err = calendar.EndOf(r.Due); err != nil {
			return Ticket{}, fault(err)
		}
	}
	switch r.State {
	case statement.Extended, statement.Denied, statement.PartlyCompleted:
		if all == nil {
			if all, _, err = c.Registrar.Statements(ctx, ledger.Person(at.Subject), at.Request); err != nil {
				return Ticket{}, fault(err)
			}
		}
	}
	for _, s := range all { // parts may have been added since
		if s.State == r.State && s.Reason != "" {
			t.Reason, t.Complaint = s.Reason, s.Complaint
		}
	}
	return t, nil
}

// put stores a note, and returns the note that is stored, which may be an earlier one.
func put[T any](ctx context.Context, tickets ledger.Tickets, key string, v T) (kept T, err error) {
	b, err := json.Marshal(v)
	if err != nil {
		return kept, err
	}
	there, err := tickets.PutTicket(ctx, key, b)
	if err != nil {
		return kept, err
	}
	return kept, json.Unmarshal(there, &kept)
}

func get[T any](ctx context.Context, tickets ledger.Tickets, key string) (v T, err error) {
	b, err := tickets.Ticket(ctx, key)
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(b, &v)
}

// fault maps an internal error to an error for a party.
func fault(err error) error {
	switch {
	case errors.Is(err, ErrBusy):
		return err
	case errors.Is(err, ledger.ErrBusy), errors.Is(err, registrar.ErrCorrupt), errors.Is(err, ledger.ErrUnavailable):
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case errors.Is(err, consent.ErrCap):
		return fmt.Errorf("%w: %w", ErrTooMany, err)
	case errors.Is(err, consent.ErrInvalid):
		return fmt.Errorf("%w: %w", ErrNotCovered, err)
	}
	return err
}
