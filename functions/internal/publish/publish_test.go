package publish_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/shared/alarm"
)

// TestStory: every receipt of a story is published, as its schema says, without
// what anybody wrote.
func TestStory(t *testing.T) {
	d := newDesk(t)
	var batch events.DynamoDBEvent
	for _, e := range d.Tell(t, alex) {
		batch.Records = append(batch.Records, record(t, e))
	}
	answer, err := d.Handle(t.Context(), batch)
	if err != nil || answer.BatchItemFailures != nil {
		t.Fatalf("%+v %v\n%s", answer, err, d.log.String())
	}
	var told []string
	for _, p := range d.Desk.Bus.Read(t) {
		if p.Subject != alex {
			t.Errorf("of %s", p.Subject)
		}
		line := fmt.Sprint(p.Data.Seq, " ", p.Data.Event)
		for _, c := range p.Data.Changes {
			line += fmt.Sprintf("; %s for %s: %s to %s", c.Purpose, c.Recipient, c.From, c.To)
		}
		told = append(told, line)
	}
	want := []string{
		"1 opt-in; account-alerts for parley: none to given; service-improvement for bank: none to given; card-offers for parley: none to refused",
		"2 opt-out; service-improvement for bank: given to withdrawn",
		"3 request-received",
		"4 opt-out; account-alerts for parley: given to withdrawn",
		"5 erasure",
	}
	if !slices.Equal(told, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
	}
	if want := `"Outcome":"published","Receipts":5`; !strings.Contains(d.out.String(), want) {
		t.Errorf("metrics: %s", d.out.String())
	}
	again := slices.Clone(d.Desk.Bus.Taken)
	d.Desk.Bus.Taken = nil
	if _, err := d.Handle(t.Context(), batch); err != nil || !slices.Equal(d.Desk.Bus.Taken, again) {
		t.Error("the second time the events are others")
	}
}

// TestRecords: which records are published, which are not, and which fail.
func TestRecords(t *testing.T) {
	set := func(name, value string) func(*events.DynamoDBEventRecord) {
		return func(r *events.DynamoDBEventRecord) {
			v := events.NewStringAttribute(value)
			if name == "r" {
				v = events.NewBinaryAttribute([]byte(value))
			}
			r.Change.NewImage[name] = v
			if _, ok := r.Change.Keys[name]; ok {
				r.Change.Keys[name] = v
			}
		}
	}
	drop := func(name string) func(*events.DynamoDBEventRecord) {
		return func(r *events.DynamoDBEventRecord) { delete(r.Change.NewImage, name) }
	}
	named := func(name string) func(*events.DynamoDBEventRecord) {
		return func(r *events.DynamoDBEventRecord) { r.EventName = name }
	}
	d, stranger := newDesk(t), newDesk(t)
	genuine, forged := d.Tell(t, alex)[0], stranger.Tell(t, alex)[0]
	for _, c := range []struct {
		name   string
		change func(*events.DynamoDBEventRecord)
		want   string
	}{
		{"an entry", func(*events.DynamoDBEventRecord) {}, "published"},
		{"a document", func(r *events.DynamoDBEventRecord) { set("pk", "document#sha256:0")(r); set("sk", "document")(r) }, "nothing"},
		{"a root", func(r *events.DynamoDBEventRecord) { set("pk", "roots")(r); set("sk", "root#sha256:0")(r) }, "nothing"},
		{"something else of a subject's", set("sk", "note#1"), "nothing"},
		{"a record of the staff's about a person", set("pk", "audit#"+strings.Repeat("x", 43)), "nothing"},
		{"a record of a day", set("pk", "day#"+strings.Repeat("x", 43)), "nothing"},
		{"an entry that is removed", named("REMOVE"), "nothing"},
		{"an entry that is changed", named("MODIFY"), "nothing"},
		{"another person's", set("pk", "subject#"+strings.Repeat("x", 43)), "failed"},
		{"in another slot", set("sk", "receipt#0000000002"), "failed"},
		{"signed under another root", set("r", forged.Receipt), "failed"},
		{"with a disclosure missing", set("r", genuine.Receipt[:strings.LastIndexByte(strings.TrimSuffix(genuine.Receipt, "~"), '~')+1]), "failed"},
		{"no receipt", set("r", "x"), "failed"},
		{"nothing in it", drop("r"), "failed"},
		{"no version", drop("v"), "failed"},
		{"a version of another kind", set("v", "1"), "failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.Desk.Bus.Taken = nil
			r := record(t, genuine)
			c.change(&r)
			answer, err := d.Handle(t.Context(), events.DynamoDBEvent{Records: []events.DynamoDBEventRecord{r}})
			must(t, err)
			got := "nothing"
			switch {
			case len(answer.BatchItemFailures) == 1 && answer.BatchItemFailures[0].ItemIdentifier == "101" && len(d.Desk.Bus.Taken) == 0:
				got = "failed"
			case answer.BatchItemFailures == nil && len(d.Desk.Bus.Taken) == 1:
				got = "published"
			}
			if got != c.want {
				t.Errorf("%s, want %s: %+v\n%s", got, c.want, answer, d.log.String())
			}
		})
	}
	for line, want := range map[string]int{alarm.Changed: 1, alarm.Refused: 8} { // a changed entry, and each that failed
		if n := strings.Count(d.log.String(), `"msg":"`+line+`"`); n != want {
			t.Errorf("%q was logged %d times, want %d:\n%s", line, n, want, d.log.String())
		}
	}
}

// TestFirstFailure: the stream is told the first record that failed, and the good
// ones are on the bus, those after it too.
func TestFirstFailure(t *testing.T) {
	d := newDesk(t)
	var batch events.DynamoDBEvent
	for _, e := range d.Tell(t, alex) {
		batch.Records = append(batch.Records, record(t, e))
	}
	batch.Records[3].Change.NewImage["r"] = events.NewBinaryAttribute([]byte("poison"))
	d.Desk.Bus.Refuse = func(event string) bool { return strings.Contains(event, `"seq":2,`) }
	answer, err := d.Handle(t.Context(), batch)
	must(t, err)
	if len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "102" {
		t.Errorf("failures: %+v", answer.BatchItemFailures)
	}
	var seqs []uint64
	for _, p := range d.Desk.Bus.Read(t) {
		seqs = append(seqs, p.Data.Seq)
	}
	if !slices.Equal(seqs, []uint64{1, 3, 5}) {
		t.Errorf("published %v", seqs)
	}
}
