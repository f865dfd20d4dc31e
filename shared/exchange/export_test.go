package exchange_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/exchange"
)

// TestExports: each kind of event in each format: a document as in the golden
// file, valid against the target's schema, or a typed error.
func TestExports(t *testing.T) {
	d, recs := story(t)
	named := d.goldenIDs(t, recs)
	inexpressible := exchange.ErrInexpressible
	for _, c := range []struct {
		name string
		want map[string]error // by format; nil: a document
	}{
		{"opt-in", map[string]error{"dpv": nil, "kantara": nil, "fdx": nil, "rebit": nil, "uk-ob": nil}},
		{"amendment", map[string]error{"dpv": nil, "kantara": nil, "fdx": nil, "rebit": nil, "uk-ob": nil}},
		{"unlimited", map[string]error{"dpv": nil, "kantara": nil, "fdx": nil, "rebit": inexpressible, "uk-ob": nil}},
		{"two", map[string]error{"dpv": nil, "kantara": nil, "fdx": exchange.ErrSeveral, "rebit": exchange.ErrSeveral, "uk-ob": exchange.ErrSeveral}},
		{"withdrawal", map[string]error{"dpv": nil, "kantara": nil, "fdx": nil, "rebit": nil, "uk-ob": inexpressible}},
		{"refusal", map[string]error{"dpv": nil, "kantara": nil, "fdx": inexpressible, "rebit": inexpressible, "uk-ob": inexpressible}},
		{"request", map[string]error{"dpv": nil, "kantara": exchange.ErrNothing, "fdx": exchange.ErrNothing, "rebit": exchange.ErrNothing, "uk-ob": exchange.ErrNothing}},
		{"unknown", map[string]error{"dpv": nil, "kantara": nil, "fdx": exchange.ErrNothing, "rebit": exchange.ErrNothing, "uk-ob": exchange.ErrNothing}},
		{"erasure", map[string]error{"dpv": nil, "kantara": exchange.ErrNothing, "fdx": exchange.ErrNothing, "rebit": exchange.ErrNothing, "uk-ob": exchange.ErrNothing}},
	} {
		for _, f := range exchange.Formats {
			t.Run(c.name+"/"+f.Name, func(t *testing.T) {
				doc, err := f.Export(recs[c.name], d.cat, "")
				if !errors.Is(err, c.want[f.Name]) {
					t.Fatalf("error %v, want %v", err, c.want[f.Name])
				}
				if err != nil {
					return
				}
				golden(t, filepath.Join("testdata", "golden", f.Name, c.name+f.Extension), named.Replace(string(doc.Body)))
				conforms(t, f.Name, doc)
			})
		}
	}
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
		if m.ReBIT != "" {
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
