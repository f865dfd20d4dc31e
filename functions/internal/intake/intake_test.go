package intake_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/intake"
	"consent-receipts/shared/statement"
)

// TestOutcomes: what becomes of one event, for somebody of whom nothing is known.
func TestOutcomes(t *testing.T) {
	changed := func(old, new string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, new, 1) }
	}
	late := func(d time.Duration) string { return opened.Add(d).Format(time.RFC3339) }
	happened := opened.Add(-2 * time.Minute).Format(time.RFC3339)
	for _, c := range []struct {
		name    string
		kind    string
		data    string
		change  func(string) string
		outcome string
		detail  string // the receipt's event type, or the reason
	}{
		{"an opt-in", "opt-in", yes, nil, intake.Recorded, "opt-in"},
		{"a refusal", "opt-in", no, nil, intake.Recorded, "refusal"},
		{"an opt-out", "opt-out", optOutAll, nil, intake.Recorded, "opt-out"},
		{"a data request", "data-request", access, nil, intake.Recorded, "request-received"},
		{"a pretty one", "data-request", access, changed("{", "{\n  "), intake.Recorded, "request-received"},
		{"white space around it", "opt-in", yes, func(s string) string { return "\n" + s + "\n" }, intake.Recorded, "opt-in"},
		{"a yes that has already ended", "opt-in", strings.Replace(yes, `"yes"`, `"yes","until":"2026-01-01"`, 1), nil, intake.Unchanged, ""},

		{"not JSON", "opt-in", yes, func(string) string { return "yes" }, intake.DeadLettered, "invalid-envelope"},
		{"a member twice", "opt-out", optOutAll, changed(`"all":true`, `"all":true,"all":true`), intake.DeadLettered, "invalid-envelope"},
		{"too large", "opt-in", yes, changed("urn:", strings.Repeat("x", 256<<10)), intake.DeadLettered, "invalid-envelope"},
		{"an unknown type", "signal", `{}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"no customer", "opt-in", yes, changed(alex, ""), intake.DeadLettered, "invalid-envelope"},
		{"no id", "opt-in", yes, changed(`"id":"e1",`, ""), intake.DeadLettered, "invalid-envelope"},
		{"no time", "opt-in", yes, changed(`"time":"`+happened+`",`, ""), intake.DeadLettered, "invalid-envelope"},
		{"no such day", "opt-in", yes, changed(happened, "2026-02-31T00:00:00Z"), intake.DeadLettered, "invalid-envelope"},
		{"an unknown member", "opt-in", yes, changed(`"evidence"`, `"extra":1,"evidence"`), intake.DeadLettered, "invalid-envelope"},
		{"the system as actor", "opt-in", yes, changed(`"evidence"`, `"actor":{"role":"system"},"evidence"`), intake.DeadLettered, "invalid-envelope"},

		{"60 seconds ahead", "opt-in", yes, changed(happened, late(time.Minute)), intake.Recorded, "opt-in"},
		{"61 seconds ahead", "opt-in", yes, changed(happened, late(61*time.Second)), intake.DeadLettered, "in-the-future"},
		{"an unknown purpose", "opt-in", yes, changed("service-improvement", "telepathy"), intake.DeadLettered, "not-offered"},
		{"more data than offered", "opt-in", yes, changed(`"yes"`, `"yes","data":["balances"]`), intake.DeadLettered, "not-offered"},
		{"nothing claimed of the person", "opt-in", yes, changed(`,"evidence":{"claimed":{"acr":"urn:example:id-card"}}`, ""), intake.DeadLettered, "evidence-too-weak"},
		{"a purpose that wants the person's own token", "opt-in", yes, changed("service-improvement", "account-alerts"), intake.DeadLettered, "evidence-too-weak"},
		{"a purpose twice", "opt-in", yes, changed(`"answer":"yes"}`, `"answer":"yes"},{"purpose":"service-improvement","answer":"no"}`), intake.DeadLettered, "invalid-command"},
		{"a request that no rule knows", "data-request", access, changed("access", "telepathy"), intake.DeadLettered, "invalid-envelope"},

		{"details that steer a terminal", "data-request", `{"type":"access","details":"\u001b[2J"}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"details in two lines", "data-request", `{"type":"access","details":"One.\r\nTwo."}`, nil, intake.Recorded, "request-received"},
		{"an authority with controls", "data-request", `{"type":"access","actor":{"role":"attorney","authority":{"mandate":"\u009b2J"}}}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"an authority with numbers", "data-request", `{"type":"access","actor":{"role":"attorney","authority":{"mandate":7,"open":true,"of":"2026"}}}`, nil, intake.Recorded, "request-received"},
		{"an actor's id with controls", "data-request", `{"type":"access","actor":{"role":"attorney","id":"\u202e"}}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"a claim with controls", "opt-in", yes, changed("urn:", `\u0007urn:`), intake.DeadLettered, "invalid-envelope"},

		{"an import", "import", importYes, nil, intake.Recorded, "import"},
		{"an import with nothing claimed leaves no word", "import", importYes, changed(`,"evidence":{"claimed":{"acr":"urn:example:id-card"}}`, ""), intake.Unchanged, ""},
		{"an import of a no to something unknown", "import", importYes, changed(`"service-improvement","answer":"yes"`, `"telepathy","answer":"no"`), intake.Recorded, "import"},
		{"an import of a yes that has run out", "import", importYes, changed(happened, "1999-12-31T23:59:59Z"), intake.Unchanged, ""},
		{"an import from nowhere", "import", importYes, changed(`"copied":{"system":"old-crm","record":"r-1"},`, ""), intake.DeadLettered, "invalid-envelope"},
		{"an import of an unknown purpose", "import", importYes, changed("service-improvement", "telepathy"), intake.DeadLettered, "not-offered"},

		{"an opt-out of something unknown", "opt-out", `{"purposes":["telepathy"]}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out by an unknown consent id", "opt-out", `{"consents":["c1"]}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out from the future", "opt-out", optOutAll, changed(happened, late(48*time.Hour)), intake.Recorded, "opt-out"},
		{"an opt-out from long ago", "opt-out", optOutAll, changed(happened, "1999-12-31T23:59:59-08:00"), intake.Recorded, "opt-out"},
		{"an opt-out without an id", "opt-out", optOutAll, changed(`"id":"e1",`, ""), intake.Recorded, "opt-out"},
		{"an opt-out with an unusable id", "opt-out", optOutAll, changed("e1", "é"), intake.Recorded, "opt-out"},
		{"an opt-out without a time", "opt-out", optOutAll, changed(`"time":"`+happened+`",`, ""), intake.Recorded, "opt-out"},
		{"an opt-out with an unusable time", "opt-out", optOutAll, changed(happened, "yesterday"), intake.Recorded, "opt-out"},
		{"an opt-out before time began", "opt-out", optOutAll, changed(happened, "0000-01-01T00:00:00+23:00"), intake.Recorded, "opt-out"},
		{"an opt-out of another version", "opt-out", optOutAll, changed(`"1.0"`, `"0.3"`), intake.Recorded, "opt-out"},
		{"an opt-out with more to say", "opt-out", optOutAll, changed(`"data"`, `"region":"south","data"`), intake.Recorded, "opt-out"},
		{"an opt-out by an unknown role", "opt-out", `{"all":true,"actor":{"role":"neighbour"}}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out with too much authority", "opt-out", `{"all":true,"actor":{"role":"attorney","authority":{"a":"` + strings.Repeat("x", 500) + `","b":"` + strings.Repeat("é", 500) + `","c":"` + strings.Repeat("x", 500) + `","d":"` + strings.Repeat("x", 500) + `"}}}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out with a long reason", "opt-out", `{"all":true,"reason":"` + strings.Repeat("ñ", 600) + `"}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out with a reason that steers a terminal", "opt-out", `{"all":true,"reason":"\u001b[2J\u0000\u202e"}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out whose reason is no text", "opt-out", `{"all":true,"reason":{"a":[1]}}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out with half a character in its reason", "opt-out", `{"all":true,"reason":"cut \ud83d` + "\xf0\x9f" + `"}`, nil, intake.Recorded, "opt-out"},
		{"a request with half a character in its details", "data-request", `{"type":"access","details":"cut \ud83d"}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"an opt-out by an agent with controls", "opt-out", `{"all":true,"actor":{"role":"agent","id":"\u001b"}}`, nil, intake.Recorded, "opt-out"},
		{"an opt-out of nothing", "opt-out", `{}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"an opt-out of everything and something", "opt-out", `{"all":true,"purposes":["card-offers"]}`, nil, intake.DeadLettered, "invalid-envelope"},
		{"an opt-out by nobody", "opt-out", optOutAll, changed(alex, ""), intake.DeadLettered, "invalid-envelope"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t)
			body := envelope("e1", c.kind, alex, c.data)
			if c.change != nil {
				body = c.change(body)
			}
			if back := d.deliver(t, message("m1", body)); back != nil {
				t.Errorf("%v come back", back)
			}
			if got := d.outcomes(t)["m1"]; got != c.outcome {
				t.Errorf("it is %s; the log says\n%s", got, d.log.String())
			}
			entries := d.entries(t, alex)
			switch c.outcome {
			case intake.Recorded:
				if len(entries) != 1 || d.newest(t, alex).Event.Type != statement.EventType(c.detail) {
					t.Errorf("%d entries", len(entries))
				}
			case intake.DeadLettered:
				if len(d.dead.sent) != 1 || d.dead.sent[0].attributes["reason"] != c.detail || d.dead.sent[0].body != body {
					t.Errorf("dead letters: %+v", d.dead.sent)
				}
			}
			if c.outcome != intake.Recorded && len(entries) > 0 || c.outcome != intake.DeadLettered && len(d.dead.sent) > 0 {
				t.Errorf("%d entries, dead letters %+v", len(entries), d.dead.sent)
			}
			d.silent(t)
		})
	}
}

// silent: nothing personal is in the log, the metrics, or a reason.
func (d *desk) silent(t *testing.T) {
	t.Helper()
	said := d.log.String() + d.out.String()
	for _, letter := range d.dead.sent {
		for _, v := range letter.attributes {
			said += v
		}
	}
	pseudonym, err := d.Pseudonyms.Of(alex)
	must(t, err)
	for _, secret := range []string{alex, pseudonym, "urn:example"} {
		if strings.Contains(said, secret) {
			t.Errorf("%q is in\n%s", secret, said)
		}
	}
}

// TestUnknownQueue: nothing is taken from a queue that is not configured.
func TestUnknownQueue(t *testing.T) {
	d := newDesk(t)
	m := message("m1", envelope("e1", "opt-out", alex, optOutAll))
	m.EventSourceARN += "2"
	if back := d.deliver(t, m, m); len(back) != 2 || len(d.entries(t, alex)) != 0 {
		t.Errorf("%v come back", back)
	}
}

// TestOptOutWithoutID goes by the message it first came in.
func TestOptOutWithoutID(t *testing.T) {
	d := newDesk(t)
	body := `{"type":"consent.opt-out.v1","subject":"customer-0001","data":{"all":true}}`
	d.deliver(t, message("m1", body))
	d.deliver(t, message("m1", body))
	redriven := message("m2", body)
	redriven.MessageAttributes = map[string]events.SQSMessageAttribute{"message_id": text("m1")}
	d.deliver(t, redriven)
	if n := len(d.entries(t, alex)); n != 1 {
		t.Errorf("%d entries", n)
	}
	d.deliver(t, message("m3", body))
	if n := len(d.entries(t, alex)); n != 2 {
		t.Errorf("%d entries after another one", n)
	}
}

// TestProducersApart: an id is a producer's own, and never a key of the HTTP API.
func TestProducersApart(t *testing.T) {
	d := newDesk(t)
	d.Producers["demo-intake-app"] = intake.Producer{Name: "app", Channel: "app"}
	m := message("m1", envelope("e1", "opt-out", alex, optOutAll))
	d.deliver(t, m)
	m.EventSourceARN = strings.Replace(queueARN, "crm", "app", 1)
	d.deliver(t, m)
	if n := len(d.entries(t, alex)); n != 2 {
		t.Errorf("%d entries", n)
	}
}

// TestInvocations delivers each sample.
func TestInvocations(t *testing.T) {
	files, err := filepath.Glob("../../../events/invocations/intake/*.json")
	must(t, err)
	if len(files) == 0 {
		t.Fatal("there is none")
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			b, err := os.ReadFile(file)
			must(t, err)
			var batch events.SQSEvent
			must(t, json.Unmarshal(b, &batch))
			d := newDesk(t)
			d.bank.Time = opened.Add(time.Hour)
			d.Producers, err = intake.ParseProducers(`{"ConsentReceipts-intake-crm":{"name":"crm","channel":"branch"}}`)
			must(t, err)
			answer, err := d.Handle(t.Context(), batch)
			if err != nil || answer.BatchItemFailures != nil {
				t.Fatalf("%+v %v\n%s", answer, err, d.log.String())
			}
			if recorded := min(len(batch.Records), 3); len(d.entries(t, alex)) != recorded || len(d.dead.sent) != len(batch.Records)-recorded {
				t.Errorf("%d entries, %d dead letters", len(d.entries(t, alex)), len(d.dead.sent))
			}
		})
	}
}

func TestParseProducers(t *testing.T) {
	for text, ok := range map[string]bool{
		`{"q":{"name":"crm","channel":"branch"}}`:                true,
		`{"q":{"name":"crm","channel":"branch","trusted":true}}`: false,
		`{"q":{"name":"c r m","channel":"branch"}}`:              false,
		`{"q":{"name":"crm"}}`:                                   false,
		`{"":{"name":"crm","channel":"branch"}}`:                 false,
		`{}`:                                                     false,
		``:                                                       false,
	} {
		if _, err := intake.ParseProducers(text); (err == nil) != ok || (!ok && !errors.Is(err, intake.ErrProducers)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
