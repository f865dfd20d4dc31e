package runtime_test

import (
	"testing"
	"time"

	"consent-receipts/functions/local/runtime/runtimetest"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/aws/mototest"
)

// TestSweep: the real binary records on each DynamoDB engine that a consent has reached
// its end, once.
func TestSweep(t *testing.T) {
	dynamotest.Each(t, func(t *testing.T, engine *dynamotest.Engine) {
		stack := runtimetest.On(t, engine, mototest.Start(t))
		alex := newPerson(t, stack)
		until := time.Now().Add(3 * time.Second).UTC()
		var given struct{ Seq int }
		alex.into(&given)(alex.do("POST", "/v1/opt-in", map[string]any{"offer": alex.offer(), "choices": []any{
			map[string]any{"purpose": "account-alerts", "answer": "yes", "until": until.Format(time.RFC3339)},
		}}, ""))
		time.Sleep(time.Until(until))
		for _, want := range []string{
			`{"people":1,"recorded":1,"failed":0,"left":0,"overdue":0}`, `{"people":1,"recorded":0,"failed":0,"left":0,"overdue":0}`,
		} {
			var answer string
			for begin := time.Now(); answer != want && time.Since(begin) < 10*time.Second; { // the index may lag
				answer = string(stack.Invoke(t, "sweep", []byte(`{}`)).Payload)
			}
			if answer != want {
				t.Fatalf("sweep: %s, want %s\n%s", answer, want, stack.Log)
			}
		}
		var stands struct {
			Seq   int
			Lines []struct{ State string }
		}
		alex.into(&stands)(alex.do("GET", "/v1/standing", nil, ""))
		if stands.Seq != 2 || len(stands.Lines) != 1 || stands.Lines[0].State != "expired" {
			t.Errorf("it stands at %+v", stands)
		}
	})
}
