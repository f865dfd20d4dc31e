package intake_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/intake"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
)

// throttledFor is a store that does nothing for one person.
type throttledFor struct {
	ledger.Store
	subject string
}

func (s *throttledFor) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	if subject.ID() == s.subject {
		return ledger.Entry{}, ledger.ErrUnavailable
	}
	return s.Store.Newest(ctx, subject)
}

// TestBatch: of ten messages one is poison, one a duplicate, one uses an id again
// for something else, and one meets a throttled ledger. That one comes back.
func TestBatch(t *testing.T) {
	throttled := &throttledFor{}
	d := newDesk(t, func(s ledger.Store) ledger.Store { throttled.Store = s; return throttled })
	var err error
	throttled.subject, err = d.Pseudonyms.Of("customer-0009")
	must(t, err)
	batch := []events.SQSMessage{
		message("m0", envelope("e0", "opt-in", "customer-0000", yes)),
		message("m1", envelope("e1", "opt-in", "customer-0001", yes)),
		message("m2", envelope("e2", "opt-out", "customer-0002", optOutAll)),
		message("poison", `{"type":"consent.opt-in.v1"}`),
		message("m4", envelope("e4", "data-request", "customer-0004", access)),
		message("duplicate", envelope("e0", "opt-in", "customer-0000", yes)),
		message("conflict", envelope("e0", "opt-in", "customer-0000", no)),
		message("m7", envelope("e7", "opt-out", "customer-0000", optOutAll)),
		message("m8", envelope("e8", "opt-in", "customer-0008", no)),
		message("throttled", envelope("e9", "opt-in", "customer-0009", yes)),
	}
	if back := d.deliver(t, batch...); !slices.Equal(back, []string{"throttled"}) {
		t.Errorf("%v come back", back)
	}
	want := map[string]string{"poison": "invalid-envelope", "conflict": "idempotency-mismatch"}
	for _, letter := range d.dead.sent {
		id := letter.attributes["message_id"]
		if want[id] != letter.attributes["reason"] || letter.queue != queueARN+"-dlq" || letter.attributes["detail"] == "" {
			t.Errorf("dead letter: %+v", letter)
		}
		delete(want, id)
	}
	if len(want) > 0 {
		t.Errorf("not in the dead-letter queue: %v", want)
	}
	if n := len(d.entries(t, "customer-0000")); n != 2 {
		t.Errorf("%d entries, want the opt-in and the opt-out", n)
	}
	if n := len(d.entries(t, "customer-0009")); n != 0 {
		t.Errorf("%d entries of the throttled person", n)
	}
	for _, line := range []string{`"Events":6,"Outcome":"recorded","Producer":"crm"`, `"Events":1,"Outcome":"repeated"`, `"Events":2,"Outcome":"dead-lettered"`, `"Events":1,"Outcome":"retried"`} {
		if !strings.Contains(d.out.String(), line) {
			t.Errorf("%s is not in\n%s", line, d.out.String())
		}
	}

	throttled.subject = ""
	if back := d.deliver(t, batch[9]); back != nil || len(d.entries(t, "customer-0009")) != 1 {
		t.Errorf("%v come back when the ledger is there again", back)
	}
}

// dying is a store whose process dies right after it has appended.
type dying struct {
	ledger.Store
	alive bool
}

func (s *dying) Append(ctx context.Context, e ledger.Entry) error {
	err := s.Store.Append(ctx, e)
	if !s.alive {
		panic("killed")
	}
	return err
}

// TestKilledBeforeTheAnswer: an event that was recorded, and not answered, is
// delivered again. There is one entry, and its receipt.
func TestKilledBeforeTheAnswer(t *testing.T) {
	lost := func(s ledger.Store) ledger.Store { // the answer, and then the connection
		return faulty.New(s, func() faulty.Schedule {
			dead := false
			return func(op faulty.Op) faulty.Fault {
				switch {
				case dead:
					return faulty.Throttled
				case op == faulty.Append:
					dead = true
					return faulty.LostAnswer
				}
				return faulty.None
			}
		}(), 0)
	}
	for name, wrap := range map[string]func(ledger.Store) ledger.Store{
		"a panic":            func(s ledger.Store) ledger.Store { return &dying{Store: s} },
		"the answer is lost": lost,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, wrap)
			m := message("m1", envelope("e1", "opt-in", alex, yes))
			if back := d.deliver(t, m); !slices.Equal(back, []string{"m1"}) {
				t.Fatalf("%v come back", back)
			}
			first := d.newest(t, alex)
			d.Registrar.Store = d.store
			if back := d.deliver(t, m); back != nil || d.outcomes(t)["m1"] != intake.Repeated {
				t.Errorf("%v come back, it is %s", back, d.outcomes(t)["m1"])
			}
			if again := d.newest(t, alex); len(d.entries(t, alex)) != 1 || again.Digest != first.Digest {
				t.Errorf("%d entries", len(d.entries(t, alex)))
			}
		})
	}
}

// TestLastReceive: what still fails when SQS delivers it for the last time is
// put into the dead-letter queue with what it needs to be sent again.
func TestLastReceive(t *testing.T) {
	throttled := &throttledFor{}
	d := newDesk(t, func(s ledger.Store) ledger.Store { throttled.Store = s; return throttled })
	var err error
	throttled.subject, err = d.Pseudonyms.Of(alex)
	must(t, err)
	m := message("m1", envelope("e1", "opt-in", alex, yes))
	for n, want := range map[int]bool{queue.MaxReceives - 1: true, queue.MaxReceives: false} {
		m.Attributes["ApproximateReceiveCount"] = strconv.Itoa(n)
		if back := d.deliver(t, m); (len(back) == 1) != want {
			t.Errorf("receive %d: %v come back", n, back)
		}
	}
	letter := d.dead.sent[0]
	if len(d.dead.sent) != 1 || letter.attributes["reason"] != "busy" || letter.attributes["queued_at"] != m.Attributes["SentTimestamp"] || letter.attributes["message_id"] != "m1" {
		t.Errorf("dead letters: %+v", d.dead.sent)
	}
	d.dead.fail = func() bool { return true }
	if back := d.deliver(t, m); len(back) != 1 {
		t.Error("a message is lost when the dead-letter queue does not take it")
	}
}

// TestDeadline: what there is no time for comes back.
func TestDeadline(t *testing.T) {
	d := newDesk(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // less than is kept for the dead-letter queue
	defer cancel()
	answer, err := d.Handle(ctx, events.SQSEvent{Records: []events.SQSMessage{message("m1", envelope("e1", "opt-in", alex, yes))}})
	if err != nil || len(answer.BatchItemFailures) != 1 || len(d.entries(t, alex)) != 0 {
		t.Errorf("%+v %v", answer, err)
	}
}
