package runtime_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/aws/mototest"
)

// TestSweep: the real binary records on each DynamoDB engine that a consent has reached
// its end, and that a letter lay until its time was over, once; and it counts what is
// overdue, for the alarm.
func TestSweep(t *testing.T) {
	dynamotest.Each(t, func(t *testing.T, engine *dynamotest.Engine) {
		stack := runtimetest.On(t, engine, mototest.Start(t))
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
		for _, want := range []string{
			`{"people":1,"recorded":2,"failed":0,"left":0,"overdue":1}`, `{"people":1,"recorded":0,"failed":0,"left":0,"overdue":1}`,
		} {
			var answer string
			for begin := time.Now(); answer != want && time.Since(begin) < 5*time.Minute; { // the index may lag
				answer = string(stack.Invoke(t, "sweep", []byte(`{}`)).Payload)
			}
			if answer != want {
				t.Fatalf("sweep: %s, want %s\n%s", answer, want, stack.Log)
			}
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
	})
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
