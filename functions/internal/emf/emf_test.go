package emf_test

import (
	"bytes"
	"testing"
	"time"

	"consent-receipts/functions/internal/emf"
)

func TestCount(t *testing.T) {
	var out bytes.Buffer
	e := emf.Emitter{Out: &out, Now: func() time.Time { return time.UnixMilli(1795442400000) }}
	e.Count("Events", 3, map[string]string{"Producer": "crm", "Outcome": "receipt"})
	const want = `{"Events":3,"Outcome":"receipt","Producer":"crm","_aws":{"Timestamp":1795442400000,"CloudWatchMetrics":[` +
		`{"Namespace":"ConsentReceipts","Dimensions":[["Outcome","Producer"]],"Metrics":[{"Name":"Events","Unit":"Count"}]}]}}` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", out.String(), want)
	}
}
