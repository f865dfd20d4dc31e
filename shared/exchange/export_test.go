package exchange_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/exchange"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

var dpv, _ = exchange.Find("dpv")

// refusals are the errors by which a format refuses a kind of event.
var refusals = []error{exchange.ErrNothing, exchange.ErrSeveral, exchange.ErrInexpressible}

// TestExports: each kind of event in each format is the document in the golden file, valid
// against the target's schema, or the refusal that the format's list of refusals names.
func TestExports(t *testing.T) {
	d, recs := story(t)
	named := goldenIDs(t, recs)
	for _, f := range exchange.Formats {
		t.Run(f.Name, func(t *testing.T) {
			var refused strings.Builder
			for _, k := range kinds {
				kind := k.name
				doc, err := f.Export(recs[kind], d.cat, "")
				if i := slices.IndexFunc(refusals, func(refusal error) bool { return errors.Is(err, refusal) }); i >= 0 {
					fmt.Fprintf(&refused, "%s: %v\n", kind, refusals[i])
					continue
				}
				must(t, err)
				golden(t, filepath.Join("testdata", "golden", f.Name, kind+f.Extension), named.Replace(string(doc.Body)))
				conforms(t, f.Name, doc)
			}
			golden(t, filepath.Join("testdata", "refused", f.Name+".txt"), refused.String())
		})
	}
}

// The table of counts in docs/exchange.md, from its first line to the end of its last row.
const exchangeDoc = "../../docs/exchange.md"

var countsTable = regexp.MustCompile(`\| State \| Kantara's schema (?:\|.*\n)+`)

// TestCounts holds every document of every state against what its target publishes, and the
// table of docs/exchange.md against how often. Formats of one consent are asked for each.
func TestCounts(t *testing.T) {
	d, recs := story(t)
	table := "| State | Kantara's schema | UK OB's | ReBIT's | FDX's | DPV's terms | the guide's MUSTs |\n|---|---|---|---|---|---|---|\n"
	row := func(name string, n map[string]counts) {
		table += fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d |\n", name,
			n["kantara"].schemas, n["uk-ob"].schemas, n["rebit"].schemas, n["fdx"].schemas, n["dpv"].terms, n["dpv"].musts)
	}
	all := map[string]counts{}
	for _, k := range kinds {
		of := map[string]counts{}
		for _, f := range exchange.Formats {
			for _, doc := range documents(t, d, f, recs[k.name]) {
				n := conforms(t, f.Name, doc)
				of[f.Name], all[f.Name] = of[f.Name].plus(n), all[f.Name].plus(n)
			}
		}
		row(k.state, of)
	}
	row("all", all)
	doc, err := os.ReadFile(exchangeDoc)
	must(t, err)
	if !countsTable.Match(doc) {
		t.Fatalf("%s has no table of counts", exchangeDoc)
	}
	golden(t, exchangeDoc, string(countsTable.ReplaceAllLiteral(doc, []byte(table))))
	for _, f := range exchange.Formats {
		if all[f.Name] == (counts{}) {
			t.Errorf("%s: no document was checked", f.Name)
		}
	}
}

// documents are all that a format makes of a receipt: one, or one of each consent.
func documents(t *testing.T, d *desk, f exchange.Format, rec *receipt.Receipt) (out []*exchange.Document) {
	t.Helper()
	records, err := receipt.Decode[statement.Record](rec.Records)
	must(t, err)
	ids := []string{""}
	if _, err := f.Export(rec, d.cat, ""); errors.Is(err, exchange.ErrSeveral) {
		ids = nil
		for _, r := range records {
			ids = append(ids, r.RecordID)
		}
	}
	for _, id := range ids {
		doc, err := f.Export(rec, d.cat, id)
		if slices.ContainsFunc(refusals, func(refusal error) bool { return errors.Is(err, refusal) }) {
			continue
		}
		must(t, err)
		out = append(out, doc)
	}
	return out
}

// TestOneOfSeveral: formats of one consent take its id, and refuse the
// controller's own use of data.
func TestOneOfSeveral(t *testing.T) {
	d, recs := story(t)
	for _, name := range []string{"fdx", "uk-ob"} {
		f, _ := exchange.Find(name)
		doc, err := f.Export(recs["two"], d.cat, d.lineOf(t, recs["two"], "card-offers"))
		must(t, err)
		conforms(t, name, doc)
		if _, err := f.Export(recs["two"], d.cat, d.lineOf(t, recs["two"], "service-improvement")); !errors.Is(err, exchange.ErrInexpressible) {
			t.Errorf("%s: the bank's own use: %v", name, err)
		}
		if _, err := f.Export(recs["all"], d.cat, d.lineOf(t, recs["all"], "service-improvement")); !errors.Is(err, exchange.ErrInexpressible) {
			t.Errorf("%s: the end of the bank's own use: %v", name, err)
		}
		if _, err := f.Export(recs["two"], d.cat, "c1"); !errors.Is(err, exchange.ErrUnknown) {
			t.Errorf("%s: an unknown id: %v", name, err)
		}
	}
}

func TestWithheld(t *testing.T) {
	_, recs := story(t)
	raw, err := recs["opt-in"].Present([]string{"changes[0]"})
	must(t, err)
	part := *recs["opt-in"]
	part.Raw, part.Standing[0].Value = raw, nil
	for _, f := range exchange.Formats {
		if _, err := f.Export(&part, nil, ""); !errors.Is(err, exchange.ErrWithheld) {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

// TestWithoutCatalogue: a receipt has its own words. An id that has neither words nor a
// record is written as it is.
func TestWithoutCatalogue(t *testing.T) {
	_, recs := story(t)
	for _, f := range exchange.Formats {
		if _, err := f.Export(recs["opt-in"], nil, ""); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	kantara, _ := exchange.Find("kantara")
	if doc, err := kantara.Export(recs["withdrawal"], nil, ""); err != nil || !bytes.Contains(doc.Body, []byte(`"title": "Answer me in Parley Messenger"`)) {
		t.Errorf("kantara: a withdrawal, which has a record: %v", err)
	}
	if _, err := kantara.Export(recs["unknown"], nil, ""); !errors.Is(err, exchange.ErrInexpressible) {
		t.Errorf("kantara: without a record or a catalogue nothing names the controller: %v", err)
	}
}

// TestStates: every word of the one table exists in the vocabulary it is of.
func TestStates(t *testing.T) {
	ob, fdx, artefact := schema(t, "uk-ob"), schema(t, "fdx-revocation"), schema(t, "rebit-artefact-status")
	for state, m := range consent.States {
		if m.DPV != "" && !termExists(m.DPV) {
			t.Errorf("%s: DPV has no %s", state, m.DPV)
		}
		if m.FDX != "" {
			must(t, fdx.Validate(map[string]any{"revocations": []any{map[string]any{"status": m.FDX}}}))
		}
		if m.ReBIT != "" && state != statement.Refused {
			must(t, artefact.Validate(m.ReBIT))
		}
		if m.UKOB != "" {
			must(t, ob.Validate(map[string]any{"Risk": map[string]any{}, "Data": map[string]any{
				"ConsentId": "c", "CreationDateTime": "2026-11-23T14:00:00Z", "StatusUpdateDateTime": "2026-11-23T14:00:00Z",
				"Permissions": []any{"ReadBalances"}, "Status": m.UKOB}}))
		}
	}
	if len(consent.States) != 8 {
		t.Errorf("%d states, want the eight", len(consent.States))
	}
}
