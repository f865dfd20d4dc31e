package exchange_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/errtest"
	"consent-receipts/shared/ledger"
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

// newDesk is a desk with the sample catalogue, unless it is given another.
func newDesk(t testing.TB, seed byte, compiled *source.Compiled) *desk {
	t.Helper()
	d := &desk{now: issuedAt}
	of := registrartest.New(t, registrartest.Setup{Now: func() time.Time { return d.now }, Rand: rand.NewChaCha8([32]byte{seed}), Catalogue: compiled})
	d.Registrar, d.cat = of.Registrar, of.Compiled.Catalogue
	return d
}

// sampleWith is the sample catalogue with some texts replaced.
func sampleWith(t testing.TB, replaced ...string) *source.Compiled {
	t.Helper()
	const name = "first-example-bank.yaml"
	b, err := fs.ReadFile(sample.FS, name)
	must(t, err)
	text := strings.NewReplacer(replaced...).Replace(string(b))
	if text == string(b) {
		t.Fatal("nothing of the sample was replaced")
	}
	files := fstest.MapFS{name: {Data: []byte(text)}}
	beside, err := fs.Glob(sample.FS, "*s/*") // notices and logos
	must(t, err)
	for _, file := range beside {
		b, err := fs.ReadFile(sample.FS, file)
		must(t, err)
		files[file] = &fstest.MapFile{Data: b}
	}
	compiled, problems := source.Compile(files, name)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return compiled
}

var asPerson = consent.Context{
	Actor:    statement.Actor{Role: statement.RoleSubject},
	Evidence: statement.Evidence{Level: statement.EvidenceAuthenticated, Channel: "web", Authentication: &statement.Authentication{ACR: "urn:example:dev", AMR: []string{"pwd"}}},
}

var (
	asSystem = consent.Context{Actor: statement.Actor{Role: statement.RoleSystem}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "sweep"}}
	asCopied = consent.Context{Actor: statement.Actor{Role: statement.RoleSystem}, Evidence: statement.Evidence{
		Level: statement.EvidenceClaimed, Channel: "intake", Copied: &statement.Copied{System: "old-crm", Record: "r-17", Attests: statement.AttestedExpressed},
	}}
	asStaff = consent.Context{Actor: statement.Actor{Role: statement.RoleAgent, ID: "clerk-0001"}, Evidence: statement.Evidence{Level: statement.EvidenceNone, Channel: "desk"}}
)

func (d *desk) do(t testing.TB, key string, cmd consent.Command) *receipt.Receipt {
	t.Helper()
	return d.doAs(t, key, cmd, asPerson)
}

func (d *desk) doAs(t testing.TB, key string, cmd consent.Command, as consent.Context) *receipt.Receipt {
	t.Helper()
	result, err := d.Do(context.Background(), ledger.Person(person), key, cmd, as)
	must(t, err)
	d.now = d.now.Add(time.Hour)
	rec, err := d.Verifier.Verify(result.Receipt)
	must(t, err)
	rec.Digest = "sha256:of-a-receipt" // what depends on the signing key is not in golden files
	return rec
}

func (d *desk) optIn(t testing.TB, choices ...consent.Choice) *receipt.Receipt {
	t.Helper()
	token, _, _, err := d.Offer(context.Background(), ledger.Person(person), nil, "en", false)
	must(t, err)
	offer, err := d.ParseOffer(ledger.Person(person), token)
	must(t, err)
	return d.do(t, offer.ID, consent.OptIn{Offer: offer, Choices: choices})
}

// kinds are the receipts of the story, in the order of the table of counts.
var kinds = []struct{ name, state string }{
	{"unlimited", "given"},
	{"opt-in", "given, two accounts"},
	{"one-time", "given, one time"},
	{"two", "given twice, once for own use"},
	{"amendment", "narrowed"},
	{"withdrawal", "withdrawn"},
	{"refusal", "refused"},
	{"expired", "expired"},
	{"annulled", "annulled"},
	{"objection", "data request that ends consents"},
	{"restriction", "data request that pauses consents"},
	{"copied", "copied from an earlier system"},
	{"request", "data request that touches none"},
	{"unknown", "no to what nobody knows"},
	{"erasure", "erasure"},
}

// choices are the answers of the story.
func choices() (alerts, offers, own consent.Choice) {
	alerts = consent.Choice{Purpose: "account-alerts", Recipient: "parley", Answer: "yes"}
	alerts.Resources = []statement.Resource{{Type: "account", ID: "a1", Label: "•••• 4321"}, {Type: "card", ID: "c7", Label: "•••• 0007"}}
	offers = consent.Choice{Purpose: "card-offers", Recipient: "parley", Answer: "no"}
	own = consent.Choice{Purpose: "service-improvement", Recipient: "bank", Answer: "yes"}
	return alerts, offers, own
}

// story tells what receipts can state, by name.
func story(t testing.TB) (*desk, map[string]*receipt.Receipt) {
	t.Helper()
	d := newDesk(t, 1, nil)
	alerts, offers, own := choices()
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
	endings(t, out)
	once := newDesk(t, 3, sampleWith(t, "{balances: required, card-transactions: optional}\n    access: {kind: recurring, lookback: P90D, every: P1D}",
		"{balances: required, card-transactions: optional}\n    access: {kind: one-time, lookback: P90D}"))
	alerts, _, _ = choices()
	out["one-time"] = once.optIn(t, alerts)
	return d, out
}

// endings tells of consents that run out, were recorded by mistake, and end by a data request,
// and of one that was copied from an earlier system.
func endings(t testing.TB, out map[string]*receipt.Receipt) {
	t.Helper()
	d := newDesk(t, 2, nil)
	alerts, _, own := choices()
	d.optIn(t, alerts)
	d.now = d.now.AddDate(1, 1, 0)
	out["expired"] = d.doAs(t, "e1", consent.Expire{}, asSystem)
	mistake := d.optIn(t, alerts)
	changes, err := receipt.Decode[statement.Change](mistake.Changes)
	must(t, err)
	out["annulled"] = d.doAs(t, "e2", consent.Annul{
		Seq: mistake.Seq, Digest: statement.Digest(nil), Reason: "It was somebody else's answer.",
		Of: consent.Mistake{Type: mistake.Event.Type, At: mistake.Time(), Changes: changes},
	}, asStaff)
	d.optIn(t, alerts)
	out["objection"] = d.do(t, "e3", consent.RequestData{Type: "objection"})
	out["copied"] = d.doAs(t, "e4", consent.Import{Language: "en", Choices: []consent.Choice{own}}, asCopied)
	out["once more"] = d.optIn(t, alerts)
	out["restriction"] = d.do(t, "e5", consent.RequestData{Type: "restriction", Scope: statement.Scope{Purposes: []string{"account-alerts"}}})
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
func goldenIDs(t testing.TB, recs map[string]*receipt.Receipt) *strings.Replacer {
	t.Helper()
	var pairs []string
	for name, golden := range map[string]string{
		"refusal": "dbe5882e-2579-4834-b2c1-bfc525454add", "opt-in": "3c7518db-b499-4558-9451-71bb9af2b298",
		"amendment": "ffb9da32-cbf3-417b-996d-5088db91b4bd", "two": "8f4b692d-55e1-447f-b612-dd79f70c661a",
		"request": "026be55c-569c-4af4-a8bf-38325143e0e2", "withdrawal": "c25626c9-adb8-4d82-9fab-6b426457126c",
		"unlimited": "9eaaa947-130a-4bae-9a9c-59746e00ae9a", "unknown": "f4067ae4-9e63-4542-bd54-c6587a1c952c",
		"erasure": "9dd4a255-18f2-4da7-9ccc-bfde3d42231c", "expired": "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c01",
		"annulled": "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c02", "objection": "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c03",
		"restriction": "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c06",
		"one-time":    "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c04", "copied": "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c05",
	} {
		pairs = append(pairs, recs[name].ID, golden)
	}
	for _, of := range []struct{ receipt, purpose, golden string }{
		{"refusal", "card-offers", "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c10"},
		{"opt-in", "account-alerts", "289d04f4-2919-41fe-b743-03f2209ea453"},
		{"two", "service-improvement", "d4545e34-e106-4c59-97b9-98d6639690ea"},
		{"two", "card-offers", "a1b21dbf-348b-4f59-933e-57303265b83c"},
		{"unlimited", "account-alerts", "d16de92a-7c8c-47dc-ae9a-db76accccb75"},
		{"expired", "account-alerts", "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c11"},
		{"annulled", "account-alerts", "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c12"},
		{"objection", "account-alerts", "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c13"},
		{"copied", "service-improvement", "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c15"},
		{"once more", "account-alerts", "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c16"},
		{"one-time", "account-alerts", "5f0b1f0a-6f53-4a0e-8d0c-2a6a1f5b7c14"},
	} {
		pairs = append(pairs, recordID(t, recs[of.receipt], of.purpose), of.golden)
	}
	return strings.NewReplacer(pairs...)
}

// recordID is the id of the record of a purpose: the consent's or, of a refusal, the record's.
func recordID(t testing.TB, rec *receipt.Receipt, purpose string) string {
	t.Helper()
	records, err := receipt.Decode[statement.Record](rec.Records)
	must(t, err)
	for _, r := range records {
		if r.Purposes[0].Purpose == purpose {
			return r.RecordID
		}
	}
	t.Fatal("no record of " + purpose)
	return ""
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
