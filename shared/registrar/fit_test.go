package registrar_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// wide is the sample catalogue with 64 lines of one recipient, whose ids and words are as
// long as may be; a letter takes so many bytes.
func wide(idLength int, letter string) func(*catalogue.Catalogue) {
	return func(cat *catalogue.Catalogue) {
		word := strings.Repeat(letter, 80)
		recipient := strings.Repeat("r", idLength)
		parley := cat.Parties["parley"]
		parley.Name = word
		cat.Parties = maps.Clone(cat.Parties)
		cat.Parties[recipient] = parley
		alerts := cat.Purposes["account-alerts"]
		alerts.Recipients = []string{recipient}
		alerts.Text = map[string]catalogue.PurposeText{"en": {Title: word, Description: word}}
		cat.Purposes = map[string]catalogue.Purpose{}
		for i := range 64 {
			cat.Purposes[fmt.Sprintf("%s%02d", strings.Repeat("p", idLength-2), i)] = alerts
		}
		cat.Data = maps.Clone(cat.Data)
		for id, data := range cat.Data {
			data.Label = catalogue.Text{"en": word}
			cat.Data[id] = data
		}
	}
}

// TestEverythingOff: an opt-out of everything fits, with any words and any number of
// consents; its explanations are removed in order.
func TestEverythingOff(t *testing.T) {
	for _, c := range []struct {
		ids    int
		letter string
		lines  int
	}{
		{12, "x", 3}, {12, "x", 6}, {12, "x", 8}, {12, "x", 64}, {32, "x", 64}, {32, "字", 64},
	} {
		t.Run(fmt.Sprintf("%d lines, ids of %d, letters of %d bytes", c.lines, c.ids, len(c.letter)), func(t *testing.T) {
			ctx, d := context.Background(), newDeskOf(t, wide(c.ids, c.letter))
			cat, _ := d.Catalogue.Current()
			given := 0
			for purpose := range cat.Purposes {
				if given == c.lines {
					break
				}
				choice := consent.Choice{Purpose: purpose, Answer: "yes"}
				if _, err := d.optIn(t, alice, choice); err != nil {
					t.Logf("%d consents, and then: %v", given, err)
					break
				}
				given++
			}
			if given < 3 {
				t.Fatalf("only %d consents", given)
			}
			result, err := d.Do(ctx, ledger.Person(alice), "off", consent.OptOut{All: true, Reason: consent.Reason(strings.Repeat("字", consent.MaxText))}, asPerson)
			must(t, err)
			words, changes := 0, 0
			for _, e := range result.Claims.Changes {
				var change statement.Change
				must(t, json.Unmarshal(e.Value, &change))
				if changes++; change.Labels != nil && change.Effect != nil {
					words++
				}
			}
			t.Logf("%d consents off: %d bytes, %d stated in full, %d with words", given, len(result.Receipt), len(result.Claims.Records), words)
			if changes != given || len(result.Receipt) > receipt.MaxBytes {
				t.Errorf("%d of %d changes, %d bytes", changes, given, len(result.Receipt))
			}
			if most := 48 << 10; len(result.Claims.Records) > 0 && len(result.Receipt) > most {
				t.Errorf("%d bytes, more than %d, with %d consents in full", len(result.Receipt), most, len(result.Claims.Records))
			}
		})
	}
}

// TestNoToEverything: a no to as many purposes as a command may name fits, at first and
// again, when each of them is in the standing already.
func TestNoToEverything(t *testing.T) {
	for _, ids := range []int{12, 32} {
		t.Run(fmt.Sprintf("ids of %d", ids), func(t *testing.T) {
			ctx, d := context.Background(), newDeskOf(t, wide(ids, "字"))
			cat, _ := d.Catalogue.Current()
			no := consent.OptOut{Purposes: slices.Sorted(maps.Keys(cat.Purposes)), Reason: consent.Reason(strings.Repeat("字", consent.MaxText))}
			for i := range consent.MaxRequests {
				_, err := d.Do(ctx, ledger.Person(alice), fmt.Sprint(i), consent.RequestData{Type: "access"}, asPerson)
				must(t, err)
			}
			for _, key := range []string{"first", "again"} {
				result, err := d.Do(ctx, ledger.Person(alice), key, no, asPerson)
				if err != nil {
					t.Fatalf("%s: %v", key, err)
				}
				t.Logf("%s: %d bytes, %d changes, %d stated in full", key, len(result.Receipt), len(result.Claims.Changes), len(result.Claims.Records))
			}
		})
	}
}

// TestRequestsFit: beside as many noes as there can be, as many data requests as may be open
// fit, however much each says; so does every no after them, and what stops something.
func TestRequestsFit(t *testing.T) {
	ctx, d := context.Background(), newDeskOf(t, wide(32, "字"))
	cat, _ := d.Catalogue.Current()
	purposes, text := slices.Sorted(maps.Keys(cat.Purposes)), strings.Repeat("字", consent.MaxText)
	do := func(key string, cmd consent.Command) error {
		result, err := d.Do(ctx, ledger.Person(alice), key, cmd, asPerson)
		if err == nil {
			t.Logf("%s: %d bytes", key, len(result.Receipt))
		}
		return err
	}
	off := consent.OptOut{Purposes: purposes, Reason: consent.Reason(text)}
	must(t, do("noes", off))
	ask := func(kind string) consent.RequestData {
		return consent.RequestData{Type: kind, Scope: statement.Scope{Purposes: purposes}, Details: text}
	}
	for i := range consent.MaxRequests {
		must(t, do(fmt.Sprintf("request %d", i+1), ask("access")))
	}
	if err := do("one more", ask("access")); !errors.Is(err, consent.ErrCap) {
		t.Errorf("one request more than may be open: %v", err)
	}
	for _, kind := range []string{"restriction", "objection", "opt-out-of-sale", "limit-sensitive-use"} {
		must(t, do(kind, ask(kind)))
	}
	must(t, do("noes again", off))
	must(t, do("all off", consent.OptOut{All: true, Reason: consent.Reason(text)}))
}

// TestEverythingOffSince: an opt-out of 64 purposes fits when each was given and withdrawn, and
// has another recipient in the catalogue since: of each there are two lines to say no to, and
// the standing has room for one. What ended a consent is stated; what gives way is a no to
// what nobody had said yes to, which the fence says too.
func TestEverythingOffSince(t *testing.T) {
	ctx, d := context.Background(), newDeskOf(t, wide(32, "字"))
	cat, _ := d.Catalogue.Current()
	purposes := slices.Sorted(maps.Keys(cat.Purposes))
	reason := consent.Reason(strings.Repeat("字", consent.MaxText))
	offAll := func(key string) {
		t.Helper()
		_, err := d.Do(ctx, ledger.Person(alice), key, consent.OptOut{All: true, Reason: reason}, asPerson)
		must(t, err)
	}
	inForce := 0
	for i, purpose := range purposes {
		choice := consent.Choice{Purpose: purpose, Answer: "yes"}
		_, err := d.optIn(t, alice, choice)
		if err != nil {
			offAll(fmt.Sprintf("off %d", i))
			inForce = 0
			_, err = d.optIn(t, alice, choice)
		}
		must(t, err)
		inForce++
	}
	for i := range consent.MaxRequests {
		_, err := d.Do(ctx, ledger.Person(alice), fmt.Sprint(i), consent.RequestData{Type: "access"}, asPerson)
		must(t, err)
	}
	d.Catalogue = cataloguesOn(t, d.bolt, func(cat *catalogue.Catalogue) {
		wide(32, "字")(cat)
		recipient := strings.Repeat("s", 32)
		cat.Parties[recipient] = cat.Parties["parley"]
		for id, purpose := range cat.Purposes {
			purpose.Recipients = []string{recipient}
			cat.Purposes[id] = purpose
		}
	})
	for _, key := range []string{"first", "again"} {
		result, err := d.Do(ctx, ledger.Person(alice), key, consent.OptOut{Purposes: purposes, Reason: reason}, asPerson)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		ended := 0
		for _, e := range result.Claims.Changes {
			var change statement.Change
			must(t, json.Unmarshal(e.Value, &change))
			if change.From == statement.Given {
				ended++
			}
		}
		t.Logf("%s: %d bytes, %d of %d changes, %d endings", key, len(result.Receipt), len(result.Claims.Changes), 2*len(purposes), ended)
		if ended != inForce || len(result.Receipt) > receipt.MaxBytes {
			t.Errorf("%s: %d of %d endings are stated, %d bytes", key, ended, inForce, len(result.Receipt))
		}
		inForce = 0
	}
}
