package publish_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published/publishedtest"
)

const alex = publishedtest.Alex

// desk publishes what is issued at a desk.
type desk struct {
	*publishedtest.Desk
	*publish.Handler
	log, out bytes.Buffer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{Desk: publishedtest.NewDesk(t)}
	d.Handler = &publish.Handler{
		Decode: decode, Events: d.Desk.Events, Bus: d.Desk.Bus,
		Metrics: &emf.Emitter{Out: &d.out, Now: func() time.Time { return d.Now }}, Log: slog.New(slog.NewJSONHandler(&d.log, nil)),
	}
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// record is an entry's record in the stream.
func record(t testing.TB, e ledger.Entry) events.DynamoDBEventRecord {
	t.Helper()
	image := map[string]any{
		"pk": map[string]string{"S": e.Subject.String()}, "sk": map[string]string{"S": fmt.Sprintf("receipt#%010d", e.Seq)},
		"v": map[string]string{"N": "1"}, "r": map[string]string{"B": base64.StdEncoding.EncodeToString([]byte(e.Receipt))},
		"idem": map[string]string{"B": base64.StdEncoding.EncodeToString(e.Key[:])},
		"cmd":  map[string]string{"B": base64.StdEncoding.EncodeToString(e.Command[:])},
	}
	b, err := json.Marshal(map[string]any{
		"eventID": fmt.Sprint(e.Seq), "eventName": "INSERT", "eventSource": "aws:dynamodb", "eventVersion": "1.1", "awsRegion": "eu-south-2",
		"eventSourceARN": "arn:aws:dynamodb:eu-south-2:123456789012:table/demo/stream/2026-11-23T00:00:00.000",
		"dynamodb": map[string]any{
			"ApproximateCreationDateTime": publishedtest.Opened.Unix(), "Keys": map[string]any{"pk": image["pk"], "sk": image["sk"]},
			"NewImage": image, "SequenceNumber": fmt.Sprint(100 + e.Seq), "SizeBytes": len(e.Receipt), "StreamViewType": "NEW_IMAGE",
		},
	})
	must(t, err)
	var r events.DynamoDBEventRecord
	must(t, json.Unmarshal(b, &r))
	return r
}

func decode(pk, sk string, _ int, r, key, command []byte) (e ledger.Entry, err error) {
	e.Receipt = string(r)
	if e.Subject, err = ledger.ParseSubject(pk); err != nil {
		return e, err
	}
	_, err = fmt.Sscanf(sk, "receipt#%d", &e.Seq)
	copy(e.Key[:], key)
	copy(e.Command[:], command)
	return e, err
}
