package runtime_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/shared/aws/mototest"
)

// TestReport: the real binary counts what people asked for, and hands the figures to the bucket
// and to the subscribers of the topic; made again they are the same files. A request that is late
// is named by its number, and nobody by a pseudonym.
func TestReport(t *testing.T) {
	stack := runtimetest.New(t)
	clerk, err := stack.Site.Token(system.SampleOperator)
	must(t, err)
	desk := &person{t, stack.Site, clerk}
	var found struct{ Person string }
	desk.into(&found)(desk.acting("POST", "/v1/operator/people", map[string]any{"customer": system.SamplePerson}, ""))
	letter := map[string]any{"type": "access", "received": time.Now().AddDate(0, 0, -90).Format(time.DateOnly)}
	desk.acting("POST", "/v1/operator/people/"+found.Person+"/data-requests", letter, "DR-9")
	var listed struct{ Requests []struct{ ID string } }
	desk.into(&listed)(desk.acting("GET", "/v1/operator/people/"+found.Person+"/data-requests", nil, ""))
	if len(listed.Requests) != 1 {
		t.Fatalf("%+v", listed)
	}
	bucket, topic := mototest.NewBucket(t, stack.KMS, "figures"), mototest.NewTopic(t, stack.KMS, "figures")
	mails := mototest.NewQueue(t, stack.KMS, "mails")
	mails.Subscribe(t, stack.KMS, topic)
	days := mototest.NewQueue(t, stack.KMS, "ConsentReceipts-report")
	stack.Start(t, "report", map[string]string{"REPORT_BUCKET": bucket, "REPORT_TOPIC": topic})
	var files map[string]string
	for begin := time.Now(); ; { // the index may lag
		days.Send(t, `{"work":"report"}`) // as the schedule does
		work(t, stack, "report", days)
		files = mototest.Files(t, stack.KMS, bucket)
		if strings.Contains(strings.Join(slices.Collect(maps.Values(files)), ""), listed.Requests[0].ID) {
			break
		}
		if time.Since(begin) > 5*time.Minute {
			t.Fatalf("no request in %v", files)
		}
	}
	var names []string
	for key, body := range files {
		_, name, _ := strings.Cut(strings.TrimPrefix(key, "data-requests/"), "/")
		names = append(names, name)
		if strings.Contains(body, found.Person) {
			t.Errorf("%s names a person", key)
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{"by-month.csv", "by-rule.csv", "pressing.csv", "report.html"}) {
		t.Errorf("files %v", slices.Sorted(maps.Keys(files)))
	}
	mail := mails.Receive(t)
	if len(mail) == 0 || !strings.Contains(mail[len(mail)-1].Body, listed.Requests[0].ID[:8]) || strings.Contains(mail[0].Body, found.Person) {
		t.Errorf("mails %+v", mail)
	}
	stack.Start(t, "report", map[string]string{"REPORT_BUCKET": "", "REPORT_TOPIC": ""})
	if answer := stack.Invoke(t, "report", []byte(`{}`)); !answer.Failed || !strings.Contains(string(answer.Payload), "neither a bucket nor a topic") {
		t.Errorf("without either: %s", answer.Payload)
	}
}
