package registrar_test

import (
	"context"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
)

// wantDue checks when the first thing in alice's standing falls due, YYYY-MM-DD.
func (d *desk) wantDue(t *testing.T, want string) {
	t.Helper()
	newest, err := d.bolt.Newest(t.Context(), ledger.Person(alice))
	must(t, err)
	if newest.Due != want {
		t.Errorf("entry %d is due %q, want %q", newest.Seq, newest.Due, want)
	}
}

// TestDue: an entry says when the first thing in its standing falls due.
func TestDue(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	do := func(cmd consent.Command) {
		t.Helper()
		d.clock.Add(time.Minute)
		_, err := d.Do(ctx, ledger.Person(alice), d.clock.Now().String(), cmd, asPerson)
		must(t, err)
	}
	do(consent.OptOut{Purposes: []string{"card-offers"}})
	d.wantDue(t, "") // nothing is in force
	_, err := d.optIn(t, alice, yesAlerts)
	must(t, err)
	d.wantDue(t, "2027-11-23") // the consent ends
	do(consent.RequestData{Type: "access"})
	d.wantDue(t, "2026-12-23") // an answer is due before
	standing, err := d.Standing(ctx, ledger.Person(alice))
	must(t, err)
	do(consent.OptOut{All: true})
	d.wantDue(t, "2026-12-23")
	do(consent.TakeBack{ID: standing.Requests[0].ID})
	d.wantDue(t, "")
}

// TestDueOfALateRequest: a request that arrives after its deadline is due today, once.
func TestDueOfALateRequest(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	late := asPerson
	late.OccurredAt = d.clock.Now().AddDate(0, -2, 0)
	_, err := d.Do(ctx, ledger.Person(alice), "ask", consent.RequestData{Type: "access"}, late)
	must(t, err)
	newest, err := d.bolt.Newest(ctx, ledger.Person(alice))
	must(t, err)
	if newest.Due != "2026-11-23" {
		t.Errorf("due %q, want today", newest.Due)
	}
	_, err = d.Do(ctx, ledger.Person(alice), "off", consent.OptOut{All: true}, asPerson)
	must(t, err)
	if newest, err = d.bolt.Newest(ctx, ledger.Person(alice)); err != nil || newest.Due != "" {
		t.Errorf("due %q (%v), which an earlier entry says", newest.Due, err)
	}
}

// TestDueIsNotHidden: a past date does not hide the next one, recorded or not.
func TestDueIsNotHidden(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	_, err := d.optIn(t, alice, yesAlerts)
	must(t, err)
	d.clock.Add(360 * 24 * time.Hour)
	_, err = d.Do(ctx, ledger.Person(alice), "ask", consent.RequestData{Type: "access"}, asPerson)
	must(t, err)
	d.wantDue(t, "2027-11-23") // the consent ends
	d.clock.Add(6 * 24 * time.Hour)
	_, err = d.Do(ctx, ledger.Person(alice), "no", consent.OptOut{Purposes: []string{"card-offers"}}, asPerson)
	must(t, err)
	d.wantDue(t, "2027-12-20") // the request's deadline: the consent has ended, and nobody has recorded it
	result, err := d.Do(ctx, ledger.Person(alice), "expiry", consent.Expire{}, asSystem)
	must(t, err)
	if result.Claims.Event.Type != "expiry" {
		t.Errorf("event %s", result.Claims.Event.Type)
	}
	d.wantDue(t, "2027-12-20")
	if again, err := d.Do(ctx, ledger.Person(alice), "expiry again", consent.Expire{}, asSystem); again != nil || err != nil {
		t.Errorf("expired twice: %+v, %v", again, err)
	}
	d.clock.Add(30 * 24 * time.Hour)
	_, err = d.optIn(t, alice, yesAlerts)
	must(t, err)
	d.wantDue(t, "2028-12-24") // the new consent ends: the deadline has passed, and nobody has recorded it
}

// TestLineOfAnErasure: the line lies with the last request that the erasure ended, so that
// whoever reads the docket from any of these requests on finds it.
func TestLineOfAnErasure(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	for _, key := range []string{"first", "last"} {
		_, err := d.Do(ctx, ledger.Person(alice), key, consent.RequestData{Type: "access"}, asPerson)
		must(t, err)
		d.clock.Add(40 * 24 * time.Hour)
	}
	_, err := d.Do(ctx, ledger.Person(alice), "erase", consent.Erase{}, asSystem)
	must(t, err)
	newest, err := d.bolt.Newest(ctx, ledger.Person(alice))
	must(t, err)
	if newest.Listing.Month != "2027-01" {
		t.Errorf("month %s", newest.Listing.Month)
	}
}
