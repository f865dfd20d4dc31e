// Package runtimetest runs the real binaries of all functions on this machine, for
// tests: on a DynamoDB engine and moto's KMS, each through the Lambda Runtime API.
package runtimetest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"consent-receipts/functions/internal/protocols"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/agent"
	"consent-receipts/functions/testbed/front"
	"consent-receipts/functions/testbed/matching"
	"consent-receipts/functions/testbed/runtime"
	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/repository"
	"consent-receipts/shared/statement"
)

// Issuer is the sample catalogue's.
const Issuer = "https://consent.first-example-bank.example"

// Stack has the functions, with everything that they need.
type Stack struct {
	Engine *dynamotest.Engine
	Table  string
	Keys   mototest.Keys
	KMS    string       // the address of KMS
	Roots  string       // what provision returned
	Site   *system.Site // the functions behind a local gateway
	Log    *Log
	Agent  *agent.Agent // of the Data Rights Protocol, in the directory
	Wire   *Wire        // between the functions and what they use

	dist      string
	services  map[string]string // the addresses of what functions use, by the name in AWS_ENDPOINT_URL_<name>
	variables map[string]string
	functions map[string]*runtime.Function
}

// New provisions a stack, engine, table and keys, and starts all functions.
func New(t testing.TB) *Stack { return On(t, dynamotest.Dynoxide(t), mototest.Start(t)) }

// On provisions a stack on an engine and a KMS that are there already.
func On(t testing.TB, engine *dynamotest.Engine, kms string) *Stack {
	t.Helper()
	s := &Stack{
		Engine: engine, KMS: kms, Table: engine.NewTable(t), Keys: mototest.NewKeys(t, kms),
		Log: &Log{}, Wire: &Wire{}, dist: Packages(t), functions: map[string]*runtime.Function{},
	}
	invoke := httptest.NewServer(matching.Serve(runtime.InvokeAPI(s.functions)))
	t.Cleanup(invoke.Close)
	entry := httptest.NewUnstartedServer(nil)
	lambda := front.Lambda{Address: invoke.URL, Client: http.DefaultClient}
	site, err := front.New(entry.Listener.Addr().(*net.TCPAddr).Port, lambda)
	if err != nil {
		t.Fatal(err)
	}
	s.Site, entry.Config.Handler = site, site.Handler
	public, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Agent = &agent.Agent{ID: system.SampleAgent, Business: system.SampleBusiness, Key: key, Base: site.Base, Client: site.Client}
	entry.Start()
	t.Cleanup(entry.Close)
	body, err := os.ReadFile(filepath.Join(s.dist, "provision", "documents", "catalogue.json"))
	if err != nil {
		t.Fatal(err)
	}
	s.services = map[string]string{"DYNAMODB": engine.Endpoint, "KMS": kms, "LAMBDA": invoke.URL, "EVENTBRIDGE": kms, "SQS": kms, "S3": kms, "SNS": kms} // moto serves all
	s.variables = map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", // whose tables these are
		"AWS_ENDPOINT_URL_EVENTBRIDGE": kms, "AWS_ENDPOINT_URL_SQS": kms, "AWS_ENDPOINT_URL_S3": kms, "AWS_ENDPOINT_URL_SNS": kms,
		"ATTACHMENT_DAYS": "180", "ATTACHMENTS_BUCKET": mototest.NewBucket(t, kms, "attachments"), "REPORT_BUCKET": mototest.NewBucket(t, kms, "reports"), "REPORT_TOPIC": mototest.NewTopic(t, kms, "reports"),
		"TABLE_NAME": s.Table, "SCANNED_TABLE": s.Table, "CATALOGUE": statement.Digest(body), "ISSUER": Issuer, "CERTIFY_FUNCTION": "certify", "SELFSIGN_FUNCTION": "selfsign", "MATCH_FUNCTION": matching.Function,
		"ROOT_KEY_ID": s.Keys.Root, "PSEUDONYM_KEY_ID": s.Keys.Pseudonym, "SESSION_KEY_ID": s.Keys.Session, "IDENTITY_KEY_ID": s.Keys.Identity, "OPENDSR_KEY_ID": s.Keys.Answering,
		"DEAD_LETTERS": "arn:aws:sqs:eu-west-1:123456789012:ConsentReceipts-callbacks-dlq", "CALLBACKS_QUEUE": "arn:aws:sqs:eu-west-1:123456789012:ConsentReceipts-callbacks",
		"BASE_URL": entry.URL, "OIDC_ISSUER": site.IssuerURL(), "OIDC_CLIENT_ID": system.ClientID,
		"STAFF_OIDC_ISSUER": site.IssuerURL(), "STAFF_OIDC_CLIENT_ID": system.ClientID,
		"LANGUAGES": "en,es", "EVENT_BUS": "default", "PRODUCERS": `{"ConsentReceipts-intake-crm":{"name":"crm","channel":"branch"}}`,
	}
	maps.Copy(s.variables, s.Behind(t, s.Wire, "DYNAMODB", "KMS", "LAMBDA"))
	s.settle(t, public)
	s.Start(t, functions.SelfSign, nil)
	s.Start(t, "provision", nil)
	event := fmt.Sprintf(`{"RequestType":"Create","ResourceProperties":{"CatalogueDigest":%q,"PreviousRoots":[]}}`, s.variables["CATALOGUE"])
	answer := s.Invoke(t, "provision", []byte(event))
	var provided struct{ Roots string }
	if err := json.Unmarshal(answer.Payload, &provided); err != nil || answer.Failed || provided.Roots == "" {
		t.Fatalf("provision: %s\n%s", answer.Payload, s.Log)
	}
	s.Roots, s.variables["ROOTS"] = provided.Roots, provided.Roots
	for _, function := range functions.Names() {
		if s.functions[function] == nil {
			s.Start(t, function, nil)
		}
	}
	return s
}

// settle puts the settings of the protocols into the package, for this stack's keys.
func (s *Stack) settle(t testing.TB, agent ed25519.PublicKey) {
	t.Helper()
	public, err := sandbox.PublicKey(t.Context(), s.KMS, s.Keys.Answering)
	if err != nil {
		t.Fatal(err)
	}
	for _, function := range functions.WithSettings() {
		folder := filepath.Join(s.dist, function, protocols.SettingsFolder)
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		if err := system.WriteSettings(folder, public, agent, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// Catalogue returns the digest of the catalogue that was provisioned.
func (s *Stack) Catalogue() string { return s.variables["CATALOGUE"] }

// Env returns every variable that a function may be told, with some of them changed.
func (s *Stack) Env(changed map[string]string) []string { return environment(s.variables, changed) }

// Behind puts services behind a wire. It returns the variables that tell a function so.
func (s *Stack) Behind(t testing.TB, w *Wire, services ...string) map[string]string {
	t.Helper()
	changed := map[string]string{}
	for _, service := range services {
		changed["AWS_ENDPOINT_URL_"+service] = w.before(t, s.services[service])
	}
	return changed
}

// told returns the environment of a function: the variables that its record names, the
// addresses of AWS's stand-ins, and the changes.
func (s *Stack) told(function string, changed map[string]string) []string {
	of := maps.Clone(s.variables)
	for _, f := range functions.All() {
		if f.Name == function {
			maps.DeleteFunc(of, func(name, _ string) bool {
				return !strings.HasPrefix(name, "AWS_") && !slices.Contains(f.Variables(), name)
			})
		}
	}
	return environment(of, changed)
}

func environment(variables, changed map[string]string) (env []string) {
	all := maps.Clone(variables)
	maps.Copy(all, changed)
	for name, value := range all {
		env = append(env, name+"="+value)
	}
	return env
}

// Binary is the path of a function's binary.
func (s *Stack) Binary(function string) string { return filepath.Join(s.dist, function, "bootstrap") }

// Start starts an execution environment of a function; Invoke then uses it.
func (s *Stack) Start(t testing.TB, function string, changed map[string]string) *runtime.Function {
	t.Helper()
	f, err := runtime.Start(t.Context(), s.Binary(function), s.told(function, changed), s.Log)
	if err != nil {
		t.Fatalf("%s: %v\n%s", function, err, s.Log)
	}
	t.Cleanup(func() { _ = f.Close() })
	s.functions[function] = f
	return f
}

// Invoke hands a function an event.
func (s *Stack) Invoke(t testing.TB, function string, payload []byte) runtime.Answer {
	t.Helper()
	answer, err := s.functions[function].Invoke(t.Context(), payload)
	if err != nil {
		t.Fatalf("%s: %v\n%s", function, err, s.Log)
	}
	return answer
}

// Log gathers what the functions write.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

var packages struct {
	once sync.Once
	dir  string
	err  error
}

// Packages builds all functions for this machine as `make package` does, and returns the
// folder. It builds them once in a process.
func Packages(t testing.TB) string {
	t.Helper()
	packages.once.Do(func() { packages.dir, packages.err = build() })
	if packages.err != nil {
		t.Fatal(packages.err)
	}
	return packages.dir
}

func build() (string, error) {
	root, err := repository.Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("consent-receipts-packages-%d", os.Getpid()))
	command := exec.Command("make", "--no-print-directory", "package", "ARCH="+goruntime.GOARCH, "DIST="+dir)
	command.Dir = root
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make package: %w\n%s", err, out)
	}
	return dir, nil
}

// Remove removes what Packages built. A test's main calls it at the end.
func Remove() {
	if packages.dir != "" {
		_ = os.RemoveAll(packages.dir)
	}
}
