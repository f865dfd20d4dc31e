package runtime_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/functions/testbed/samples"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/aws/mototest"
)

// TestDesk is a day at the desk, played by the real binaries on each DynamoDB engine. Another
// system makes a request in a person's name; the staff adds a part, answers the request, and
// annuls a receipt. The person has all receipts, and sees who looked.
func TestDesk(t *testing.T) {
	dynamotest.Each(t, func(t *testing.T, engine *dynamotest.Engine) {
		stack := runtimetest.On(t, engine, mototest.Start(t))
		token := func(of func() (string, error)) string {
			t.Helper()
			made, err := of()
			must(t, err)
			return made
		}
		person := token(func() (string, error) { return stack.Site.Token(system.SamplePerson) })
		clerk := token(func() (string, error) { return stack.Site.Token(system.SampleOperator) })
		controller := token(func() (string, error) { return stack.Site.Token(system.SampleController) })
		ask := func(who, method, path, body string, status int, into any) {
			t.Helper()
			req, err := http.NewRequest(method, stack.Site.Base+path, strings.NewReader(body))
			must(t, err)
			req.Header.Set("Authorization", "Bearer "+who)
			req.Header.Set("Case-Reference", "DR-5")
			if body != "" {
				req.Header.Set("Content-Type", "application/json")
			}
			res, err := stack.Site.Client.Do(req)
			must(t, err)
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			must(t, err)
			if res.StatusCode != status {
				t.Fatalf("%s %s: %d %s\n%s", method, path, res.StatusCode, b, stack.Log)
			}
			if into != nil {
				must(t, json.Unmarshal(b, into))
			}
		}

		var out struct {
			Digest string
			Seq    int
		}
		ask(person, "POST", "/v1/opt-out", `{"purposes":["card-offers"]}`, 201, &out)
		const id = "a7551968-d5d6-44b2-9831-815ac9017798"
		ask(controller, "POST", "/v2/requests", fmt.Sprintf(`{"regulation":"gdpr","subject_request_id":%q,"subject_request_type":"access","submitted_time":"2026-11-01T15:00:00Z",`+
			`"subject_identities":[{"identity_type":"controller_customer_id","identity_value":%q,"identity_format":"raw"}],"api_version":"2.0"}`, id, system.SamplePerson), 201, nil)
		var found struct{ Person string }
		ask(clerk, "POST", "/v1/operator/people", `{"customer":"`+system.SamplePerson+`"}`, 200, &found)
		at := "/v1/operator/people/" + found.Person
		var open struct{ Requests []struct{ ID string } }
		for begin := time.Now(); len(open.Requests) == 0 && time.Since(begin) < 5*time.Minute; { // the docket may lag
			ask(clerk, "GET", "/v1/operator/requests?state=open", "", 200, &open)
		}
		if len(open.Requests) != 1 {
			t.Fatalf("the desk lists %+v", open)
		}
		request := at + "/data-requests/" + open.Requests[0].ID
		ask(clerk, "POST", request+"/parts", `{"name":"payments.csv","media_type":"text/csv","digest":"sha256:`+strings.Repeat("0a", 32)+`","where":"at the branch"}`, 201, nil)
		ask(clerk, "POST", request+"/steps", `{"act":"complete"}`, 201, nil)
		var status struct {
			Status string `json:"request_status"`
		}
		if ask(controller, "GET", "/v2/requests/"+id, "", 200, &status); status.Status != "completed" {
			t.Errorf("the controller is told %s", status.Status)
		}
		ask(clerk, "POST", at+"/annulments", fmt.Sprintf(`{"seq":%d,"digest":%q,"reason":"Another customer's call."}`, out.Seq, out.Digest), 201, nil)
		var manifest struct{ Parts []struct{ Name string } }
		if ask(person, "GET", "/v1/data-requests/"+open.Requests[0].ID+"/manifest", "", 200, &manifest); len(manifest.Parts) != 1 {
			t.Errorf("the manifest has %+v", manifest)
		}
		var stands struct{ Seq int }
		if ask(person, "GET", "/v1/standing", "", 200, &stands); stands.Seq != 5 {
			t.Errorf("the person has %d receipts", stands.Seq)
		}
		var looked struct{ Records []struct{ Did string } }
		if ask(person, "GET", "/v1/audit", "", 200, &looked); len(looked.Records) != 4 {
			t.Errorf("the person sees %+v", looked)
		}
		answer := stack.Invoke(t, "sweep", samples.Agenda(time.Now()))
		if answer.Failed || !strings.Contains(string(answer.Payload), `"batchItemFailures":null`) {
			t.Errorf("sweep: %s", answer.Payload)
		}
		if strings.Contains(stack.Log.String(), system.SamplePerson) || strings.Contains(stack.Log.String(), found.Person) {
			t.Error("a log names a person")
		}
	})
}
