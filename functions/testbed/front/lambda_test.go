package front_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/local/authorizer"
	"consent-receipts/functions/local/server"
	"consent-receipts/functions/testbed/front"
)

const host = "consent.localhost:8080"

// invoked is a local server before functions behind an Invoke API, which answers every
// event with what a test says and keeps the last.
type invoked struct {
	function string
	event    events.APIGatewayV2HTTPRequest
	answer   string
	failed   bool
}

func (f *invoked) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.function = strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/2015-03-31/functions/"), "/invocations")
	if err := json.NewDecoder(r.Body).Decode(&f.event); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if f.failed {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	_, _ = io.WriteString(w, f.answer)
}

func (f *invoked) ask(t *testing.T, r *http.Request) *http.Response {
	t.Helper()
	api := httptest.NewServer(f)
	t.Cleanup(api.Close)
	functions := front.Lambda{Address: api.URL, Prefix: "Test-", Client: api.Client()}
	h := server.New(server.Config{
		Hosts: []string{host}, Handler: functions.Handler, Refuse: front.AsGateway,
		Authorizer: authorizer.New(authorizer.Config{}), Issuer: http.NotFoundHandler(), Sample: http.NotFoundHandler(),
	})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// TestDefaultRoute: a path that is no route of the API goes to the portal's function, as API
// Gateway hands it on.
func TestDefaultRoute(t *testing.T) {
	f := &invoked{answer: `{"statusCode":303,"headers":{"location":"/receipts/1"},"cookies":["a=1; Path=/","b=2; Path=/"],"body":"/w==","isBase64Encoded":true}`}
	r := httptest.NewRequest("POST", "http://"+host+"/offer?language=es", strings.NewReader("csrf=x&answer=yes"))
	r.Header = http.Header{
		"Content-Type": {"application/x-www-form-urlencoded"}, "Cookie": {"__Host-session=s; other=o"}, "Accept": {"text/html", "*/*"},
	}
	res := f.ask(t, r)
	body, _ := io.ReadAll(res.Body)
	if res.StatusCode != 303 || res.Header.Get("Location") != "/receipts/1" || len(res.Header.Values("Set-Cookie")) != 2 || string(body) != "\xff" {
		t.Errorf("%d %v %q", res.StatusCode, res.Header, body)
	}
	e := f.event
	for name, pair := range map[string][2]string{
		"function": {f.function, "Test-portal"}, "route": {e.RouteKey, "$default"}, "path": {e.RawPath, "/offer"},
		"query": {e.RawQueryString, "language=es"}, "method": {e.RequestContext.HTTP.Method, "POST"},
		"cookies": {strings.Join(e.Cookies, "|"), "__Host-session=s|other=o"}, "no cookie header": {e.Headers["cookie"], ""},
		"host": {e.Headers["host"], host}, "joined": {e.Headers["accept"], "text/html,*/*"}, "body": {e.Body, "Y3NyZj14JmFuc3dlcj15ZXM="},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", name, pair[0], pair[1])
		}
	}
	if !e.IsBase64Encoded {
		t.Error("the form is not marked as base64")
	}
}

// TestAsGateway: a request that no function answers gets an answer in API Gateway's words.
func TestAsGateway(t *testing.T) {
	for name, c := range map[string]struct {
		front  invoked
		path   string
		host   string
		status int
		body   string
	}{
		"a function's answer":     {invoked{answer: `{"statusCode":200,"body":"{}"}`}, "/openapi.yaml", host, 200, "{}"},
		"a route without a token": {invoked{}, "/v1/standing", host, 401, `{"message":"Unauthorized"}`},
		"a foreign name":          {invoked{}, "/", "attacker.example", 403, `{"message":"Forbidden"}`},
		"a function that fails":   {invoked{answer: `{"errorMessage":"secret"}`, failed: true}, "/", host, 500, `{"message":"Internal Server Error"}`},
		"no answer of a gateway":  {invoked{answer: `{}`}, "/", host, 500, `{"message":"Internal Server Error"}`},
		"no JSON":                 {invoked{answer: `oops`}, "/", host, 500, `{"message":"Internal Server Error"}`},
	} {
		t.Run(name, func(t *testing.T) {
			res := c.front.ask(t, httptest.NewRequest("GET", "http://"+c.host+c.path, nil))
			body, _ := io.ReadAll(res.Body)
			if res.StatusCode != c.status || string(body) != c.body {
				t.Errorf("%d %s, want %d %s", res.StatusCode, body, c.status, c.body)
			}
		})
	}
}
