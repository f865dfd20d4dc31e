package runtime_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
)

// TestBudget counts what the functions ask of AWS, on the wire.
func TestBudget(t *testing.T) {
	stack := runtimetest.New(t)
	person := newPerson(t, stack)
	person.optIn(person.offer())
	offer := person.offer()
	budget := func(what, want string) { // in alphabetical order: some are asked at once
		t.Helper()
		if got := strings.Join(slices.Sorted(slices.Values(stack.Wire.Asked())), " "); got != want {
			t.Errorf("%s asked for\n%s, may ask for\n%s", what, got, want)
		}
	}
	stack.Wire.Asked()

	person.optIn(offer)
	budget("an opt-in", "ExecuteStatement Query Query")

	offer = person.offer()
	stack.Start(t, "optin", nil)
	stack.Start(t, "certify", nil)
	stack.Wire.Asked()
	certificate := make(chan struct{}) // closed when it is asked for
	var asked sync.Once
	defer asked.Do(func() { close(certificate) })
	stack.Wire.Disturb(func(operation string, pass func()) bool {
		switch operation {
		case "Invoke":
			asked.Do(func() { close(certificate) })
		case "GenerateMac", "GetItem": // at once with it, or never
			<-certificate
		}
		pass()
		return false
	})
	person.optIn(offer)
	stack.Wire.Disturb(nil)
	budget("the first opt-in of an environment", "ExecuteStatement GenerateMac GetItem GetPublicKey Invoke Query Query Sign")

	person.do("GET", "/v1/receipts?limit=50", nil, "")
	stack.Wire.Asked()
	person.do("GET", "/v1/receipts?limit=50", nil, "")
	budget("a list of receipts", "Query")
}

// TestKilled kills the function between the append and its answer. The same request
// again finds out what happened: one entry, and its receipt.
func TestKilled(t *testing.T) {
	stack := runtimetest.New(t)
	person := newPerson(t, stack)
	person.optIn(person.offer())
	function := stack.Start(t, "optout", nil)
	var kill sync.Once
	stack.Wire.Disturb(func(operation string, pass func()) (lost bool) {
		pass()
		if operation == "ExecuteStatement" {
			kill.Do(func() { _ = function.Process().Kill(); lost = true })
		}
		return lost
	})
	if status, _ := person.do("POST", "/v1/opt-out", map[string]any{"all": true}, "again-1"); status < 500 {
		t.Fatalf("a killed function answered %d", status)
	}
	stack.Wire.Disturb(nil)
	stack.Start(t, "optout", nil)
	_, first := person.do("POST", "/v1/opt-out", map[string]any{"all": true}, "again-1")
	_, second := person.do("POST", "/v1/opt-out", map[string]any{"all": true}, "again-1")
	if !bytes.Equal(first, second) {
		t.Errorf("two receipts for one request:\n%s\n%s", first, second)
	}
	if n := person.receipts(); n != 2 {
		t.Errorf("%d entries, want the opt-in and one opt-out", n)
	}
}

// TestCertifyFails: a key that cannot be certified, and a pseudonym key that cannot
// be had, are a 503 that may be tried again, and nothing is lost.
func TestCertifyFails(t *testing.T) {
	for _, operation := range []string{"Sign", "Invoke", "GenerateMac"} {
		t.Run(operation, func(t *testing.T) {
			stack := runtimetest.New(t)
			person := newPerson(t, stack)
			stack.Wire.Disturb(func(asked string, pass func()) bool {
				if asked != operation {
					pass()
				}
				return false
			})
			status, body := person.do("POST", "/v1/opt-out", map[string]any{"all": true}, "again-2")
			if status != http.StatusServiceUnavailable || !strings.Contains(string(body), "/problems/busy") {
				t.Errorf("%d %s", status, body)
			}
			stack.Wire.Disturb(nil)
			if status, body := person.do("POST", "/v1/opt-out", map[string]any{"all": true}, "again-2"); status != http.StatusCreated {
				t.Errorf("the next try: %d %s", status, body)
			}
			if n := person.receipts(); n != 1 {
				t.Errorf("%d entries, want one", n)
			}
		})
	}
}

// person is a customer with a token.
type person struct {
	t     *testing.T
	site  *system.Site
	token string
}

func newPerson(t *testing.T, stack *runtimetest.Stack) *person {
	t.Helper()
	token, err := stack.Site.Token(system.SamplePerson)
	must(t, err)
	return &person{t, stack.Site, token}
}

func (p *person) do(method, path string, body any, key string) (int, []byte) {
	p.t.Helper()
	return p.with(method, path, body, "Idempotency-Key", key)
}

// acting does the same as do, for a member of staff who names a case.
func (p *person) acting(method, path string, body any, reference string) (int, []byte) {
	p.t.Helper()
	return p.with(method, path, body, "Case-Reference", reference)
}

// into reads an answer that must be good.
func (p *person) into(v any) func(status int, body []byte) {
	return func(status int, body []byte) {
		p.t.Helper()
		if status/100 != 2 {
			p.t.Fatalf("%d %s", status, body)
		}
		must(p.t, json.Unmarshal(body, v))
	}
}

func (p *person) with(method, path string, body any, header, value string) (int, []byte) {
	p.t.Helper()
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		must(p.t, err)
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(p.t.Context(), method, p.site.Base+path, content)
	must(p.t, err)
	req.Header.Set("Authorization", "Bearer "+p.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if value != "" {
		req.Header.Set(header, value)
	}
	res, err := p.site.Client.Do(req)
	must(p.t, err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	must(p.t, err)
	return res.StatusCode, b
}

func (p *person) offer() string {
	p.t.Helper()
	var answer struct{ Offer string }
	_, body := p.do("GET", "/v1/offers", nil, "")
	if err := json.Unmarshal(body, &answer); err != nil || answer.Offer == "" {
		p.t.Fatalf("no offer: %s", body)
	}
	return answer.Offer
}

func (p *person) optIn(offer string) {
	p.t.Helper()
	status, body := p.do("POST", "/v1/opt-in", map[string]any{"offer": offer, "choices": []any{
		map[string]any{"purpose": "account-alerts", "recipient": "parley", "answer": "yes", "data": []string{"balances"}},
	}}, "")
	if status != http.StatusCreated {
		p.t.Fatalf("opt-in: %d %s", status, body)
	}
}

func (p *person) receipts() int {
	p.t.Helper()
	var answer struct {
		Receipts []struct{ Seq int }
	}
	_, body := p.do("GET", "/v1/receipts", nil, "")
	must(p.t, json.Unmarshal(body, &answer))
	for i, r := range answer.Receipts {
		if r.Seq != i+1 {
			p.t.Errorf("receipt %d is number %d", i, r.Seq)
		}
	}
	return len(answer.Receipts)
}
