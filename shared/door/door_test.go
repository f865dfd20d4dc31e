package door_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/door"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/bolt"
	"consent-receipts/shared/mail"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

var must = errtest.None

// house has a door whose clock the test moves, and whose mails the test reads.
type house struct {
	*door.Door
	now   time.Time
	store *bolt.Store
	box   *identity.Box

	mu    sync.Mutex
	mails []mail.Message
}

const alex = "alex@example.com"

func open(t *testing.T) *house {
	t.Helper()
	h := &house{now: registrartest.Begin, store: registrartest.Ledger(t)}
	clock := func() time.Time { return h.now }
	desk := registrartest.New(t, registrartest.Setup{Store: h.store, Now: clock})
	var err error
	h.box, err = identity.NewBox(bytes.Repeat([]byte{4}, identity.KeySize))
	must(t, err)
	desk.Seal = h.box.Seal
	pseudonyms, err := pseudonym.NewMaker(bytes.Repeat([]byte{1}, pseudonym.KeySize), desk.Compiled.Catalogue.Identity.Namespace)
	must(t, err)
	links, err := door.NewLinks(bytes.Repeat([]byte{2}, 32), rand.Reader, clock)
	must(t, err)
	h.Door = &door.Door{
		Registrar: desk.Registrar, Pseudonyms: pseudonyms, Tickets: h.store, Links: links, Rand: rand.Reader, Page: "https://bank.example/ask/",
		Send: func(_ context.Context, m mail.Message) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.mails = append(h.mails, m)
			return nil
		},
	}
	return h
}

// mailed asks for access, and returns the link of the mail.
func (h *house) mailed(t *testing.T, address string) door.Link {
	t.Helper()
	n := len(h.mails)
	must(t, h.Prove(t.Context(), address, statement.Access, "en"))
	if len(h.mails) != n+1 {
		t.Fatal("there is no mail")
	}
	link, err := h.Links.Read(linkIn(t, h.mails[n]))
	must(t, err)
	return link
}

func (h *house) whose(t *testing.T, l door.Link) ledger.Subject {
	t.Helper()
	whose, err := h.Whose(l)
	must(t, err)
	return whose
}

func linkIn(t *testing.T, m mail.Message) string {
	t.Helper()
	_, after, ok := strings.Cut(m.Text, "\nhttps://bank.example/ask/")
	text, _, ended := strings.Cut(after, "\n")
	if !ok || !ended {
		t.Fatalf("the mail has no link on a line of its own: %s", m.Text)
	}
	return text
}

// TestProven: a mail is sent, and nothing else happens before the request is sent by its link.
// Its receipt says how the contact is known, and has no address; the same link has one request.
func TestProven(t *testing.T) {
	h := open(t)
	link := h.mailed(t, alex)
	if m := h.mails[0]; m.To != alex || m.Subject != "Your request to First Example Bank" || strings.Contains(m.Text, alex) || strings.Contains(m.Text, "access") {
		t.Errorf("%+v", m)
	}
	whose := h.whose(t, link)
	if _, err := h.store.Newest(t.Context(), whose); !errors.Is(err, ledger.ErrNotFound) {
		t.Fatalf("before the request is sent: %v", err)
	}
	if _, err := h.Request(t.Context(), link); !errors.Is(err, registrar.ErrNotFound) {
		t.Errorf("%v", err)
	}
	sent, err := h.Submit(t.Context(), link, "All of it.")
	must(t, err)
	again, err := h.Submit(t.Context(), link, "All of it.")
	if err != nil || !again.Replayed || again.Digest != sent.Digest {
		t.Errorf("sent twice: %+v, %v", again, err)
	}
	claims, err := json.Marshal(sent.Claims)
	if err != nil || !bytes.Contains(claims, []byte(`"level":"email","channel":"contact-form"`)) || strings.Contains(string(claims), "alex") || strings.Contains(string(claims), "example.com") {
		t.Errorf("%s, %v", claims, err)
	}
	id, err := h.Request(t.Context(), link)
	must(t, err)
	if got, err := h.Registrar.Find(t.Context(), whose, id); err != nil || got.State != statement.Received || got.Due == "" {
		t.Errorf("%+v, %v", got, err)
	}
	sealed, err := h.Registrar.Sealed(t.Context(), whose, id)
	must(t, err)
	if address, err := h.box.Open(t.Context(), whose, sealed); err != nil || address != alex {
		t.Errorf("the staff answers to %s, %v", address, err)
	}
	listed, err := h.store.Listings(t.Context(), "2026-11", whose.Shard())
	if err != nil || len(listed) != 1 || listed[0].Subject != whose {
		t.Errorf("the docket has %v, %v", listed, err)
	}
	other := h.mailed(t, "Alex@example.com") // a local part has the letters that its owner gave it
	if h.whose(t, other) == whose {
		t.Error("two addresses are one contact")
	}
	taken, err := h.TakeBack(t.Context(), link)
	if err != nil || taken.Seq != 2 {
		t.Errorf("%+v, %v", taken, err)
	}
	if second := h.mailed(t, alex); h.whose(t, second) != whose || second.ID == link.ID {
		t.Errorf("%+v", second)
	}
}

// TestAgain: a new link shows the request that was sent, and sends none; the number of another
// request, or another address, has a mail that says so; all of them count for the bound.
func TestAgain(t *testing.T) {
	h := open(t)
	link := h.mailed(t, alex)
	_, err := h.Submit(t.Context(), link, "")
	must(t, err)
	id, err := h.Request(t.Context(), link)
	must(t, err)
	h.now = h.now.Add(30 * 24 * time.Hour)
	for i, number := range []string{id, id[:8]} {
		must(t, h.Again(t.Context(), alex, number, "es"))
		again, err := h.Links.Read(linkIn(t, h.mails[i+1]))
		must(t, err)
		if got, err := h.Request(t.Context(), again); err != nil || got != id || h.whose(t, again) != h.whose(t, link) || again.Type != link.Type || again.Language != "es" {
			t.Errorf("%s: %+v, %s, %v", number, again, got, err)
		}
		if _, err := h.Submit(t.Context(), again, ""); !errors.Is(err, registrar.ErrMismatch) {
			t.Errorf("a new link sent a request: %v", err)
		}
		if i == 1 {
			_, err := h.TakeBack(t.Context(), again)
			must(t, err)
		}
	}
	for address, number := range map[string]string{alex: "00000000", "lucia@example.com": id, "Alex@example.com": id} {
		h.now = h.now.Add(24 * time.Hour)
		n := len(h.mails)
		must(t, h.Again(t.Context(), address, number, "en"))
		if m := h.mails[n:]; len(m) != 1 || string(m[0].To) != address || strings.Contains(m[0].Text, "/ask/") || !strings.Contains(m[0].Subject, number) {
			t.Errorf("%s of %s: %+v", number, address, m)
		}
	}
	for range 5 {
		must(t, h.Again(t.Context(), "third@example.com", id, "en"))
	}
	if n := len(h.mails); n != 1+2+3+door.MaxMails {
		t.Errorf("%d mails", n)
	}
	h.Send = nil
	if err := h.Again(t.Context(), alex, id, "en"); !errors.Is(err, door.ErrNoMail) {
		t.Errorf("%v", err)
	}
}

// TestUnproven: whoever proves nothing is asked at once who they are, if the rule allows that,
// and has a ledger of their own.
func TestUnproven(t *testing.T) {
	h := open(t)
	var before door.Link
	for kind, want := range map[statement.RequestType]statement.RequestState{statement.Access: statement.WantsIdentity, statement.OptOutOfSale: statement.Received} {
		text, err := h.Unproven(kind, "es")
		must(t, err)
		link, err := h.Links.Read(text)
		must(t, err)
		for range 2 {
			sent, err := h.Submit(t.Context(), link, "")
			must(t, err)
			if claims, err := json.Marshal(sent.Claims); err != nil || !bytes.Contains(claims, []byte(`"level":"none","channel":"contact-form"`)) {
				t.Errorf("%s, %v", claims, err)
			}
		}
		id, err := h.Request(t.Context(), link)
		must(t, err)
		if got, err := h.Registrar.Find(t.Context(), h.whose(t, link), id); err != nil || got.State != want {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
		if h.whose(t, link) == h.whose(t, before) {
			t.Error("two people are one contact")
		}
		before = link
	}
	if len(h.mails) > 0 {
		t.Errorf("mails: %+v", h.mails)
	}
}

// TestBound: a mailbox gets its mails of the day, however its address is spelled and however
// many ask at once, and beyond them no ledger is read; another mailbox and another day are not
// affected.
func TestBound(t *testing.T) {
	h := open(t)
	var all sync.WaitGroup
	for n := range 12 {
		all.Go(func() {
			address := []string{alex, "ALEX@Example.com", fmt.Sprintf("alex+%d@example.com", n)}[n%3]
			if err := h.Prove(t.Context(), address, statement.Access, "en"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(h.mails) != door.MaxMails {
		t.Errorf("%d mails", len(h.mails))
	}
	store := h.Registrar.Store
	h.Registrar.Store = nil // a read of the ledger would panic
	must(t, h.Again(t.Context(), alex, "1a2b3c4d", "en"))
	h.Registrar.Store = store
	if len(h.mails) != door.MaxMails {
		t.Errorf("%d mails, with one about an earlier request", len(h.mails))
	}
	h.mailed(t, "lucia@example.com")
	h.now = h.now.Add(24 * time.Hour)
	h.mailed(t, alex)
}

// TestTimes: a request is sent within a day or not at all, and its link shows how it stands for
// 90 days.
func TestTimes(t *testing.T) {
	h := open(t)
	late, sent := h.mailed(t, alex), h.mailed(t, alex)
	first, err := h.Submit(t.Context(), sent, "")
	must(t, err)
	text := linkIn(t, h.mails[1])
	h.now = h.now.Add(door.ToSend)
	if _, err := h.Submit(t.Context(), late, ""); !errors.Is(err, door.ErrLate) {
		t.Errorf("a day later: %v", err)
	}
	if again, err := h.Submit(t.Context(), sent, ""); err != nil || again.Digest != first.Digest {
		t.Errorf("what was sent in time: %v", err)
	}
	h.now = registrartest.Begin.Add(door.ToRead - time.Second)
	if link, err := h.Links.Read(text); err != nil || link != sent {
		t.Errorf("%+v, %v", link, err)
	}
	h.now = registrartest.Begin.Add(door.ToRead)
	if link, err := h.Links.Read(text); !errors.Is(err, door.ErrLink) || link != (door.Link{}) {
		t.Errorf("%+v, %v", link, err)
	}
}

// TestForged: nobody makes a link, and no character of one can be changed.
func TestForged(t *testing.T) {
	h := open(t)
	h.mailed(t, alex)
	text := linkIn(t, h.mails[0])
	others, err := door.NewLinks(bytes.Repeat([]byte{3}, 32), rand.Reader, func() time.Time { return h.now })
	must(t, err)
	wrong := []string{"", "x", text + "A", text[1:], text + "=", text + "\n", strings.Repeat("A", 100), strings.Repeat("A", 100_000)}
	for i := range text {
		c := "A"
		if text[i] == 'A' {
			c = "B"
		}
		wrong = append(wrong, text[:i]+c+text[i+1:])
	}
	for _, w := range wrong {
		if link, err := h.Links.Read(w); !errors.Is(err, door.ErrLink) || link != (door.Link{}) {
			t.Fatalf("%s: %+v, %v", w, link, err)
		}
	}
	if _, err := others.Read(text); !errors.Is(err, door.ErrLink) {
		t.Errorf("under another key: %v", err)
	}
	if _, err := door.NewLinks([]byte("short"), rand.Reader, nil); err == nil {
		t.Error("a short key")
	}
}

// TestRefused: what cannot be asked for is refused before a mail is sent, and what is refused
// repeats no address. A mail that cannot be sent is the service's failure.
func TestRefused(t *testing.T) {
	h := open(t)
	for name, c := range map[string]struct {
		address string
		kind    statement.RequestType
		want    error
	}{
		"no address":       {"alex", statement.Access, mail.ErrAddress},
		"a second address": {alex + ",eve@example.com", statement.Access, mail.ErrAddress},
		"a header":         {alex + "\r\nBcc: eve@example.com", statement.Access, mail.ErrAddress},
		"no type":          {alex, "gossip", consent.ErrInvalid},
		"an appeal":        {alex, statement.Appeal, consent.ErrInvalid},
	} {
		if err := h.Prove(t.Context(), c.address, c.kind, "en"); !errors.Is(err, c.want) || strings.Contains(err.Error(), "example.com") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Unproven(statement.Appeal, "en"); !errors.Is(err, consent.ErrInvalid) {
		t.Errorf("an appeal: %v", err)
	}
	if len(h.mails) > 0 {
		t.Errorf("mails: %+v", h.mails)
	}
	h.Send = func(context.Context, mail.Message) error { return errors.New("throttled") }
	if err := h.Prove(t.Context(), alex, statement.Access, "en"); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("no mail is delivered: %v", err)
	}
	h.Send = nil
	if err := h.Prove(t.Context(), alex, statement.Access, "en"); !errors.Is(err, door.ErrNoMail) {
		t.Errorf("no mails: %v", err)
	}
}

// FuzzRead: no text but ours is read.
func FuzzRead(f *testing.F) {
	links, err := door.NewLinks(bytes.Repeat([]byte{2}, 32), rand.Reader, func() time.Time { return registrartest.Begin })
	if err != nil {
		f.Fatal(err)
	}
	f.Add("")
	f.Add(strings.Repeat("A", 200))
	f.Fuzz(func(t *testing.T, text string) {
		if link, err := links.Read(text); err == nil || link != (door.Link{}) {
			t.Errorf("%q: %+v", text, link)
		}
	})
}
