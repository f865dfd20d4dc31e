package check_test

import (
	"encoding/json"
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
			all = append(all, &receipt.Receipt{Claims: receipt.Claims{
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
