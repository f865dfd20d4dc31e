package door_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/door"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/statement"
)

// told is a contact's request at a house that tells what becomes of it.
type told struct {
	*house
	*door.Teller
	whose ledger.Subject
	id    string
}

func openTold(t *testing.T, address, language string) *told {
	t.Helper()
	h := open(t)
	var link door.Link
	if address != "" {
		must(t, h.Prove(t.Context(), address, statement.Access, language))
		var err error
		link, err = h.Links.Read(linkIn(t, h.mails[0]))
		must(t, err)
	} else {
		text, err := h.Unproven(statement.Access, language)
		must(t, err)
		link, err = h.Links.Read(text)
		must(t, err)
	}
	_, err := h.Submit(t.Context(), link, "All of it.")
	must(t, err)
	out := &told{house: h, whose: h.whose(t, link), Teller: &door.Teller{
		Registrar: h.Door.Registrar, Tickets: h.store, Identify: h.box.Open, Send: h.Door.Send, Page: h.Door.Page,
	}}
	out.id, err = h.Request(t.Context(), link)
	must(t, err)
	h.mails = nil
	return out
}

// step has the staff take the request on, and returns the number of the receipt.
func (d *told) step(t *testing.T, cmd consent.AdvanceRequest) uint64 {
	t.Helper()
	cmd.ID, cmd.Case = d.id, "C-1"
	return d.do(t, cmd)
}

// do has the staff do something, and returns the number of the receipt.
func (d *told) do(t *testing.T, cmd consent.Command) uint64 {
	t.Helper()
	d.now = d.now.Add(time.Hour)
	sent, err := d.Teller.Registrar.Do(t.Context(), d.whose, d.now.String(), cmd, consent.Context{
		Actor: statement.Actor{Role: statement.RoleAgent}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"},
	})
	must(t, err)
	return sent.Seq
}

// TestTell: a contact is told once of each receipt that answers, extends or ends the request or asks
// something back, in the language in which they asked, by a mail that has the number of the request
// and the state and nothing else of it.
func TestTell(t *testing.T) {
	for name, c := range map[string]struct {
		language string
		steps    []consent.AdvanceRequest
		says     string // of the last step; "" is no mail
	}{
		"acknowledged":   {"en", []consent.AdvanceRequest{{Act: datarequest.Acknowledge}}, ""},
		"started":        {"en", []consent.AdvanceRequest{{Act: datarequest.Start, Note: "Anna works on it."}}, ""},
		"identity":       {"es", []consent.AdvanceRequest{{Act: datarequest.AskIdentity}}, "Su estado es: a la espera de que acredite su identidad."},
		"extended":       {"en", []consent.AdvanceRequest{{Act: datarequest.Extend, Reason: "complexity"}}, "It is now: extended."},
		"date set":       {"en", []consent.AdvanceRequest{{Act: datarequest.SetDue, Due: "2026-12-28", Note: "We wait."}}, "It is now: extended."},
		"denied":         {"en", []consent.AdvanceRequest{{Act: datarequest.Start}, {Act: datarequest.Deny, Reason: "excessive", Note: "You asked last week."}}, "It is now: denied."},
		"answered":       {"en", []consent.AdvanceRequest{{Act: datarequest.Start}, {Act: datarequest.Complete, NothingHeld: true}}, "It is now: carried out."},
		"extended again": {"en", []consent.AdvanceRequest{{Act: datarequest.Extend, Reason: "complexity"}, {Act: datarequest.Start}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := openTold(t, alex, c.language)
			var last uint64
			for _, step := range c.steps {
				last = d.step(t, step)
			}
			for range 2 {
				must(t, d.Tell(t.Context(), d.whose, last, d.id))
			}
			if c.says == "" {
				if len(d.mails) > 0 {
					t.Errorf("told %+v", d.mails)
				}
				return
			}
			if len(d.mails) != 1 || d.mails[0].To != alex || !strings.Contains(d.mails[0].Text, c.says) || !strings.Contains(d.mails[0].Subject, d.id[:8]) {
				t.Fatalf("told %+v", d.mails)
			}
			text := d.mails[0].Text
			if !strings.Contains(text, "\nhttps://bank.example/ask/again?number="+d.id[:8]+"\n") {
				t.Errorf("no way to a link: %s", text)
			}
			for _, content := range []string{alex, d.id, d.whose.ID(), "access", "All of it", "last week", "We wait", "excessive", "complexity", "C-1"} {
				if strings.Contains(text+d.mails[0].Subject, content) {
					t.Errorf("the mail has %q: %s", content, text)
				}
			}
		})
	}
}

// TestTellOvertaken: what a later receipt with a mail has overtaken is not told, and what one without
// a mail followed is. A file that is added or taken out is no news.
func TestTellOvertaken(t *testing.T) {
	d := openTold(t, alex, "en")
	extended := d.step(t, consent.AdvanceRequest{Act: datarequest.Extend, Reason: "complexity"})
	file := consent.AddPart{ID: d.id, Case: "C-1", Part: statement.Part{
		Name: "data.csv", MediaType: "text/csv", Digest: statement.Digest([]byte("a")), Size: 1, Attached: true, Where: "https://bank.example/ask/again",
	}}
	for _, cmd := range []consent.Command{file, consent.RemoveFile(file)} {
		must(t, d.Tell(t.Context(), d.whose, d.do(t, cmd), d.id))
		if len(d.mails) > 0 {
			t.Fatalf("told of a file: %+v", d.mails)
		}
	}
	d.step(t, consent.AdvanceRequest{Act: datarequest.Start})
	must(t, d.Tell(t.Context(), d.whose, extended, d.id))
	if len(d.mails) != 1 {
		t.Errorf("told %+v", d.mails)
	}
	set := d.step(t, consent.AdvanceRequest{Act: datarequest.SetDue, Due: "2026-12-30", Note: "We wait."})
	denied := d.step(t, consent.AdvanceRequest{Act: datarequest.Deny, Reason: "excessive"})
	d.mails = nil
	must(t, d.Tell(t.Context(), d.whose, set, d.id))
	if len(d.mails) > 0 {
		t.Errorf("told of what was overtaken: %+v", d.mails)
	}
	must(t, d.Tell(t.Context(), d.whose, denied, d.id))
	if len(d.mails) != 1 {
		t.Errorf("told %+v", d.mails)
	}
}

// TestTellFails: a mail that was not sent may be tried again; one that was sent and could not be noted
// may not. Nobody is told who proved no address, or by an address that is sealed for somebody else.
func TestTellFails(t *testing.T) {
	d := openTold(t, alex, "en")
	denied := d.step(t, consent.AdvanceRequest{Act: datarequest.Deny, Reason: "excessive"})
	send := d.Teller.Send
	d.Teller.Send = func(context.Context, mail.Message) error { return errors.New("throttled") }
	if err := d.Tell(t.Context(), d.whose, denied, d.id); !errors.Is(err, door.ErrNotSent) || strings.Contains(err.Error(), alex) {
		t.Errorf("%v", err)
	}
	d.Teller.Send = send
	sealed := d.Identify
	d.Identify = func(ctx context.Context, _ ledger.Subject, text string) (string, error) {
		return sealed(ctx, ledger.Contact(strings.Repeat("x", 43)), text)
	}
	if err := d.Tell(t.Context(), d.whose, denied, d.id); !errors.Is(err, identity.ErrSealed) || len(d.mails) > 0 {
		t.Errorf("%v, %+v", err, d.mails)
	}
	d.Identify = sealed
	d.Tickets = unwritten{d.store}
	if err := d.Tell(t.Context(), d.whose, denied, d.id); !errors.Is(err, door.ErrNotNoted) || len(d.mails) != 1 {
		t.Errorf("%v, %+v", err, d.mails)
	}
	unproven := openTold(t, "", "en")
	denied = unproven.step(t, consent.AdvanceRequest{Act: datarequest.Deny, Reason: "excessive"})
	if err := unproven.Tell(t.Context(), unproven.whose, denied, unproven.id); err != nil || len(unproven.mails) > 0 {
		t.Errorf("%v, %+v", err, unproven.mails)
	}
}

// unwritten keeps no note.
type unwritten struct{ ledger.Tickets }

func (unwritten) PutTicket(context.Context, string, []byte) ([]byte, error) {
	return nil, ledger.ErrUnavailable
}
