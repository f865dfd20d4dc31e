package intake_test

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/functions/internal/banktest"
	"consent-receipts/functions/internal/intake"
	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/aws/queue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar/registrartest"
)

var (
	soakEvents = flag.Int("soak", 1000, "events of TestSoak")
	soakPeople = flag.Int("people", 100, "people of TestSoak")
)

// fate is what an event may end as.
type fate struct {
	name      string
	kind      string
	data      string
	recorded  bool   // as one receipt
	unchanged bool   // as acknowledged
	reason    string // as one message in the dead-letter queue
}

var fates = []fate{
	{"yes", "opt-in", yes, true, true, ""},
	{"yes", "opt-in", yes, true, true, ""},
	{"no", "opt-in", no, true, false, ""},
	{"opt-out", "opt-out", `{"purposes":["service-improvement","telepathy"]}`, true, false, ""},
	{"opt-out of all", "opt-out", optOutAll, true, false, ""},
	{"request", "data-request", access, true, false, "cap-reached"},
	{"poison", "opt-in", strings.Replace(yes, `"acr"`, `"acr":"x","extra"`, 1), false, false, "invalid-envelope"},
	{"not offered", "opt-in", strings.Replace(yes, "service-improvement", "telepathy", 1), false, false, "not-offered"},
	{"future", "opt-in", yes, false, false, "in-the-future"},
}

// sqs imitates a queue: at least once, in no order, ten at a time, with partial
// failures, answers that get lost, and a dead-letter queue behind it.
type sqs struct {
	mu      sync.Mutex
	random  *rand.Rand
	waiting []events.SQSMessage
	flying  int
	dead    []events.SQSMessage // put there by the queue itself
	lost    int                 // answers
	again   int                 // deliveries of what was there before
}

// receive hands over a batch; false means that the queue is empty for good.
func (q *sqs) receive() (batch []events.SQSMessage, more bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(batch) < 10 && len(q.waiting) > 0 {
		i, last := q.random.IntN(len(q.waiting)), len(q.waiting)-1
		m := q.waiting[i]
		q.waiting[i], q.waiting = q.waiting[last], q.waiting[:last]
		n, _ := strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
		if n++; n > queue.MaxReceives {
			q.dead = append(q.dead, m)
			continue
		}
		if n > 1 {
			q.again++
		}
		m.Attributes = maps.Clone(m.Attributes)
		m.Attributes["ApproximateReceiveCount"] = strconv.Itoa(n)
		batch = append(batch, m)
	}
	q.flying += len(batch)
	return batch, len(batch) > 0 || q.flying > 0
}

// settle deletes what was processed and brings back the rest. A lost answer
// brings back all.
func (q *sqs) settle(batch []events.SQSMessage, answer events.SQSEventResponse) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.flying -= len(batch)
	back := map[string]bool{}
	for _, f := range answer.BatchItemFailures {
		back[f.ItemIdentifier] = true
	}
	lost := q.random.Float64() < 0.01
	if lost {
		q.lost++
	}
	for _, m := range batch {
		if lost || back[m.MessageId] || q.random.Float64() < 0.005 { // and some come twice, for no reason
			q.waiting = append(q.waiting, m)
		}
	}
}

// TestSoak delivers many events, with faults in 5 % of the calls to the ledger
// and to the dead-letter queue, functions that are killed, and lost answers. In the end each is one receipt,
// one known refusal, or one message in the dead-letter queue.
func TestSoak(t *testing.T) { soak(t, registrartest.Ledger(t)) }

// TestSoakOnDynamoDB is the same on a table.
func TestSoakOnDynamoDB(t *testing.T) {
	engine := dynamotest.Dynoxide(t)
	soak(t, dynamoledger.New(engine.Client(), engine.NewTable(t)))
}

func soak(t *testing.T, plain banktest.Storage) {
	began := time.Now()
	count, people := *soakEvents, *soakPeople
	if testing.Short() { // for the race detector, which sees in few what it sees in many
		count, people = count/4, people/4
	}
	random := rand.New(rand.NewPCG(1, uint64(count)))
	d := deskOn(t, plain, sample.FS, func(s ledger.Store) ledger.Store {
		return faulty.New(s, faulty.Random(rand.New(rand.NewPCG(2, 3)), faulty.Share{Fault: faulty.Throttled, Of: 0.02},
			faulty.Share{Fault: faulty.LostAnswer, Of: 0.01}, faulty.Share{Fault: faulty.LateIndex, Of: 0.01}, faulty.Share{Fault: faulty.Slow, Of: 0.01}), time.Millisecond)
	}, func(s ledger.Store) ledger.Store { return &mortal{Store: s, random: rand.New(rand.NewPCG(4, 5))} })
	d.dead.fail = func() bool { return random.Float64() < 0.05 } // its own lock guards random
	queue := &sqs{random: rand.New(rand.NewPCG(6, 7))}

	// what each message, and each id, may end as
	sent := map[string]fate{}                               // by message id
	person, key := map[string]string{}, map[string]string{} // by message id
	add := func(id, name string, f fate) {
		message := message(fmt.Sprint("m", len(sent)), envelopeAt(id, f.kind, name, f.data, moment(random, f)))
		message.Attributes["ApproximateReceiveCount"] = "0"
		sent[message.MessageId], person[message.MessageId], key[message.MessageId] = f, name, f.kind+"\x00event\x00crm\x00"+id
		queue.waiting = append(queue.waiting, message)
	}
	for len(sent) < count {
		f, name, id := fates[random.IntN(len(fates))], fmt.Sprint("customer-", random.IntN(people)), fmt.Sprint("e", len(sent))
		add(id, name, f)
		switch {
		case len(sent)%20 == 0: // sent twice by its producer
			add(id, name, f)
		case len(sent)%33 == 0 && f.name == "yes": // its id used again for something else
			add(id, name, fates[2])
		}
	}

	var functions sync.WaitGroup
	for range 4 {
		functions.Go(func() {
			for {
				batch, more := queue.receive()
				if !more {
					return
				}
				if len(batch) == 0 { // the others may bring something back
					time.Sleep(time.Millisecond)
					continue
				}
				answer, err := d.Handle(context.Background(), events.SQSEvent{Records: batch})
				if err != nil {
					t.Error(err)
				}
				queue.settle(batch, answer)
			}
		})
	}
	functions.Wait()

	receipts := d.chains(t)
	reasons, copies := map[string]string{}, 0
	for _, letter := range d.dead.sent {
		id := letter.attributes["message_id"]
		if reasons[id] != "" {
			copies++ // the answer to the batch was lost: it came again
		}
		reasons[id] = letter.attributes["reason"]
	}
	for _, m := range queue.dead { // received for the last time, with the dead-letter queue failing
		reasons[m.MessageId] = "by the queue"
	}
	outcomes, ended := d.outcomes(t), map[string]int{}
	for id, f := range sent {
		n := receipts[entryKey{person[id], sha256.Sum256([]byte(key[id]))}]
		reason := reasons[id]
		switch {
		case n > 1:
			t.Errorf("%s (%s): %d receipts", id, f.name, n)
		case reason == "busy" || reason == "by the queue":
			ended["dead-lettered, unavailable"]++ // to be sent again
		case reason == "idempotency-mismatch":
			if n != 1 {
				t.Errorf("%s (%s): a mismatch with nothing", id, f.name)
			}
			ended["dead-lettered, mismatch"]++
		case reason != "":
			if reason != f.reason || n > 0 {
				t.Errorf("%s (%s): %s, with %d receipts", id, f.name, reason, n)
			}
			ended["dead-lettered, refused"]++
		case n == 1 && f.recorded:
			ended["a receipt"]++
		case n == 0 && f.unchanged && outcomes[id] == intake.Unchanged:
			ended["acknowledged"]++
		default:
			t.Errorf("%s (%s): lost; the log says it is %q", id, f.name, outcomes[id])
		}
	}
	total := 0
	for _, n := range receipts {
		total += n
	}
	t.Logf("%d events of %d people in %s: %v; %d receipts in chains that verify; %d deliveries again, %d answers lost, %d copies of dead letters",
		len(sent), people, time.Since(began).Round(10*time.Millisecond), ended, total, queue.again, queue.lost, copies)
}

// moment is when an event happened.
func moment(random *rand.Rand, f fate) time.Time {
	if f.name == "future" {
		return opened.Add(time.Hour)
	}
	return opened.Add(-time.Duration(random.IntN(3600)) * time.Second)
}

// mortal is a store at which the function is killed now and then: before it
// reads, or after it has written and before it can say so.
type mortal struct {
	ledger.Store
	mu     sync.Mutex
	random *rand.Rand
}

func (s *mortal) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	s.live()
	return s.Store.Newest(ctx, subject)
}

func (s *mortal) Append(ctx context.Context, e ledger.Entry) error {
	defer s.live()
	return s.Store.Append(ctx, e)
}

func (s *mortal) live() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.random.Float64() < 0.01 {
		panic("killed")
	}
}

type entryKey struct {
	person string
	key    [32]byte
}

// chains verifies everybody's receipts and their chains, and counts the receipts
// of each idempotency key.
func (d *desk) chains(t *testing.T) map[entryKey]int {
	t.Helper()
	found := map[entryKey]int{}
	chain := receipt.Chain{Whole: true}
	for n := range *soakPeople {
		name := fmt.Sprint("customer-", n)
		for _, e := range d.entries(t, name) {
			r, err := d.Registrar.Verifier.Verify(e.Receipt)
			must(t, err)
			if r.Seq != e.Seq || r.Subject != e.Subject.ID() {
				t.Fatal("a receipt in another one's place")
			}
			chain.Add(r)
			found[entryKey{name, e.Key}]++
		}
	}
	if course := chain.Judge(); !course.Follow() {
		t.Errorf("the chain: %+v", course)
	}
	return found
}
