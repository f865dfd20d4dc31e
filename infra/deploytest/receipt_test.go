package deploytest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"consent-receipts/functions/testbed/runtime"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/infra/functions"
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
	c := &cloud{d: d, table: engine.NewTable(t), dynamodb: engine.Endpoint, functions: map[string]*runtime.Function{}}
	invoke := httptest.NewServer(runtime.InvokeAPI(c.functions))
	t.Cleanup(invoke.Close)
	c.invoke = invoke.URL
	c.start(t, functions.SelfSign)
	c.start(t, functions.Provision)
	provision := d.template.removed[d.template.id(t, "Provision")]
	properties := maps.Clone(provision["Properties"].(map[string]any))
	properties["Table"], properties["RootKey"] = c.table, d.keys[d.template.id(t, "RootKey")].Arn // references, for CloudFormation
	event, err := json.Marshal(map[string]any{"RequestType": "Create", "ResourceProperties": properties})
	must(t, err)
	var provided struct{ Roots, RootFingerprint string }
	must(t, json.Unmarshal(c.call(t, "provision", event), &provided))
	c.roots = provided.Roots
	c.start(t, "certify")
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
		t.Fatalf("opt-in: %d %s\n%s", answer.StatusCode, answer.Body, &c.log)
	}
	must(t, json.Unmarshal([]byte(answer.Body), &body))

	der, err := base64.StdEncoding.DecodeString(provided.Roots)
	must(t, err)
	root, err := receipt.ParseRoot(der)
	must(t, err)
	verifier := receipt.NewVerifier(root)
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

// cloud runs deployed functions as processes: one environment a function.
type cloud struct {
	d         *deployment
	roots     string
	table     string
	dynamodb  string // address
	invoke    string // address of the Invoke API
	functions map[string]*runtime.Function
	log       runtimetest.Log // the functions' logs
}

// start starts a function with the environment that it was deployed with.
func (c *cloud) start(t *testing.T, name string) {
	t.Helper()
	variables := maps.Clone(at(c.d.of(t, "Function"+name), "Environment", "Variables").(map[string]any))
	maps.Copy(variables, map[string]any{
		"ROOTS": c.roots, "TABLE_NAME": c.table,
		"AWS_REGION": region, "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing",
		"AWS_ENDPOINT_URL_DYNAMODB": c.dynamodb, "AWS_ENDPOINT_URL_KMS": c.d.moto, "AWS_ENDPOINT_URL_LAMBDA": c.invoke,
	})
	var env []string
	for variable, value := range variables {
		env = append(env, fmt.Sprintf("%s=%v", variable, value))
	}
	f, err := runtime.Start(t.Context(), filepath.Join(c.d.dist, name, "bootstrap"), env, &c.log)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	c.functions[stackName+"-"+name] = f
}

// call hands a function one event and returns its answer.
func (c *cloud) call(t *testing.T, name string, event []byte) []byte {
	t.Helper()
	answer, err := c.functions[stackName+"-"+name].Invoke(t.Context(), event)
	if err != nil || answer.Failed {
		t.Fatalf("%s: %v %s\n%s", name, err, answer.Payload, &c.log)
	}
	return answer.Payload
}
