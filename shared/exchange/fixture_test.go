package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/registrar/registrartest"
	"consent-receipts/shared/statement"
)

var update = flag.Bool("update", false, "write the golden files")

const (
	issuerURL = "https://consent.first-example-bank.example"
	person    = "cGVyc29ucGVyc29ucGVyc29ucGVyc29ucGVyc29ucGU"
)

var issuedAt = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

var must = errtest.None

// desk issues receipts for one person, with fixed randomness, an hour apart.
type desk struct {
	*registrar.Registrar
	cat *catalogue.Catalogue
	now time.Time
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{now: issuedAt}
	of := registrartest.New(t, registrartest.Setup{Now: func() time.Time { return d.now }, Rand: rand.NewChaCha8([32]byte{1})})
	d.Registrar, d.cat = of.Registrar, of.Compiled.Catalogue
	return d
}

var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web", Authentication: &statement.Authentication{ACR: "urn:example:dev", AMR: []string{"pwd"}}},
}

func (d *desk) do(t testing.TB, key string, cmd consent.Command) *receipt.Receipt {
	t.Helper()
	result, err := d.Do(context.Background(), person, key, cmd, asPerson)
	must(t, err)
	d.now = d.now.Add(time.Hour)
	rec, err := d.Verifier.Verify(result.Receipt)
	must(t, err)
	rec.Digest = "sha256:of-a-receipt" // what depends on the signing key is not in golden files
	return rec
}

func (d *desk) optIn(t testing.TB, choices ...consent.Choice) *receipt.Receipt {
	t.Helper()
	token, _, _, err := d.Offer(context.Background(), person, nil, "en", false)
	must(t, err)
	offer, err := d.ParseOffer(person, token)
	must(t, err)
	return d.do(t, offer.ID, consent.OptIn{Offer: offer, Choices: choices})
}

// story tells what receipts can state, by name.
func story(t testing.TB) (*desk, map[string]*receipt.Receipt) {
	t.Helper()
	d := newDesk(t)
	alerts := consent.Choice{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}
	alerts.Resources = []statement.Resource{{Type: "account", ID: "a1", Label: "•••• 4321"}, {Type: "card", ID: "c7", Label: "•••• 0007"}}
	offers := consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "no"}
	own := consent.Choice{Purpose: "service-improvement", Recipient: "bank", Answer: "yes"}
	out := map[string]*receipt.Receipt{}
	out["refusal"] = d.optIn(t, offers)
	out["opt-in"] = d.optIn(t, alerts, offers)
	id := d.lineOf(t, out["opt-in"], "account-alerts")
	data, fewer := []string{"balances"}, []statement.Resource{{Type: "account", ID: "a1"}}
	out["amendment"] = d.do(t, "k1", consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: id, Data: &data, Resources: &fewer}}})
	offers.Answer, alerts.Resources = "yes", nil
	out["two"] = d.optIn(t, own, offers)
	out["request"] = d.do(t, "k2", consent.RequestData{Type: "access", Details: "everything, please"})
	out["withdrawal"] = d.do(t, "k3", consent.OptOut{Purposes: []string{"account-alerts"}, Reason: "changed my mind"})
	out["unlimited"] = d.optIn(t, alerts)
	out["all"] = d.do(t, "k4", consent.OptOut{All: true})
	out["unknown"] = d.do(t, "k5", consent.OptOut{Purposes: []string{"telepathy"}})
	out["erasure"] = d.do(t, "k6", consent.Erase{})
	return d, out
}

func (d *desk) lineOf(t testing.TB, rec *receipt.Receipt, purpose string) string {
	t.Helper()
	for _, e := range rec.Changes {
		var c statement.Change
		must(t, json.Unmarshal(e.Value, &c))
		if c.Purpose == purpose {
			return c.ConsentID
		}
	}
	t.Fatal("no change of " + purpose)
	return ""
}

// goldenIDs replaces the ids of receipts and consents by those in the golden files, which
// stay the same whatever else the story draws at random: some were validated byte for byte.
func (d *desk) goldenIDs(t testing.TB, recs map[string]*receipt.Receipt) *strings.Replacer {
	t.Helper()
	return strings.NewReplacer(
		recs["refusal"].ID, "dbe5882e-2579-4834-b2c1-bfc525454add",
		recs["opt-in"].ID, "3c7518db-b499-4558-9451-71bb9af2b298",
		recs["amendment"].ID, "ffb9da32-cbf3-417b-996d-5088db91b4bd",
		recs["two"].ID, "8f4b692d-55e1-447f-b612-dd79f70c661a",
		recs["request"].ID, "026be55c-569c-4af4-a8bf-38325143e0e2",
		recs["withdrawal"].ID, "c25626c9-adb8-4d82-9fab-6b426457126c",
		recs["unlimited"].ID, "9eaaa947-130a-4bae-9a9c-59746e00ae9a",
		recs["unknown"].ID, "f4067ae4-9e63-4542-bd54-c6587a1c952c",
		recs["erasure"].ID, "9dd4a255-18f2-4da7-9ccc-bfde3d42231c",
		d.lineOf(t, recs["opt-in"], "account-alerts"), "289d04f4-2919-41fe-b743-03f2209ea453",
		d.lineOf(t, recs["two"], "service-improvement"), "d4545e34-e106-4c59-97b9-98d6639690ea",
		d.lineOf(t, recs["two"], "card-offers"), "a1b21dbf-348b-4f59-933e-57303265b83c",
		d.lineOf(t, recs["unlimited"], "account-alerts"), "d16de92a-7c8c-47dc-ae9a-db76accccb75",
	)
}

// golden compares with a file, or writes it.
func golden(t *testing.T, file, body string) {
	t.Helper()
	got := []byte(body)
	if *update {
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, got, 0o644))
	}
	want, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) || !bytes.Equal(got, want) {
		t.Errorf("differs from %s; if that is meant: go test ./shared/exchange -update\n%s", file, got)
	}
}

func tree(t testing.TB, b []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	must(t, d.Decode(&v))
	return v
}
