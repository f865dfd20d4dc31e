package gateway

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/shared/api"
)

// Func is a function as the Lambda runtime calls it, by events of payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
type Func func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Func serves events by the handlers of their route keys.
func (h Handlers) Func() Func {
	return Open(func(context.Context) (Handlers, error) { return h, nil }, nil)
}

// Open serves events by handlers that are made when the first event comes. Until that
// succeeds, no request is carried out, and the handler that notReady makes of the error
// answers. An answer is held in memory: Lambda limits it to 6 MB.
func Open(open func(context.Context) (Handlers, error), notReady func(error) http.Handler) Func {
	return func(ctx context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		handlers, err := open(ctx)
		h := handlers.For(e.RouteKey)
		switch {
		case err != nil:
			h = notReady(err)
		case strings.Trim(e.PathParameters[api.AfterSlash], "/") != "": // more than a slash: another path
			h = handlers.For(Default)
		}
		r, w := request(ctx, &e), NewRecorder()
		if r.Header.Get("X-Forwarded-Proto") == "https" { // API Gateway says so itself, whatever the caller sent
			w.Header().Set("Strict-Transport-Security", hsts)
		}
		h.ServeHTTP(w, r)
		return answer(r, w), nil
	}
}

// hsts lets browsers come to this host by https alone, for two years (RFC 6797). It says nothing
// of hosts below, which may be others'.
const hsts = "max-age=63072000"

func answer(r *http.Request, w *Recorder) events.APIGatewayV2HTTPResponse {
	out := events.APIGatewayV2HTTPResponse{StatusCode: w.Status, Headers: map[string]string{}}
	for name, values := range w.Header() {
		if name == "Set-Cookie" {
			out.Cookies = values
			continue
		}
		out.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	body := w.Body.String()
	switch {
	case r.Method == http.MethodHead: // RFC 9110, 9.3.2
	case utf8.ValidString(body):
		out.Body = body
	default:
		out.IsBase64Encoded, out.Body = true, base64.StdEncoding.EncodeToString([]byte(body))
	}
	return out
}

// request is the HTTP request that API Gateway was sent. Its method is that of the route:
// only the default route has others. API Gateway sends the path decoded, so it is not
// parsed again. What is announced as base64 and is something else ends the body with an
// error.
func request(ctx context.Context, e *events.APIGatewayV2HTTPRequest) *http.Request {
	method, _, matched := strings.Cut(e.RouteKey, " ")
	if !matched {
		method = e.RequestContext.HTTP.Method
	}
	r := &http.Request{
		Method: method, URL: &url.URL{Path: e.RawPath, RawQuery: e.RawQueryString}, Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(e.Body)), Body: io.NopCloser(strings.NewReader(e.Body)),
	}
	if e.IsBase64Encoded {
		r.ContentLength, r.Body = -1, io.NopCloser(base64.NewDecoder(base64.StdEncoding, strings.NewReader(e.Body)))
	}
	for name, value := range e.Headers {
		r.Header.Set(name, value)
	}
	if len(e.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(e.Cookies, "; "))
	}
	r.RequestURI, r.Host = r.URL.RequestURI(), r.Header.Get("Host")
	r.Header.Del("Host")
	for name, value := range e.PathParameters {
		r.SetPathValue(name, value)
	}
	return r.WithContext(callOf(e).With(ctx))
}

func callOf(e *events.APIGatewayV2HTTPRequest) Call {
	call := Call{ID: e.RequestContext.RequestID, Route: e.RouteKey}
	if auth := e.RequestContext.Authorizer; auth != nil && auth.JWT != nil {
		call.Claims, call.Scopes = auth.JWT.Claims, auth.JWT.Scopes
		if len(call.Scopes) == 0 {
			call.Scopes = strings.Fields(call.Claims["scope"])
		}
	}
	return call
}

// Recorder is an http.ResponseWriter that keeps an answer in memory.
type Recorder struct {
	Status int
	Body   strings.Builder

	header  http.Header
	written bool
}

// NewRecorder returns a Recorder of an empty answer.
func NewRecorder() *Recorder { return &Recorder{Status: http.StatusOK, header: http.Header{}} }

// Header implements http.ResponseWriter.
func (w *Recorder) Header() http.Header { return w.header }

// WriteHeader implements http.ResponseWriter: the first status counts.
func (w *Recorder) WriteHeader(status int) {
	if !w.written {
		w.Status, w.written = status, true
	}
}

// Write implements http.ResponseWriter.
func (w *Recorder) Write(b []byte) (int, error) {
	w.written = true
	return w.Body.Write(b)
}
