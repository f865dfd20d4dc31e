package check_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/page"
)

// became is a case of testdata/became.json, which verify.html is tested with too.
type became struct {
	Name     string
	Now      time.Time
	Files    int
	Shown    int // which of the receipts
	Receipts []struct {
		Seq                        uint64
		At                         time.Time
		Sub                        string
		Changes, Standing, Records []json.RawMessage
		Withheld                   int // of the changes
	}
	Want []struct{ Consent, EN, ES string }
}

// elements are disclosed values, and some more that are withheld.
func elements(values []json.RawMessage, withheld int) (out []receipt.Element) {
	for _, v := range values {
		out = append(out, receipt.Element{Value: v})
	}
	for range withheld {
		out = append(out, receipt.Element{Digest: "x"})
	}
	return out
}

// TestBecame: every sentence, for every state, later receipts at hand or not, parts of them
// withheld or not.
func TestBecame(t *testing.T) {
	b, err := os.ReadFile("testdata/became.json")
	must(t, err)
	var cases []became
	must(t, json.Unmarshal(b, &cases))
	for _, c := range cases {
		var all []*receipt.Receipt
		for _, r := range c.Receipts {
			all = append(all, &receipt.Receipt{Digest: fmt.Sprint(r.Seq), Claims: receipt.Claims{
				Subject: r.Sub, Seq: r.Seq, IssuedAt: r.At.Unix(),
				Changes: elements(r.Changes, r.Withheld), Standing: elements(r.Standing, 0), Records: elements(r.Records, 0),
			}})
		}
		fates := check.Became(all[c.Shown], all, c.Now)
		if len(fates) != len(c.Want) {
			t.Errorf("%s: %+v", c.Name, fates)
			continue
		}
		for i, want := range c.Want {
			for language, want := range map[string]string{"en": want.EN, "es": want.ES} {
				if _, got := page.NamesIn(all[c.Shown], language).Became(fates[i], c.Files); got != want {
					t.Errorf("%s: %s\n got %q\nwant %q", c.Name, fates[i].Consent, got, want)
				}
			}
			if fates[i].Consent != want.Consent {
				t.Errorf("%s: of %s, want %s", c.Name, fates[i].Consent, want.Consent)
			}
		}
	}
}

// TestBecameOfCopies: when a consent ends may stand in another copy of the receipt that is
// shown.
func TestBecameOfCopies(t *testing.T) {
	verifier := receipt.NewVerifier()
	verified := func(raw string) *receipt.Receipt {
		rec, err := verifier.Verify(raw)
		must(t, err)
		return rec
	}
	whole := verified(genuine(t, "01-opt-in"))
	copies := map[string]*receipt.Receipt{}
	for _, part := range []string{"changes", "records"} {
		raw, err := whole.Present([]string{part})
		must(t, err)
		copies[part] = verified(raw)
	}
	now := whole.Time().AddDate(50, 0, 0)
	alone := check.Became(copies["changes"], nil, now)
	fates := check.Became(copies["changes"], []*receipt.Receipt{copies["records"], copies["changes"]}, now)
	want := check.Became(whole, nil, now)
	if len(fates) == 0 || !alone[0].Ended.IsZero() || fates[0].Ended.IsZero() || !fates[0].Ended.Equal(want[0].Ended) {
		t.Errorf("alone %+v, with the copy %+v, and the whole one %+v", alone, fates, want)
	}
}
