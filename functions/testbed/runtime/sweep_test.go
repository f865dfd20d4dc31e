package runtime_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/ledger"
)

// TestSweep: the real binary works through its queue, and records that a consent has reached
// its end, and that a letter lay until its time was over, once; and it counts what is
// overdue, for the alarm.
func TestSweep(t *testing.T) {
	stack := runtimetest.New(t)
	alex := newPerson(t, stack)
	until := alex.briefly()
	clerk, err := stack.Site.Token(system.SampleOperator)
	must(t, err)
	desk := &person{t, stack.Site, clerk}
	var found struct{ Person string }
	desk.into(&found)(desk.acting("POST", "/v1/operator/people", map[string]any{"customer": system.SamplePerson}, ""))
	var given struct{ Seq int }
	letter := map[string]any{"type": "access", "received": time.Now().AddDate(0, 0, -90).Format(time.DateOnly)}
	desk.into(&given)(desk.acting("POST", "/v1/operator/people/"+found.Person+"/data-requests", letter, "DR-9"))
	time.Sleep(time.Until(until))
	tasks, dead := mototest.NewQueue(t, stack.KMS, "ConsentReceipts-sweep"), mototest.NewQueue(t, stack.KMS, "ConsentReceipts-sweep-dlq")
	stack.Start(t, "sweep", map[string]string{"DEAD_LETTERS": dead.ARN})
	for _, want := range []string{`"people":1,"recorded":2,"failed":0,`, `"people":1,"recorded":0,"failed":0,`} {
		for begin := time.Now(); !strings.Contains(stack.Log.String(), want); { // the index may lag
			if time.Since(begin) > 5*time.Minute {
				t.Fatalf("no %s in the log\n%s", want, stack.Log)
			}
			tasks.Send(t, `{"work":"begin"}`) // as the schedule does
			if n := work(t, stack, "sweep", tasks); n < 9*ledger.Shards+1 {
				t.Fatalf("%d tasks", n)
			}
		}
	}
	tasks.Send(t, `{"work":"begin","days":-1}`)
	work(t, stack, "sweep", tasks)
	if buried := dead.Receive(t); len(buried) != 1 || !strings.Contains(buried[0].Said["reason"], "days must be") {
		t.Errorf("buried %+v", buried)
	}
	var stands struct {
		Seq             int
		Lines, Requests []struct{ State string }
	}
	alex.into(&stands)(alex.do("GET", "/v1/standing", nil, ""))
	if stands.Seq != 4 || len(stands.Lines) != 1 || stands.Lines[0].State != "expired" || len(stands.Requests) != 1 || stands.Requests[0].State != "overdue" {
		t.Errorf("it stands at %+v", stands)
	}
	if metric := `"OverdueRequests":1`; !strings.Contains(stack.Log.String(), metric) {
		t.Errorf("no %s in the log:\n%s", metric, stack.Log)
	}
}

// work has a function work on its queue until that is empty, and counts the messages.
func work(t *testing.T, stack *runtimetest.Stack, function string, q *mototest.Queue) (n int) {
	t.Helper()
	for all := q.Receive(t); len(all) > 0; all = q.Receive(t) {
		for _, m := range all {
			answer := stack.Invoke(t, function, q.Event(t, m))
			if answer.Failed || !strings.Contains(string(answer.Payload), `"batchItemFailures":null`) {
				t.Fatalf("%s: %s: %s\n%s", function, m.Body, answer.Payload, stack.Log)
			}
			q.Delete(t, m)
			n++
		}
	}
	return n
}

// briefly says yes for some seconds, and returns when it ends. The yes has to come before
// its own end: where the machine is so busy that it does not, a longer one is tried.
func (p *person) briefly() (until time.Time) {
	p.t.Helper()
	offer := p.offer()
	for brief := 4 * time.Second; ; brief *= 2 {
		until = time.Now().Add(brief).UTC()
		status, body := p.do("POST", "/v1/opt-in", map[string]any{"offer": offer, "choices": []any{
			map[string]any{"purpose": "account-alerts", "answer": "yes", "until": until.Format(time.RFC3339)},
		}}, "")
		if status == http.StatusCreated {
			return until
		}
		if brief > 2*time.Minute {
			p.t.Fatalf("%d %s", status, body)
		}
	}
}
