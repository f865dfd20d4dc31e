// Package door lets somebody without an account ask for something about their data. Whoever
// asks is a contact, whose ledger has receipts as a person's does. A contact is known by an
// address of e-mail, which they prove by opening a link that was sent to it; or by nothing, and
// then the staff verifies who they are before it answers.
//
// Nothing is kept before the request is sent: the link says what was chosen. Whether anybody
// knows the address is never looked up, so that no answer can tell.
package door

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// Channel is the channel in the receipts of contacts.
const Channel = "contact-form"

// PagePath is the path of the page of a link, without the link.
const PagePath = "/ask/"

// AgainPath is the page on which a contact asks for a new link, by the number of a request. No
// link is as short as its last segment.
const AgainPath = PagePath + "again"

// Refusals, beside those of packages consent and mail.
var (
	// ErrNoMail: this service sends no mails, so nobody can prove an address.
	ErrNoMail = errors.New("no mails are sent here")
	// ErrLate: the time in which the request of a link could be sent is over.
	ErrLate = errors.New("the link has expired")
)

// MaxMails is how many mails a mailbox gets in a day (UTC).
const MaxMails = 3

// Door has what it takes. All fields are set, but Send where no mails are sent.
type Door struct {
	Registrar  *registrar.Registrar
	Pseudonyms *pseudonym.Maker
	Tickets    ledger.Tickets
	Links      *Links
	Rand       io.Reader
	Send       mail.Send
	Page       string // the URL of the page of a link, without the link: it ends with PagePath
}

// Prove sends a link for a request of a type to an address. It sends nothing, and says nothing
// of it, to a mailbox that has had its mails of the day.
func (d *Door) Prove(ctx context.Context, address string, t statement.RequestType, language string) error {
	to, err := d.reachable(address)
	if err != nil {
		return err
	}
	link := Link{Address: to, Type: t, Language: language}
	text, err := d.link(&link)
	if err != nil {
		return err
	}
	return d.send(ctx, to, func() (mail.Message, error) { return d.mail(link, "mail", "link", d.Page+text), nil })
}

// Again sends a new link to a request that was sent from an address, by its number: its id, or the
// characters with which that begins. Where the address has no such request the mail says so: so
// whoever reads the mails learns it, and whoever asks does not. The bound is that of Prove; beyond
// it no ledger is read.
func (d *Door) Again(ctx context.Context, address, number, language string) error {
	to, err := d.reachable(address)
	if err != nil {
		return err
	}
	return d.send(ctx, to, func() (mail.Message, error) { return d.about(ctx, Link{Address: to, Language: language}, number) })
}

// about is the mail with a new link to the request with a number, or of there being none.
func (d *Door) about(ctx context.Context, link Link, number string) (m mail.Message, err error) {
	asked, err := d.numbered(ctx, link, number)
	if errors.Is(err, registrar.ErrNotFound) {
		return d.mail(link, "unknown", "number", number), nil
	}
	if err != nil {
		return m, err
	}
	link.Request, link.Type = asked.ID, asked.Type
	text, err := d.Links.write(&link)
	if err != nil {
		return m, err
	}
	return d.mail(link, "again", "number", number, "link", d.Page+text), nil
}

// lookback is how many receipts are read at once.
const lookback = 50

// numbered finds the newest request of a contact whose id begins so.
func (d *Door) numbered(ctx context.Context, l Link, number string) (asked statement.Request, err error) {
	whose, err := d.Whose(l)
	if err != nil {
		return asked, err
	}
	for to := uint64(ledger.MaxSeq); to > 0; {
		page, err := d.Registrar.Latest(ctx, whose, to, lookback)
		if err != nil {
			return asked, err
		}
		for _, rec := range page {
			requests, err := receipt.Decode[statement.Request](rec.Request)
			if err != nil {
				return asked, fmt.Errorf("%w: entry %d: %w", registrar.ErrCorrupt, rec.Seq, err)
			}
			for _, r := range requests {
				if strings.HasPrefix(r.ID, number) {
					return r, nil
				}
			}
		}
		if to = 0; len(page) == lookback {
			to = page[lookback-1].Seq - 1
		}
	}
	return asked, fmt.Errorf("%w: data request", registrar.ErrNotFound)
}

// reachable reads an address to which a mail can be sent.
func (d *Door) reachable(address string) (mail.Address, error) {
	if d.Send == nil {
		return "", ErrNoMail
	}
	return mail.Parse(address)
}

// send has a mail written and sends it, unless the mailbox has had its mails of the day: then nothing is
// read for it.
func (d *Door) send(ctx context.Context, to mail.Address, write func() (mail.Message, error)) error {
	if allowed, err := d.admit(ctx, to); err != nil || !allowed {
		return err
	}
	m, err := write()
	if err != nil {
		return err
	}
	if err := d.Send(ctx, m); err != nil {
		return fmt.Errorf("%w: the mail was not sent: %w", ledger.ErrBusy, err)
	}
	return nil
}

// Unproven returns a link for a request of a type by somebody who proves nothing.
func (d *Door) Unproven(t statement.RequestType, language string) (string, error) {
	return d.link(&Link{Type: t, Language: language})
}

// link makes a link, unless nobody can ask for this here.
func (d *Door) link(l *Link) (text string, err error) {
	cat, _ := d.Registrar.Catalogue.Current()
	rule := statement.Rule(cat.DataRequests.RuleFor(string(l.Type)))
	if _, err := cat.DataRequests.Own.Clause(rule, l.Type); err != nil || l.Type.Follows() {
		return "", fmt.Errorf("%w: no such request can be made here", consent.ErrInvalid)
	}
	return d.Links.write(l)
}

// admit counts a mail to a mailbox, and reports whether it may be sent. The count is a row of
// tickets, of which each caller takes the first that is free.
func (d *Door) admit(ctx context.Context, to mail.Address) (bool, error) {
	mailbox, err := d.Pseudonyms.Contact(to.Mailbox())
	if err != nil {
		return false, err
	}
	mark := make([]byte, 16)
	if _, err := io.ReadFull(d.Rand, mark); err != nil {
		return false, err
	}
	day := d.Registrar.Clock().Format(time.DateOnly)
	for n := range MaxMails {
		kept, err := d.Tickets.PutTicket(ctx, fmt.Sprintf("door/%s/%s/%d", mailbox, day, n+1), mark)
		if err != nil || bytes.Equal(kept, mark) {
			return err == nil, err
		}
	}
	return false, nil
}

// mail is a mail to whoever asks for a link. It says nothing of the person, nor for what they ask.
func (d *Door) mail(l Link, key string, values ...any) mail.Message {
	cat, _ := d.Registrar.Catalogue.Current()
	w := words.In(l.Language).InZone(cat.DataRequests.Timezone)
	values = append(values, "until", w.Moment(l.Sendable()), "kept", w.Date(l.Readable()))
	return written(cat, w, l.Address, key, values...)
}

// words are those of the mails.
var words = wording.Load(wording.Door)

// Submit sends the request of a link, with details in the contact's own words. The same link
// again returns the same receipt. One who proved nothing is asked by the same act to say to the
// staff who they are, if the rule allows that.
func (d *Door) Submit(ctx context.Context, l Link, details string) (*registrar.Result, error) {
	if l.Request != "" {
		return nil, fmt.Errorf("%w: this link shows a request that was sent", registrar.ErrMismatch)
	}
	if !d.Registrar.Clock().Before(l.Sendable()) {
		if _, err := d.Request(ctx, l); err != nil { // one who sends it again gets its receipt
			return nil, fmt.Errorf("%w: the request could be sent until %s", ErrLate, l.Sendable().Format(time.RFC3339))
		}
	}
	whose, err := d.Whose(l)
	if err != nil {
		return nil, err
	}
	sent, err := d.Registrar.Do(ctx, whose, l.ID, consent.RequestData{Type: string(l.Type), Details: details}, l.context())
	if err != nil || l.Address != "" {
		return sent, err
	}
	asked, err := requestOf(sent.Claims)
	if err != nil {
		return nil, err
	}
	_, err = d.Registrar.Do(ctx, whose, l.ID, consent.AdvanceRequest{ID: asked.ID, Act: datarequest.AskIdentity}, bySystem)
	if errors.Is(err, consent.ErrRequest) { // the rule lets nobody ask, or the staff was faster
		err = nil
	}
	return sent, err
}

// TakeBack withdraws the request of a link.
func (d *Door) TakeBack(ctx context.Context, l Link) (*registrar.Result, error) {
	id, err := d.Request(ctx, l)
	if err != nil {
		return nil, err
	}
	whose, err := d.Whose(l)
	if err != nil {
		return nil, err
	}
	return d.Registrar.Do(ctx, whose, l.ID, consent.TakeBack{ID: id}, l.context())
}

// Request returns the id of the request of a link. registrar.ErrNotFound: it was not sent yet.
func (d *Door) Request(ctx context.Context, l Link) (id string, err error) {
	if l.Request != "" {
		return l.Request, nil
	}
	whose, err := d.Whose(l)
	if err != nil {
		return "", err
	}
	rec, err := d.Registrar.Answer(ctx, whose, consent.RequestData{}, l.ID)
	if err != nil {
		return "", err
	}
	asked, err := requestOf(rec.Claims)
	return asked.ID, err
}

// Whose names the ledger of whoever has a link: that of the address, or one of this link alone.
func (d *Door) Whose(l Link) (ledger.Subject, error) {
	if l.Address == "" {
		return ledger.Contact(l.ID), nil
	}
	id, err := d.Pseudonyms.Contact(string(l.Address))
	return ledger.Contact(id), err
}

// requestOf returns the one request that a receipt states.
func requestOf(c receipt.Claims) (asked statement.Request, err error) {
	requests, err := receipt.Decode[statement.Request](c.Request)
	if err == nil && len(requests) != 1 {
		err = fmt.Errorf("%w: receipt %d states %d requests", registrar.ErrCorrupt, c.Seq, len(requests))
	}
	if err != nil {
		return asked, err
	}
	return requests[0], nil
}

// context says that the contact acts, and what is known of them. The entry keeps the address
// sealed, because the staff has nothing else to answer to.
func (l Link) context() consent.Context {
	evidence := statement.Evidence{Level: statement.EvidenceNone, Channel: Channel}
	if l.Address != "" {
		evidence.Level = statement.EvidenceEmail
	}
	return consent.Context{
		Actor: statement.Actor{Role: statement.RoleSubject}, Evidence: evidence, Language: l.Language, Customer: string(l.Address),
	}
}

// bySystem is the context of what follows from a request at once.
var bySystem = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSystem},
	Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: Channel},
}
