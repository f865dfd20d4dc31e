package registrar_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// TestRepeatedNo: whoever says the same no as fast as they can gets twenty receipts and one, and
// then one each second. Each answer is a receipt of that no, and a no that says something else,
// or is somebody else's, has a receipt of its own at once.
func TestRepeatedNo(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	given, err := d.optIn(t, alice, yesAlerts)
	must(t, err)
	n := 0
	say := func(cmd consent.Command, c consent.Context) *registrar.Result {
		t.Helper()
		n++
		result, err := d.Do(ctx, ledger.Person(alice), fmt.Sprint(n), cmd, c)
		must(t, err)
		return result
	}
	off := consent.OptOut{All: true}
	flood := func() (newest uint64) {
		t.Helper()
		for range 100 {
			result := say(off, asPerson)
			if result.Claims.Event.Type != statement.EventOptOut || result.Claims.IssuedAt != d.clock.Now().Unix() || result.Replayed != (result.Seq == newest) {
				t.Fatalf("answered with %+v", result)
			}
			newest = result.Seq
		}
		return newest
	}
	for i, want := range []uint64{21, 22, 23} {
		if got := flood(); got != given.Seq+want {
			t.Errorf("after %d s: %d receipts, want %d", i, got-given.Seq, want)
		}
		d.clock.Add(time.Second)
	}
	staff := asStaff
	staff.Actor.Authority = statement.Facts{Case: "C-1"}.Authority()
	claimed := asPerson
	claimed.Evidence.Level = statement.EvidenceClaimed
	late := asPerson
	late.OccurredAt = d.clock.Now().Add(-time.Hour)
	for what, other := range map[string]struct {
		cmd consent.Command
		as  consent.Context
	}{
		"another no":         {consent.OptOut{Purposes: []string{"card-offers"}}, asPerson},
		"with a reason":      {consent.OptOut{All: true, Reason: "Too many messages."}, asPerson},
		"by another way":     {off, claimed},
		"of another time":    {off, late},
		"for a case":         {off, staff},
		"what is no opt-out": {consent.RequestData{Type: "access"}, asPerson},
	} {
		newest := flood()
		if result := say(other.cmd, other.as); result.Seq != newest+1 || result.Replayed {
			t.Errorf("%s: receipt %d after %d", what, result.Seq, newest)
		}
	}
	newest := flood()
	d.clock.Add(time.Second)
	later, err := d.Do(ctx, ledger.Person(alice), fmt.Sprint(n), off, asPerson) // the key of the last no, which was answered with the newest receipt
	if must(t, err); later.Seq != newest+1 || later.Replayed {
		t.Errorf("the same key a second later: receipt %d after %d", later.Seq, newest)
	}
	recorded, repeated := say(off, late), say(off, late)
	d.clock.Add(time.Second)
	if anew := say(off, late); !repeated.Replayed || repeated.Seq != recorded.Seq || anew.Replayed || anew.Seq != recorded.Seq+1 {
		t.Errorf("of the same earlier time, a second later: receipt %d after %d and %d", anew.Seq, recorded.Seq, repeated.Seq)
	}
	d.clock.Add(time.Second) // at the same moment a no wins
	again, err := d.optIn(t, alice, yesAlerts)
	must(t, err)
	if result := say(off, asPerson); result.Seq != again.Seq+1 || firstChange(t, result).To != statement.Withdrawn {
		t.Errorf("a no that ends a consent is receipt %d, after %d", result.Seq, again.Seq)
	}
}

// TestRepeatedNoUnderAnotherCatalogue: a no to a purpose that the catalogue did not have is recorded
// at once under the catalogue that has it, also in the second in which the same no was repeated.
func TestRepeatedNoUnderAnotherCatalogue(t *testing.T) {
	const added = "added"
	ctx, d := context.Background(), newDesk(t)
	say := func(key string) *registrar.Result {
		t.Helper()
		result, err := d.Do(ctx, ledger.Person(alice), key, consent.OptOut{Purposes: []string{added}}, asPerson)
		must(t, err)
		return result
	}
	for n := range 30 {
		say(fmt.Sprint(n))
	}
	if held := say("held"); !held.Replayed {
		t.Fatalf("receipt %d of the same no", held.Seq)
	}
	d.Catalogue = cataloguesOn(t, d.bolt, func(c *catalogue.Catalogue) { c.Purposes[added] = c.Purposes["card-offers"] })
	result := say("deployed")
	if change := firstChange(t, result); result.Replayed || change.Purpose != added || change.Recipient == "" || change.To != statement.Refused {
		t.Errorf("the no changed %+v, replayed: %v", change, result.Replayed)
	}
}
