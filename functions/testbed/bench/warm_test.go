package bench

import (
	"encoding/json"
	"fmt"
	goruntime "runtime"
	"testing"
	"time"

	lambda "github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/testbed/bench/floor"
	"consent-receipts/functions/testbed/process"
	"consent-receipts/functions/testbed/runtime"
	"consent-receipts/functions/testbed/runtime/runtimetest"
)

// warmCount is the number of opt-ins that are measured, after as many that are not.
const warmCount = 500

// usage is what a function used for an event.
type usage struct {
	cpu    time.Duration
	p50    time.Duration
	memory int64 // private, after all events, in bytes
}

// warm has people opt in, by the function optin, who have opted in before. The bare handler
// then makes the same requests with the same bytes.
func warm(t testing.TB, stack *runtimetest.Stack) (ours, bare usage) {
	direct := map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": stack.Engine.Endpoint} // without the proxy that counts
	optin := stack.Start(t, "optin", direct)
	call := func(f *runtime.Function, event any) []byte {
		payload, err := json.Marshal(event)
		must(t, err)
		answer, err := f.Invoke(t.Context(), payload)
		if err != nil || answer.Failed {
			t.Fatalf("%v %s\n%s", err, answer.Payload, stack.Log)
		}
		return answer.Payload
	}
	optIn := func(event any) {
		var a lambda.APIGatewayV2HTTPResponse
		must(t, json.Unmarshal(call(optin, event), &a))
		if a.StatusCode != 201 {
			t.Fatalf("%d %s", a.StatusCode, a.Body)
		}
	}
	answering := func(person int) any {
		var a lambda.APIGatewayV2HTTPResponse
		must(t, json.Unmarshal(call(optin, requestOf(person, "GET /v1/offers", "")), &a))
		var offered struct{ Offer string }
		must(t, json.Unmarshal([]byte(a.Body), &offered))
		return requestOf(person, "POST /v1/opt-in", optInBody(t, offered.Offer))
	}
	events := make([]any, warmCount)
	for i := range events {
		optIn(answering(i))
		events[i] = answering(i)
	}
	ours = measure(t, optin, events, optIn)

	f, err := runtime.Start(t.Context(), buildFloors(t, goruntime.GOARCH)[dynamodbOnly], stack.Env(direct), stack.Log)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	sample := newestEntry(t, stack.Engine, stack.Table)
	for i := range events {
		call(f, slotOf(sample, i, 1))
		events[i] = slotOf(sample, i, 2)
	}
	return ours, measure(t, f, events, func(event any) { call(f, event) })
}

// slotOf returns a sample entry in the slot of a person whom only the floor knows.
func slotOf(sample floor.Entry, person, seq int) floor.Entry {
	sample.PK = fmt.Sprintf("subject#%043d", person)
	sample.SK = fmt.Sprintf("receipt#%010d", seq)
	sample.Idem = []byte(fmt.Sprintf("%020d%012d", person, seq))
	return sample
}

func measure(t testing.TB, f *runtime.Function, events []any, call func(any)) (u usage) {
	each, pid := make([]time.Duration, len(events)), f.Process().Pid
	before, err := process.CPU(pid)
	must(t, err)
	for i, event := range events {
		begin := time.Now()
		call(event)
		each[i] = time.Since(begin)
	}
	after, err := process.CPU(pid)
	must(t, err)
	u.cpu, u.p50 = (after-before)/time.Duration(len(events)), median(each)
	u.memory, err = process.Private(pid)
	must(t, err)
	return u
}
