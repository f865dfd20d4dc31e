package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/emf"
	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/published/publishedtest"
)

const alex = publishedtest.Alex

// desk publishes the receipts that a desk issues.
type desk struct {
	*publishedtest.Desk
	publisher *publish.Publisher
	contacts  publishedtest.Bus
	log       bytes.Buffer
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{Desk: publishedtest.NewDesk(t)}
	d.publisher = &publish.Publisher{
		Events: d.Events, Bus: d.Bus, Contacts: &d.contacts, Metrics: &emf.Emitter{Out: io.Discard, Now: time.Now}, Log: slog.New(slog.NewJSONHandler(&d.log, nil)),
	}
	return d
}

// record is a record of the stream: its event, its keys, and the item as it is now.
type record struct {
	event       string
	keys, image map[string]any
	sequence    string
}

func text(s string) any   { return map[string]any{"S": s} }
func binary(b []byte) any { return map[string]any{"B": b} }
func number(n string) any { return map[string]any{"N": n} }

func recordOf(e ledger.Entry) record {
	keys := map[string]any{"pk": text(e.Subject.String()), "sk": text(fmt.Sprintf("receipt#%010d", e.Seq))}
	return record{"INSERT", keys, map[string]any{
		"pk": keys["pk"], "sk": keys["sk"], "v": number("1"), "r": binary([]byte(e.Receipt)), "idem": binary(e.Key[:]), "cmd": binary(e.Command[:]),
	}, fmt.Sprint(100 + e.Seq)}
}

// batchOf is a batch as Lambda hands it over.
func batchOf(t testing.TB, records ...record) (in batch) {
	t.Helper()
	var all []any
	for _, r := range records {
		all = append(all, map[string]any{
			"eventID": r.sequence, "eventName": r.event, "eventSource": "aws:dynamodb", "eventVersion": "1.1", "awsRegion": "eu-south-2",
			"eventSourceARN": "arn:aws:dynamodb:eu-south-2:123456789012:table/demo/stream/2026-11-23T00:00:00.000",
			"dynamodb": map[string]any{
				"ApproximateCreationDateTime": publishedtest.Opened.Unix(), "Keys": r.keys, "NewImage": r.image,
				"SequenceNumber": r.sequence, "SizeBytes": 1000, "StreamViewType": "NEW_IMAGE",
			},
		})
	}
	b, err := json.Marshal(map[string]any{"Records": all})
	if err == nil {
		err = json.Unmarshal(b, &in)
	}
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// TestRecords: which records are published, which are not, and which fail.
func TestRecords(t *testing.T) {
	key := func(name, value string) func(*record) {
		return func(r *record) { r.keys[name], r.image[name] = text(value), text(value) }
	}
	receipt := func(receipt string) func(*record) {
		return func(r *record) { r.image["r"] = binary([]byte(receipt)) }
	}
	drop := func(name string) func(*record) { return func(r *record) { delete(r.image, name) } }
	named := func(name string) func(*record) { return func(r *record) { r.event = name } }
	d, stranger := newDesk(t), newDesk(t)
	genuine, forged := d.Tell(t, alex)[0], stranger.Tell(t, alex)[0]
	for _, c := range []struct {
		name   string
		change func(*record)
		want   string
	}{
		{"an entry", func(*record) {}, "published"},
		{"a document", func(r *record) { key("pk", "document#sha256:0")(r); key("sk", "document")(r) }, "nothing"},
		{"a root", func(r *record) { key("pk", "roots")(r); key("sk", "root#sha256:0")(r) }, "nothing"},
		{"something else of a subject's", key("sk", "note#1"), "nothing"},
		{"a record of the staff's about a person", key("pk", "audit#"+strings.Repeat("x", 43)), "nothing"},
		{"a receipt of somebody without an account", key("pk", "contact#"+alex), "nothing"},
		{"of another one", key("pk", "contact#"+strings.Repeat("x", 43)), "failed"},
		{"a record of a day", key("pk", "day#"+strings.Repeat("x", 43)), "nothing"},
		{"an entry that is removed", named("REMOVE"), "nothing"},
		{"an entry that is changed", named("MODIFY"), "nothing"},
		{"another person's", key("pk", "subject#"+strings.Repeat("x", 43)), "failed"},
		{"in another slot", key("sk", "receipt#0000000002"), "failed"},
		{"signed under another root", receipt(forged.Receipt), "failed"},
		{"with a disclosure missing", receipt(genuine.Receipt[:strings.LastIndexByte(strings.TrimSuffix(genuine.Receipt, "~"), '~')+1]), "failed"},
		{"no receipt", receipt("x"), "failed"},
		{"nothing in it", drop("r"), "failed"},
		{"no version", drop("v"), "failed"},
		{"a version of another kind", func(r *record) { r.image["v"] = text("1") }, "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.Bus.Taken = nil
			r := recordOf(genuine)
			c.change(&r)
			answer := handle(t.Context(), d.publisher, batchOf(t, r))
			got := "nothing"
			switch {
			case len(answer.BatchItemFailures) == 1 && answer.BatchItemFailures[0].ItemIdentifier == "101" && len(d.Bus.Taken) == 0:
				got = "failed"
			case answer.BatchItemFailures == nil && len(d.Bus.Taken) == 1:
				got = "published"
			}
			if got != c.want {
				t.Errorf("%s, want %s: %+v\n%s", got, c.want, answer, d.log.String())
			}
		})
	}
	for line, want := range map[string]int{alarm.Changed: 1, alarm.Refused: 9} { // a changed entry, and each that failed
		if n := strings.Count(d.log.String(), `"msg":"`+line+`"`); n != want {
			t.Errorf("%q was logged %d times, want %d:\n%s", line, n, want, d.log.String())
		}
	}
}

// TestFirstFailure: the stream is told the first record that failed, and the good
// ones are on the bus, those after it too.
func TestFirstFailure(t *testing.T) {
	d := newDesk(t)
	var records []record
	for _, e := range d.Tell(t, alex) {
		records = append(records, recordOf(e))
	}
	records[3].image["r"] = binary([]byte("poison"))
	d.Bus.Refuse = func(event string) bool { return strings.Contains(event, `"seq":2,`) }
	answer := handle(t.Context(), d.publisher, batchOf(t, records...))
	if len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "102" {
		t.Errorf("failures: %+v", answer.BatchItemFailures)
	}
	var seqs []uint64
	for _, p := range d.Bus.Read(t) {
		seqs = append(seqs, p.Data.Seq)
	}
	if !slices.Equal(seqs, []uint64{1, 3, 5}) {
		t.Errorf("published %v", seqs)
	}
}
