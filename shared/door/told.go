package door

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// Failures of Tell, beside those of the ledger and of package identity.
var (
	// ErrNotSent: as far as is known the mail was not sent. It may be tried again.
	ErrNotSent = errors.New("the mail was not sent")
	// ErrNotNoted: the mail was sent, and this could not be noted. It must not be tried again.
	ErrNotNoted = errors.New("the mail was sent and not noted")
)

// Teller tells contacts by mail what became of their requests. All fields are set.
type Teller struct {
	Registrar *registrar.Registrar
	Tickets   ledger.Tickets
	Identify  identity.Open
	Send      mail.Send
	Page      string // the URL of the page of a link, as of a Door
}

// Tell tells a contact of a receipt about a request, if the request is answered by it, denied or
// extended, ends without an answer, or waits for the contact. The mail has the number of the
// request, how it stands, and where to ask for a link, and nothing else of it. A note is kept of
// each mail, so that one receipt has one mail, however often this is called. Nobody is told who
// proved no address, nor of what a later receipt with a mail has overtaken.
func (t *Teller) Tell(ctx context.Context, whose ledger.Subject, seq uint64, id string) error {
	all, _, err := t.Registrar.Statements(ctx, whose, id)
	if err != nil {
		return err
	}
	at := newest(all)
	if at < 0 || all[at].Seq != seq {
		return nil
	}
	note := fmt.Sprintf("told/%s/%d", whose.ID(), seq)
	if _, err := t.Tickets.Ticket(ctx, note); !errors.Is(err, ledger.ErrNotFound) {
		return err
	}
	to, err := t.address(ctx, whose, id)
	if err != nil || to == "" {
		return err
	}
	if err := t.Send(ctx, t.mail(to, all[0], all[at-1], all[at])); err != nil {
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	if _, err := t.Tickets.PutTicket(ctx, note, []byte(t.Registrar.Clock().Format(time.RFC3339))); err != nil {
		return fmt.Errorf("%w: %w", ErrNotNoted, err)
	}
	return nil
}

// newest is the index of the newest receipt of which a contact is told, or -1.
func newest(all []registrar.Stated) int {
	for i := len(all) - 1; i > 0; i-- { // the first is their own request
		if news(all[i-1], all[i]) != "" {
			return i
		}
	}
	return -1
}

// asksBack stands for the state of a request whose clock stands still until the contact answers a
// question.
const asksBack statement.RequestState = "asks-back"

// told are the states of which a contact is told.
var told = []statement.RequestState{
	statement.WantsIdentity, statement.Extended, statement.ToBeErased, statement.Completed, statement.PartlyCompleted, statement.Denied, statement.Lapsed,
}

// news is what a contact is told of a receipt: the state of the request, or "" for nothing.
func news(before, now registrar.Stated) statement.RequestState {
	switch {
	case len(now.Pauses) > len(before.Pauses) && now.State == statement.InProgress:
		return asksBack
	case now.DueSet != nil && now.Due != before.Due:
		return statement.Extended
	case now.State != before.State && slices.Contains(told, now.State):
		return now.State
	}
	return ""
}

// address opens the address that a contact proved with a request, or "" if they proved none.
func (t *Teller) address(ctx context.Context, whose ledger.Subject, id string) (mail.Address, error) {
	sealed, err := t.Registrar.Sealed(ctx, whose, id)
	if errors.Is(err, registrar.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	opened, err := t.Identify(ctx, whose, sealed)
	if err != nil {
		return "", err
	}
	to, err := mail.Parse(opened)
	if err != nil {
		return "", fmt.Errorf("%w: %w", identity.ErrSealed, err)
	}
	return to, nil
}

// mail says how a request stands, in the language in which it was asked.
func (t *Teller) mail(to mail.Address, asked, before, now registrar.Stated) mail.Message {
	cat, _ := t.Registrar.Catalogue.Current()
	language := ""
	if asked.Labels != nil {
		language = asked.Labels.Language
	}
	w, number := words.In(cat.Language(language)), now.ID[:docket.NumberShown]
	return written(cat, w, to, "told", "number", number, "state", w.Term("request-state", news(before, now)), "link", t.Page+strings.TrimPrefix(AgainPath, PagePath)+"?number="+number)
}

// written is a mail in the words of a key.
func written(cat *catalogue.Catalogue, w *wording.Words, to mail.Address, key string, values ...any) mail.Message {
	values = append(values, "controller", cat.Parties[cat.Controller].Name)
	return mail.Message{To: to, Subject: w.Say(key+".subject", values...), Text: w.Say(key+".text", values...)}
}
