package datarequest_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

// TestBuiltinRules: each says what it is, where its text is and when that was
// read, and can be read again.
func TestBuiltinRules(t *testing.T) {
	for _, rule := range datarequest.Builtin() {
		pack, err := datarequest.Rules(nil).Pack(rule)
		must(t, err)
		if read, err := time.Parse(time.DateOnly, pack.Read); err != nil || read.Year() < 2026 || pack.Advice != datarequest.Advice {
			t.Errorf("%s: read %q, advice %q", rule, pack.Read, pack.Advice)
		}
		for _, c := range pack.Clauses {
			if !strings.HasPrefix(c.URL, "https://") {
				t.Errorf("%s: %s has no link", rule, c.Source)
			}
			if !strings.Contains(c.Note, "not at hand") && !strings.Contains(c.Note, "ead in") {
				t.Errorf("%s: %s does not say how it was read", rule, c.Source)
			}
		}
		b, err := json.Marshal(pack)
		must(t, err)
		again, err := datarequest.ParsePack(b)
		must(t, err)
		if c, _ := json.Marshal(again); string(c) != string(b) {
			t.Errorf("%s: does not come back", rule)
		}
	}
	if n := len(datarequest.Builtin()); n < 32 {
		t.Errorf("%d rules", n)
	}
}

// TestNobodyIsAsked: whatever the law, nobody who opts out of sale or limits the use of
// sensitive data is asked who they are, or is soon asked to opt in again.
func TestNobodyIsAsked(t *testing.T) {
	covered := 0
	for _, rule := range datarequest.Builtin() {
		for _, kind := range []statement.RequestType{statement.OptOutOfSale, statement.LimitSensitiveUse} {
			c, err := datarequest.Rules(nil).Clause(rule, kind)
			if errors.Is(err, datarequest.ErrNotCovered) {
				continue
			}
			must(t, err)
			covered++
			if c.Identity != datarequest.IdentityNever || c.Quiet != (datarequest.Term{Months: 12}) || slices.Contains(c.Deny, "identity-not-proven") {
				t.Errorf("%s, %s: identity %s, quiet %+v, denied for %v", rule, kind, c.Identity, c.Quiet, c.Deny)
			}
		}
	}
	if covered < 16 {
		t.Errorf("%d clauses looked at", covered)
	}
}

// TestBadPacks makes one mistake at a time in a good one.
func TestBadPacks(t *testing.T) {
	pack, err := datarequest.Rules(nil).Pack("us-va")
	must(t, err)
	good, err := json.MarshalIndent(pack, "", "  ")
	must(t, err)
	for what, change := range map[string][2]string{
		"no law":                    {`"law": "Virginia Consumer Data Protection Act"`, `"law": ""`},
		"never read":                {`"read": "2026-11-24"`, `"read": "lately"`},
		"legal advice":              {`"not legal advice"`, `"legal advice"`},
		"unknown member":            {`"law"`, `"lore": 1, "law"`},
		"unknown type":              {`"portability"`, `"revenge"`},
		"a type twice":              {`"portability"`, `"access"`},
		"a withdrawal is decided":   {`"portability"`, `"withdrawal"`},
		"two units":                 {`"days": 45`, `"days": 45, "months": 1`},
		"no unit":                   {`"days": 45`, `"end": "working-day"`},
		"unknown end":               {`"days": 45`, `"days": 45, "end": "sometime"`},
		"negative":                  {`"days": 45`, `"days": -45`},
		"beyond all time":           {`"days": 45`, `"days": 1000`},
		"unknown identity":          {`"clock-runs"`, `"clock-jumps"`},
		"an ugly reason":            {`"excessive"`, `"Too much!"`},
		"an appeal without a clock": {`"appeal"\n      ],`, `"restriction"\n      ],`},
		"who opts out is asked":     {`"identity": "never"`, `"identity": "clock-runs"`},
		"confirmed too late":        {`"answer": {`, `"confirm": {"business_days": 33}, "answer": {`},
		"an extension of nothing":   {`"days": 90`, `"days": 44`},
		"due after all time":        {`"days": 90`, `"days": 366`},
		"a year and a weekend":      {`"days": 90`, `"months": 12, "end": "working-day"`},
		"an unknown zone":           {`"America/New_York"`, `"America/Nowhere"`},
		"unknown holidays":          {`"holidays": []`, `"holidays": ["XX"]`},
		"in force one day":          {`"in_force": "2023-01-01"`, `"in_force": "one day"`},
		"a revocation for no time":  {`"complaint"`, `"revocation": {"source": "s. 1", "stop": {}}, "complaint"`},
		"a revocation of no source": {`"complaint"`, `"revocation": {"source": "", "stop": {"days": 15}}, "complaint"`},
		"extended without a date":   {`"days": 45`, `"without_delay": true`},
		"delayed and not":           {`"days": 45`, `"days": 45, "without_delay": true`},
		"business days stopped":     {`"days": 45`, `"business_days": 30`},
		"not JSON":                  {`{`, `[`},
		"too large":                 {`"law": "`, `"law": "` + strings.Repeat("x", datarequest.MaxPack)},
	} {
		bad := strings.Replace(string(good), strings.ReplaceAll(change[0], `\n`, "\n"), strings.ReplaceAll(change[1], `\n`, "\n"), 1)
		if what == "business days stopped" {
			bad = strings.Replace(bad, `"clock-runs"`, `"clock-pauses"`, 1)
		}
		if bad == string(good) {
			t.Errorf("%s: nothing changed", what)
		}
		if _, err := datarequest.ParsePack([]byte(bad)); !errors.Is(err, datarequest.ErrPack) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// FuzzParsePack: whatever is taken can be read again and dates a request.
func FuzzParsePack(f *testing.F) {
	for _, rule := range datarequest.Builtin() {
		p, err := datarequest.Rules(nil).Pack(rule)
		must(f, err)
		b, err := json.Marshal(p)
		must(f, err)
		f.Add(b)
	}
	c := calendar(f, "Europe/Madrid", []string{"ES"})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := datarequest.ParsePack(b)
		if err != nil {
			if !errors.Is(err, datarequest.ErrPack) {
				t.Fatal(err)
			}
			return
		}
		for _, clause := range p.Clauses {
			for _, kind := range clause.Types {
				r, _, err := datarequest.Open("id", kind, "fuzzed", "", time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC), datarequest.Rules{"fuzzed": p}, c)
				if due := r.Due != ""; err != nil || due && (r.NextDate() == "" || r.Due <= "2026-01-31") || !due && !clause.Answer.WithoutDelay && clause.InForce <= "2026-01-31" {
					t.Fatalf("%s: %+v, %v", kind, r, err)
				}
			}
		}
	})
}
