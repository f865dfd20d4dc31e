package intake_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/intake"
	"consent-receipts/shared/exchange/inbound"
	"consent-receipts/shared/statement"
)

// TestEvidence: the receipt says who recorded it, that this is a claim, and who
// acted.
func TestEvidence(t *testing.T) {
	d := newDesk(t)
	d.deliver(t, message("m1", envelope("e1", "opt-in", alex, strings.Replace(yes, `"evidence"`,
		`"language":"es","actor":{"role":"guardian","id":"g1","authority":{"mandate":"court-order"}},"evidence"`, 1))))
	r := d.newest(t, alex)
	var evidence statement.Evidence
	must(t, json.Unmarshal(r.Evidence[0].Value, &evidence))
	if evidence.Level != "claimed" || evidence.Producer != "crm" || evidence.Channel != "branch" || evidence.Claimed.ACR != "urn:example:id-card" || evidence.Authentication != nil {
		t.Errorf("evidence: %s", r.Evidence[0].Value)
	}
	if got := string(r.Actor[0].Value); got != `{"role":"guardian","id":"g1","authority":{"mandate":"court-order"}}` {
		t.Errorf("actor: %s", got)
	}
	if r.Event.Channel != "branch" || !r.Event.OccurredAt.Equal(opened.Add(-2*time.Minute)) || !strings.Contains(string(r.Records[0].Value), `"es"`) {
		t.Errorf("event: %+v", r.Event)
	}
}

// TestImportedFile: what an earlier system recorded, as receipt import writes it,
// delivered twice. The receipt says where it was copied from.
func TestImportedFile(t *testing.T) {
	d := newDesk(t)
	cat, _ := d.Registrar.Catalogue.Current()
	file := `{"id":"r-1","subject":"customer-0001","time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement","claimed":{"acr":"urn:example:branch"}}
{"id":"r-2","subject":"customer-0001","time":"2019-03-02T09:30:00Z","answer":"no","purpose":"card-offers"}`
	for _, again := range []string{"a", "b"} {
		for line, err := range inbound.Lines(strings.NewReader(file), cat) {
			must(t, errors.Join(err, line.Err))
			body, err := line.Record.Envelope("old-crm")
			must(t, err)
			d.deliver(t, message(again+strconv.Itoa(line.Number), string(body)))
		}
	}
	want := map[string]string{"a1": intake.Recorded, "a2": intake.Recorded, "b1": intake.Repeated, "b2": intake.Repeated}
	if got := d.outcomes(t); !maps.Equal(got, want) {
		t.Errorf("outcomes %v", got)
	}
	if got := d.inForce(t, alex); !strings.Contains(got, "service-improvement for bank") || !strings.Contains(got, "2027-03-02") {
		t.Errorf("in force: %s", got)
	}
	r := d.newest(t, alex)
	var evidence statement.Evidence
	must(t, json.Unmarshal(r.Evidence[0].Value, &evidence))
	if r.Event.Type != "import" || r.Event.OccurredAt.Year() != 2019 || evidence.Copied == nil || *evidence.Copied != (statement.Copied{System: "old-crm", Record: "r-2", Attests: statement.AttestedClaimed}) {
		t.Errorf("%s of %s: %s", r.Event.Type, r.Event.OccurredAt, r.Evidence[0].Value)
	}
}

// TestClaimedRecords: a copied yes without evidence is acknowledged and changes nothing. The
// same yes counts once the producer states that its records claim it, and the receipt says so.
func TestClaimedRecords(t *testing.T) {
	d := newDesk(t)
	cat, _ := d.Registrar.Catalogue.Current()
	file := `{"id":"r-1","subject":"customer-0001","time":"2026-03-02T09:30:00Z","answer":"yes","purpose":"service-improvement"}`
	for line, err := range inbound.Lines(strings.NewReader(file), cat) {
		must(t, errors.Join(err, line.Err))
		for _, name := range []string{"as it is", "claimed"} {
			body, err := line.Record.Envelope("old-crm")
			must(t, err)
			d.deliver(t, message(name, string(body)))
			line.Record.Claim()
		}
	}
	want := map[string]string{"as it is": intake.Unchanged, "claimed": intake.Recorded}
	if got := d.outcomes(t); !maps.Equal(got, want) {
		t.Errorf("outcomes %v", got)
	}
	r := d.newest(t, alex)
	var evidence statement.Evidence
	must(t, json.Unmarshal(r.Evidence[0].Value, &evidence))
	if r.Seq != 1 || evidence.Level != "claimed" || evidence.Claimed != nil || evidence.Copied.Attests != statement.AttestedClaimed {
		t.Errorf("entry %d: %s", r.Seq, r.Evidence[0].Value)
	}
}

// TestLateYes: an opt-in counts from when it reached its queue, at the latest,
// also after it lay in the dead-letter queue. One not later than a no changes
// nothing.
func TestLateYes(t *testing.T) {
	recorded := opened // the no's
	for _, c := range []struct {
		name           string
		happened, sent time.Duration // after the no was recorded
		firstSent      time.Duration // if it lay in the dead-letter queue
		counts         bool
	}{
		{"before", -time.Minute, -time.Minute, 0, false},
		{"at the same second", 0, 0, 0, false},
		{"after", time.Second, time.Second, 0, true},
		{"happened before, sent after", -time.Second, time.Hour, 0, false},
		{"stamped after, sent before", 30 * time.Second, -time.Minute, 0, false},
		{"stamped after, first sent before", 30 * time.Second, time.Hour, -time.Minute, false},
		{"stamped after, first sent after", 30 * time.Second, time.Hour, time.Minute, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			d.deliver(t, message("m1", envelope("e1", "opt-out", alex, optOutAll)))
			d.bank.Time = recorded.Add(2 * time.Hour)
			m := message("m2", envelopeAt("e2", "opt-in", alex, yes, recorded.Add(c.happened)))
			m.Attributes["SentTimestamp"] = millis(recorded.Add(c.sent))
			if c.firstSent != 0 {
				m.MessageAttributes = map[string]events.SQSMessageAttribute{"queued_at": text(millis(recorded.Add(c.firstSent)))}
			}
			d.deliver(t, m)
			want := intake.Unchanged
			if c.counts {
				want = intake.Recorded
			}
			if got := d.outcomes(t)["m2"]; got != want {
				t.Errorf("it is %s, want %s", got, want)
			}
		})
	}
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

func text(s string) events.SQSMessageAttribute {
	return events.SQSMessageAttribute{StringValue: &s, DataType: "String"}
}
