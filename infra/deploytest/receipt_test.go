package deploytest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/receipt"
)

// testReceipt has one person opt in: the binaries that were deployed, with the
// environment that they were deployed with, on the keys that were deployed. Two things
// are told by this test: the roots, from what provision answers, and another table. moto
// fails at the PartiQL statement by which entries are inserted, so the table is
// dynoxide's; the stack's own test says that both are alike.
func (d *deployment) testReceipt(t *testing.T) {
	engine := dynamotest.Dynoxide(t)
	c := &cloud{d: d, table: engine.NewTable(t), dynamodb: engine.Endpoint, functions: map[string]chan<- call{}}
	var err error
	c.log, err = os.Create(filepath.Join(t.TempDir(), "log"))
	must(t, err)
	t.Cleanup(func() { _ = c.log.Close() })
	c.invoke = httptest.NewServer(http.HandlerFunc(c.serveInvoke))
	t.Cleanup(c.invoke.Close)
	c.start(t, "certify")
	c.start(t, "provision")
	provision := d.template.removed[d.template.id(t, "Provision")]
	event, err := json.Marshal(map[string]any{"RequestType": "Create", "ResourceProperties": provision["Properties"]})
	must(t, err)
	var provided struct{ Roots, RootFingerprint string }
	must(t, json.Unmarshal(c.call(t, "provision", event), &provided))
	c.roots = provided.Roots
	c.start(t, "optin")

	var answer struct {
		StatusCode int
		Body       string
	}
	var body struct{ Offer, Receipt string }
	must(t, json.Unmarshal(c.call(t, "optin", d.sample(t, "get-offers.json", "")), &answer))
	must(t, json.Unmarshal([]byte(answer.Body), &body))
	must(t, json.Unmarshal(c.call(t, "optin", d.sample(t, "post-opt-in.json", body.Offer)), &answer))
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("opt-in: %d %s\n%s", answer.StatusCode, answer.Body, c.said())
	}
	must(t, json.Unmarshal([]byte(answer.Body), &body))

	der, err := base64.StdEncoding.DecodeString(provided.Roots)
	must(t, err)
	root, err := receipt.ParseRoot(der)
	must(t, err)
	verifier, err := receipt.NewVerifier(root)
	must(t, err)
	got, err := verifier.Verify(body.Receipt)
	must(t, err)
	if got.Seq != 1 || got.Root != provided.RootFingerprint {
		t.Errorf("receipt %d under %s, want the first under %s", got.Seq, got.Root, provided.RootFingerprint)
	}
}

// sample is one of the sample events, with the offer that it answers.
func (d *deployment) sample(t *testing.T, name, offer string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(d.root, "events", "invocations", "optin", name))
	must(t, err)
	return bytes.ReplaceAll(b, []byte("REPLACE-WITH-THE-OFFER"), []byte(offer))
}

// patience bounds what an event may take.
const patience = 30 * time.Second

// cloud runs deployed functions as processes. It is as much of Lambda as one receipt
// needs: one environment a function, one event at a time.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type cloud struct {
	d         *deployment
	roots     string
	table     string
	dynamodb  string           // address
	invoke    *httptest.Server // the Invoke API
	functions map[string]chan<- call
	log       *os.File
}

type call struct {
	event  []byte
	answer chan<- []byte
}

// start starts a function with the environment that it was deployed with.
func (c *cloud) start(t *testing.T, name string) {
	t.Helper()
	calls := make(chan call)
	var current call
	runtime := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/next") {
			select {
			case current = <-calls:
				w.Header().Set("Lambda-Runtime-Aws-Request-Id", "one")
				w.Header().Set("Lambda-Runtime-Deadline-Ms", "9999999999999")
				_, _ = w.Write(current.event)
			case <-r.Context().Done():
			}
			return
		}
		b, _ := io.ReadAll(r.Body) // the answer, or the error
		w.WriteHeader(http.StatusAccepted)
		current.answer <- b
	}))
	variables := maps.Clone(at(c.d.of(t, "Function"+name), "Environment", "Variables").(map[string]any))
	maps.Copy(variables, map[string]any{
		"ROOTS": c.roots, "TABLE_NAME": c.table,
		"AWS_LAMBDA_RUNTIME_API": runtime.Listener.Addr(), "AWS_LAMBDA_FUNCTION_NAME": stackName + "-" + name,
		"AWS_REGION": region, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
		"AWS_ENDPOINT_URL_DYNAMODB": c.dynamodb, "AWS_ENDPOINT_URL_KMS": c.d.moto, "AWS_ENDPOINT_URL_LAMBDA": c.invoke.URL,
	})
	command := exec.Command("./bootstrap")
	command.Dir = filepath.Join(c.d.dist, name)
	for variable, value := range variables {
		command.Env = append(command.Env, fmt.Sprintf("%s=%v", variable, value))
	}
	command.Stdout, command.Stderr = c.log, c.log
	must(t, command.Start())
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = command.Wait()
		runtime.Close()
	})
	c.functions[stackName+"-"+name] = calls
}

// call hands a function one event and returns its answer.
func (c *cloud) call(t *testing.T, name string, event []byte) []byte {
	t.Helper()
	answer := make(chan []byte, 1)
	late := time.After(patience)
	select {
	case c.functions[stackName+"-"+name] <- call{event, answer}:
	case <-late:
		t.Fatalf("%s does not start\n%s", name, c.said())
	}
	select {
	case b := <-answer:
		if bytes.Contains(b, []byte(`"errorMessage"`)) {
			t.Fatalf("%s: %s\n%s", name, b, c.said())
		}
		return b
	case <-late:
		t.Fatalf("%s does not answer\n%s", name, c.said())
	}
	return nil
}

// said is what the functions wrote.
func (c *cloud) said() []byte {
	b, _ := os.ReadFile(c.log.Name())
	return b
}

// serveInvoke serves the Invoke API of Lambda to functions that invoke others.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func (c *cloud) serveInvoke(w http.ResponseWriter, r *http.Request) {
	name := strings.Split(r.URL.Path, "/")[3] // /2015-03-31/functions/{name}/invocations
	event, err := io.ReadAll(r.Body)
	calls := c.functions[name]
	if err != nil || calls == nil {
		http.Error(w, "no such function", http.StatusNotFound)
		return
	}
	answer := make(chan []byte, 1)
	select {
	case calls <- call{event, answer}:
		_, _ = w.Write(<-answer)
	case <-r.Context().Done():
	}
}
