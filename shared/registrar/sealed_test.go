package registrar_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/identity"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
	"consent-receipts/shared/registrar"
)

// sealingDesk is a desk that counts what it seals.
func sealingDesk(t *testing.T) (d *desk, box *identity.Box, sealed *int) {
	t.Helper()
	box, err := identity.NewBox(make([]byte, identity.KeySize))
	must(t, err)
	d, sealed = newDesk(t), new(int)
	d.Seal = func(ctx context.Context, of ledger.Subject, customer string) (string, error) {
		*sealed++
		return box.Seal(ctx, of, customer)
	}
	return d, box, sealed
}

// asCustomer is the context of the person themselves, whose number is known.
func asCustomer(number string) consent.Context {
	c := asPerson
	c.Customer = number
	return c
}

// TestSealed: the entry of a data request keeps who made it, sealed once however often the entry
// was tried; nothing else does.
func TestSealed(t *testing.T) {
	ctx := context.Background()
	d, box, sealed := sealingDesk(t)
	d.Store = faulty.New(d.bolt, faulty.InTurn(faulty.Append, faulty.Throttled, faulty.Throttled, faulty.LostAnswer), 0)
	ask := consent.RequestData{Type: "access"}
	asked, err := d.Do(ctx, ledger.Person(alice), "ask", ask, asCustomer("customer-0001"))
	must(t, err)
	if *sealed != 1 {
		t.Errorf("sealed %d times in one command that was tried again", *sealed)
	}
	again, err := d.Do(ctx, ledger.Person(alice), "ask", ask, asCustomer("customer-0001"))
	must(t, err)
	if !again.Replayed || *sealed != 1 {
		t.Errorf("a repetition sealed: %d times", *sealed)
	}
	_, err = d.Do(ctx, ledger.Person(alice), "off", consent.OptOut{All: true}, asCustomer("customer-0001"))
	must(t, err)
	if _, err = d.Do(ctx, ledger.Person(alice), "wrong", consent.RequestData{Type: "appeal"}, asCustomer("customer-0001")); !consent.IsRefusal(err) {
		t.Errorf("an appeal about nothing: %v", err)
	}
	_, err = d.Do(ctx, ledger.Person(alice), "letter", consent.RequestData{Type: "rectification", Details: "my name"}, asStaff)
	must(t, err)
	if *sealed != 1 {
		t.Errorf("sealed %d times, with an opt-out, a refusal and a letter without a number", *sealed)
	}
	entries, err := d.bolt.List(ctx, ledger.Person(alice), 1, 10)
	must(t, err)
	for _, e := range entries {
		if (e.Sealed != "") != (e.Seq == asked.Seq) || strings.Contains(e.Receipt+e.Listing.Text+e.Sealed, "customer-0001") {
			t.Errorf("entry %d: sealed %q", e.Seq, e.Sealed)
		}
	}
	kept, err := d.Sealed(ctx, ledger.Person(alice), request(t, asked).ID)
	must(t, err)
	if got, err := box.Open(ctx, ledger.Person(alice), kept); err != nil || got != "customer-0001" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := box.Open(ctx, ledger.Person(bob), kept); !errors.Is(err, identity.ErrSealed) {
		t.Errorf("the seal opens for another person: %v", err)
	}
}

// TestNothingSealed: of a request without a number, of another person's, and of none there is
// nothing to open.
func TestNothingSealed(t *testing.T) {
	ctx := context.Background()
	d, _, _ := sealingDesk(t)
	letter, err := d.Do(ctx, ledger.Person(alice), "letter", consent.RequestData{Type: "access"}, asStaff)
	must(t, err)
	for name, of := range map[string]struct {
		whose ledger.Subject
		id    string
	}{
		"no number": {ledger.Person(alice), request(t, letter).ID}, "another person's": {ledger.Person(bob), request(t, letter).ID}, "no request": {ledger.Person(alice), "f50a91f4-93ca-4c14-ac54-b9d94485616d"},
	} {
		if got, err := d.Sealed(ctx, of.whose, of.id); !errors.Is(err, registrar.ErrNotFound) || got != "" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestNoSeal: while the key does not answer, no data request is accepted; a no is.
func TestNoSeal(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	d.Seal = func(context.Context, ledger.Subject, string) (string, error) { return "", errors.New("throttled") }
	if _, err := d.Do(ctx, ledger.Person(alice), "ask", consent.RequestData{Type: "access"}, asCustomer("customer-0001")); !errors.Is(err, ledger.ErrBusy) {
		t.Errorf("without the key: %v", err)
	}
	if _, err := d.bolt.Newest(ctx, ledger.Person(alice)); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("something was written: %v", err)
	}
	_, err := d.Do(ctx, ledger.Person(alice), "off", consent.OptOut{All: true}, asCustomer("customer-0001"))
	must(t, err)
}
