// Package counter opens the requests of other systems in people's ledgers, and tells how
// they stand. It knows no protocol's messages: functions/internal/protocols reads and
// writes them.
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

// Counter takes requests from other systems to people's ledgers. What it keeps beside
// them are tickets: who asked, under which name, and what it became here; nothing of the
// person but their pseudonym. It is safe for concurrent use, and what it returns is
// durable. All fields are set, Match only where agents are served.
type Counter struct {
	Registrar  *registrar.Registrar
	Pseudonyms *pseudonym.Maker
	Tickets    ledger.Tickets
	Match      Match
}

// Match finds out which customer an agent speaks of, by what the agent says of the
// person: the controller's own systems know. It returns the customer's number, which
// pseudonym.Check allows, or a reason to deny: no-such-person, identity-not-proven or
// fraud-suspected.
type Match func(ctx context.Context, person *drp.Person) (customer, refusal string, err error)

// stub is what is kept of a request from outside, first of all.
type stub struct {
	Origin   Origin                `json:"origin"`
	Digest   string                `json:"digest"`
	Type     statement.RequestType `json:"type"`
	Received time.Time             `json:"received"`
}

// outcome is what became of it: a request in a person's ledger, or nothing.
type outcome struct {
	Subject string `json:"subject,omitempty"`
	Request string `json:"request,omitempty"`
	Refusal string `json:"refusal,omitempty"`
}

// back is where a request in a ledger came from.
type back struct {
	Ticket  string `json:"ticket"`
	Subject string `json:"subject"`
}

// idOf is the id of a ticket: a UUID of version 8 (RFC 9562, 5.8) by SHA-256.
func idOf(key string) string {
	return uuid.NewHash(sha256.New(), uuid.NameSpaceURL, []byte(key), 8).String()
}

// Open opens a request. The same Key again returns what then stands of the request that
// it opened, even concurrently; with another Digest it is ErrMismatch. What no rule covers
// is ErrNotCovered; a person whose customer number is none is ErrIdentifier. Until it succeeds there is no such request.
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
	if became.Request != "" { // before the outcome: a way back from nothing does no harm
		if err := c.leadBack(ctx, id, became); err != nil {
			return Ticket{}, fault(err)
		}
	}
	if _, err := put(ctx, c.Tickets, "outcome/"+id, became); err != nil {
		return Ticket{}, fault(err)
	}
	return c.view(ctx, id, kept)
}

// maxJoined is how many requests from elsewhere are told of one in a ledger. That is more
// than one only where a person has as many open as there can be: what stops something
// then joins what is open.
const maxJoined = 16

// leadBack notes that a request in a ledger came from a ticket, beside others that it came
// from. One too many has to ask how it stands.
func (c *Counter) leadBack(ctx context.Context, id string, became outcome) error {
	for n := range maxJoined {
		kept, err := put(ctx, c.Tickets, backKey(became.Request, n), back{id, became.Subject})
		if err != nil || kept.Ticket == id {
			return err
		}
	}
	return nil
}

// backKey is where the nth ticket of a request in a ledger is noted.
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
	result, err := c.Registrar.Do(ctx, subject, "ticket/"+id, consent.RequestData{Type: string(kept.Type)}, evidenced(kept.Origin, r.Submitted))
	if errors.Is(err, consent.ErrCap) && r.Person != nil { // agents can be told so
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

// evidenced is the context of what a party does. A controller acts for itself, an agent
// on the person's authority; neither did this service see the person.
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

// Find returns a request. One that another party made is ErrNotFound.
func (c *Counter) Find(ctx context.Context, of Party, id string) (Ticket, error) {
	key := id
	if of.Protocol == OpenDSR { // by the controller's own name of it
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

// OfRequest returns the tickets of a request in a ledger, in an order that stays; none: the
// person asked themselves.
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

// TakeBack ends a request for its party. One that was taken back already is returned as
// it stands; one that has ended otherwise is ErrEnded.
func (c *Counter) TakeBack(ctx context.Context, of Party, id string) (Ticket, error) {
	ticket, err := c.Find(ctx, of, id)
	switch {
	case err != nil, ticket.State == statement.TakenBack:
		return ticket, err
	case ticket.State.Ended():
		return Ticket{}, ErrEnded
	}
	_, err = c.Registrar.Do(ctx, ticket.at.Subject, "ticket/"+of.Key(id), consent.TakeBack{ID: ticket.at.Request}, evidenced(ticket.Origin, time.Time{}))
	switch {
	case errors.Is(err, consent.ErrNotFound), errors.Is(err, consent.ErrRequest):
		return Ticket{}, ErrEnded
	case err != nil:
		return Ticket{}, fault(err)
	}
	return c.Find(ctx, of, id)
}

// view tells how a kept request stands; ErrNotFound, while it has become nothing.
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
	r, all, err := c.Registrar.Find(ctx, at.Subject, at.Request)
	if err != nil {
		return Ticket{}, fault(err)
	}
	t.State, t.Due = r.State, r.Due
	if t.Expected, err = cat.DataRequests.EndOf(r.Due); err != nil {
		return Ticket{}, fault(err)
	}
	switch r.State {
	case statement.Extended, statement.Denied, statement.PartlyCompleted:
		if all == nil {
			if all, _, err = c.Registrar.Statements(ctx, at.Subject, at.Request); err != nil {
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

// put keeps a note, and returns the one that is kept.
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

// fault says what an error of the inside is to a party.
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
