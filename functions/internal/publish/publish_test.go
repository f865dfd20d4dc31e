package publish_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/publish"
	"consent-receipts/shared/alarm"
	"consent-receipts/shared/ledger"
)

// TestStory: every receipt of a story is published, as its schema says, without
// what anybody wrote.
func TestStory(t *testing.T) {
	d := newDesk(t)
	var batch events.DynamoDBEvent
	for _, e := range d.tell(t, alex) {
		batch.Records = append(batch.Records, record(t, e))
	}
	answer, err := d.Handle(t.Context(), batch)
	if err != nil || answer.BatchItemFailures != nil {
		t.Fatalf("%+v %v\n%s", answer, err, d.log.String())
	}
	var told []string
	for _, p := range d.bus.read(t) {
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
	again := slices.Clone(d.bus.taken)
	d.bus.taken = nil
	if _, err := d.Handle(t.Context(), batch); err != nil || !slices.Equal(d.bus.taken, again) {
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
	genuine, forged := d.tell(t, alex)[0], stranger.tell(t, alex)[0]
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
			d.bus.taken = nil
			r := record(t, genuine)
			c.change(&r)
			answer, err := d.Handle(t.Context(), events.DynamoDBEvent{Records: []events.DynamoDBEventRecord{r}})
			must(t, err)
			got := "nothing"
			switch {
			case len(answer.BatchItemFailures) == 1 && answer.BatchItemFailures[0].ItemIdentifier == "101" && len(d.bus.taken) == 0:
				got = "failed"
			case answer.BatchItemFailures == nil && len(d.bus.taken) == 1:
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
	for _, e := range d.tell(t, alex) {
		batch.Records = append(batch.Records, record(t, e))
	}
	batch.Records[3].Change.NewImage["r"] = events.NewBinaryAttribute([]byte("poison"))
	d.bus.refuse = func(detail string) bool { return strings.Contains(detail, `"seq":2,`) }
	answer, err := d.Handle(t.Context(), batch)
	must(t, err)
	if len(answer.BatchItemFailures) != 1 || answer.BatchItemFailures[0].ItemIdentifier != "102" {
		t.Errorf("failures: %+v", answer.BatchItemFailures)
	}
	var seqs []uint64
	for _, p := range d.bus.read(t) {
		seqs = append(seqs, p.Data.Seq)
	}
	if !slices.Equal(seqs, []uint64{1, 3, 5}) {
		t.Errorf("published %v", seqs)
	}
}

// all yields entries, and then an error if there is one.
func all(entries []ledger.Entry, err error) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		for _, e := range entries {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Entry{}, err)
		}
	}
}

func TestRepublish(t *testing.T) {
	d := newDesk(t)
	entries := d.tell(t, alex) // one an hour
	for _, c := range []struct {
		name string
		in   publish.Range
		want []uint64
	}{
		{"all", publish.Range{}, []uint64{1, 2, 3, 4, 5}},
		{"from", publish.Range{From: 4}, []uint64{4, 5}},
		{"to", publish.Range{To: 2}, []uint64{1, 2}},
		{"since", publish.Range{Since: opened.Add(3 * time.Hour)}, []uint64{4, 5}},
		{"until", publish.Range{Until: opened.Add(3 * time.Hour)}, []uint64{1, 2, 3}},
		{"nothing", publish.Range{From: 6}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d.bus.taken = nil
			again := &publish.Republisher{Issued: d.Issued, Bus: d.bus}
			done, err := again.Run(t.Context(), all(entries, nil), c.in)
			must(t, err)
			var seqs []uint64
			for _, p := range d.bus.read(t) {
				seqs = append(seqs, p.Data.Seq)
			}
			if !slices.Equal(seqs, c.want) || done.Seen != 5 || done.Published != len(c.want) || done.Last.Seq != 5 {
				t.Errorf("published %v, progress %d of %d", seqs, done.Published, done.Seen)
			}
		})
	}
}

// TestRepublishAfterAFailure: whatever is before the last entry of a failed run
// is on the bus, so that a run after it leaves nothing out.
func TestRepublishAfterAFailure(t *testing.T) {
	d := newDesk(t)
	entries := slices.Repeat(d.tell(t, alex), 50) // 250 of them, in three batches
	calls := 0
	again := &publish.Republisher{Issued: d.Issued, Bus: d.bus, Report: func(publish.Progress) { calls++ }}
	throttled := errors.New("the table is throttled")
	done, err := again.Run(t.Context(), all(entries[:230], throttled), publish.Range{})
	if !errors.Is(err, throttled) || done.Seen != 200 || calls != 2 || len(d.bus.taken) != 200 {
		t.Fatalf("%v after %d, %d taken", err, done.Seen, len(d.bus.taken))
	}
	d.bus.refuse = func(string) bool { return true }
	if more, err := again.Run(t.Context(), all(entries[done.Seen:], nil), publish.Range{}); err == nil || more.Seen != 0 {
		t.Fatalf("%v after %d more", err, more.Seen)
	}
	d.bus.refuse = nil
	rest, err := again.Run(t.Context(), all(entries[done.Seen:], nil), publish.Range{})
	if err != nil || rest.Seen != 50 || len(d.bus.taken) != 250 {
		t.Errorf("%v after %d more, %d taken", err, rest.Seen, len(d.bus.taken))
	}
}
