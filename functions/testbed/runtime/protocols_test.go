package runtime_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/ledger"
)

// TestAgent: an agent of the Data Rights Protocol gets a token, asks, follows and revokes,
// by the real binary; the receipts say so.
func TestAgent(t *testing.T) {
	stack := runtimetest.New(t)
	if err := stack.Agent.Story(t.Context(), system.SampleMail); err != nil {
		t.Fatalf("%v\n%s", err, stack.Log)
	}
	if n := newPerson(t, stack).receipts(); n != 2 {
		t.Errorf("%d receipts, want that of the request and that it was taken back", n)
	}
	unknown, err := stack.Agent.Exercise(t.Context(), map[string]any{"exercise": "access", "regime": "ccpa", "email": "nobody@example.com", "email_verified": true})
	if err != nil || unknown.Status != "denied" || unknown.Reason != "no_match" {
		t.Errorf("of somebody unknown: %+v, %v", unknown, err)
	}
	for _, word := range []string{system.SamplePerson, system.SampleMail, "nobody@example.com"} {
		if strings.Contains(stack.Log.String(), word) {
			t.Errorf("a log has %s", word)
		}
	}
}

// TestNews follows a change of an agent's request through the real binaries:
// from the table to an event, into the queue of callbacks, to a notice,
// and to an attempt at a name that nothing answers to.
func TestNews(t *testing.T) {
	stack, bus := runtimetest.New(t), newBus(t, "receipts")
	own, dead := mototest.NewQueue(t, stack.KMS, "ConsentReceipts-callbacks"), mototest.NewQueue(t, stack.KMS, "ConsentReceipts-callbacks-dlq")
	stack.Start(t, "publish", map[string]string{"EVENT_BUS": "receipts", "AWS_ENDPOINT_URL_EVENTBRIDGE": bus.URL})
	stack.Start(t, "callbacks", map[string]string{"DEAD_LETTERS": dead.ARN})
	clerk, err := stack.Site.Token(system.SampleOperator)
	must(t, err)

	must(t, stack.Agent.SetUp(t.Context()))
	asked, err := stack.Agent.Exercise(t.Context(), map[string]any{
		"exercise": "access", "regime": "ccpa", "email": system.SampleMail, "email_verified": true, "status_callback": "https://agent.invalid/told",
	})
	must(t, err)
	subject, id := firstRequest(t, stack)
	desk := &person{t, stack.Site, clerk}
	if status, body := desk.acting("POST", "/v1/operator/people/"+subject+"/data-requests/"+id+"/steps", map[string]any{"act": "start"}, "DR-7"); status != 201 {
		t.Fatalf("the step: %d %s", status, body)
	}

	sample, err := os.ReadFile(filepath.Join("..", "..", "..", "events", "invocations", "publish", "insert.json"))
	must(t, err)
	keys, image, err := sandbox.Entry(t.Context(), stack.Engine.Endpoint, stack.Table, ledger.KindPerson)
	must(t, err)
	record := strings.NewReplacer(`"REPLACE-WITH-THE-KEYS"`, keys, `"REPLACE-WITH-THE-ENTRY"`, image).Replace(string(sample))
	done := func(function string, event []byte) bool {
		t.Helper()
		answer := stack.Invoke(t, function, event)
		if answer.Failed {
			t.Fatalf("%s: %s\n%s", function, answer.Payload, stack.Log)
		}
		return strings.Contains(string(answer.Payload), `"batchItemFailures":null`)
	}
	if !done("publish", []byte(record)) || len(bus.details) != 1 {
		t.Fatalf("published %q\n%s", bus.details, stack.Log)
	}
	must(t, contracts.CheckJSON("published/1", bus.details[0]))

	own.Send(t, string(bus.details[0])) // as the rule does: TestCallbacks in infra
	only := func() mototest.Message {
		t.Helper()
		all := own.Receive(t)
		if len(all) != 1 {
			t.Fatalf("%d messages wait: %+v\n%s", len(all), all, stack.Log)
		}
		return all[0]
	}
	news := only()
	if !done("callbacks", own.Event(t, news)) {
		t.Fatalf("the news were not told\n%s", stack.Log)
	}
	own.Delete(t, news)
	notice := only()
	if want := fmt.Sprintf(`"id":%q,"state":"in-progress"`, id); !strings.Contains(notice.Body, want) || strings.Contains(notice.Body, subject) || strings.Contains(notice.Body, "agent.invalid") {
		t.Fatalf("the notice is %s, want %s", notice.Body, want)
	}

	if done("callbacks", own.Event(t, notice)) {
		t.Error("a callback reached a name that there is not")
	}
	if again := own.Receive(t); len(again) != 0 || own.Hidden(t) != 1 {
		t.Errorf("it comes again at once: %+v, %d are hidden", again, own.Hidden(t))
	}
	notice.Attributes["SentTimestamp"] = strconv.FormatInt(time.Now().AddDate(0, 0, -4).UnixMilli(), 10)
	if !done("callbacks", own.Event(t, notice)) {
		t.Errorf("after four days it is still tried\n%s", stack.Log)
	}
	if buried := dead.Receive(t); len(buried) != 1 || buried[0].Body != notice.Body || buried[0].Said["reason"] == "" || strings.Contains(buried[0].Said["reason"], "agent.invalid") {
		t.Errorf("buried %+v", buried)
	}
	if told, err := stack.Agent.Status(t.Context(), asked.RequestID); err != nil || told.Status != "in_progress" {
		t.Errorf("whoever asks is told %+v, %v", told, err)
	}
	own.Delete(t, notice)
	tellContact(t, stack, own, func(record string) bool {
		bus.details = nil
		return done("publish", []byte(record)) && len(bus.details) == 0
	}, func(m mototest.Message) bool { return done("callbacks", own.Event(t, m)) })
}

// firstRequest is the pseudonym of the sample person and the id of their data request.
func firstRequest(t *testing.T, stack *runtimetest.Stack) (subject, id string) {
	t.Helper()
	clerk, err := stack.Site.Token(system.SampleOperator)
	must(t, err)
	desk := &person{t, stack.Site, clerk}
	var found struct{ Person string }
	desk.into(&found)(desk.acting("POST", "/v1/operator/people", map[string]any{"customer": system.SamplePerson}, ""))
	var open struct{ Requests []struct{ ID string } }
	desk.into(&open)(desk.acting("GET", "/v1/operator/people/"+found.Person+"/data-requests", nil, ""))
	if len(open.Requests) != 1 {
		t.Fatalf("%+v", open)
	}
	return found.Person, open.Requests[0].ID
}
