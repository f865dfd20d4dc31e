package system_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"testing"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/audit"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/looks"
)

// TestManyLooks: however often the staff looked, a bundle lists the newest looks, and stays
// small.
func TestManyLooks(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: some seconds")
	}
	h := open(t)
	person := h.token(t, alex)
	var found struct{ Person string }
	h.ask(t, h.token(t, system.SampleOperator), "POST", "/v1/operator/people", `{"customer":"`+alex+`"}`).into(t, &found)
	const more = 1010 // than the first, which was to find them
	for i := range more {
		must(t, h.sys.API.Audit.Append(t.Context(), audit.Of(ledger.Person(found.Person)), looks.Act{Staff: "clerk", Role: "operator", Did: "receipt.read", Case: fmt.Sprint("C-", i), About: "1"}))
	}
	a := h.ask(t, person, "GET", "/v1/receipts/bundle", "")
	z, err := zip.NewReader(bytes.NewReader(a.body), int64(len(a.body)))
	must(t, err)
	f, err := z.Open(inside.LooksFile)
	must(t, err)
	var kept struct{ Records []struct{ Seq uint64 } }
	must(t, json.NewDecoder(f).Decode(&kept))
	const first = more + 1 - 1000 + 1
	if n := len(kept.Records); n != 1000 || kept.Records[0].Seq != first || kept.Records[n-1].Seq != more+1 {
		t.Errorf("%d looks, the first is %d", n, kept.Records[0].Seq)
	}
	t.Logf("%d bytes", len(a.body))
	if len(a.body) > 1<<20 {
		t.Errorf("a bundle of no receipts has %d bytes", len(a.body))
	}
}
