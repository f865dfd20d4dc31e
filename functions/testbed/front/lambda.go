package front

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/functions/internal/gateway/problem"
)

// maxAnswer bounds what is read of a function's answer: Lambda's own limit is 6 MB.
const maxAnswer = 6<<20 + 1<<10

// ErrFunction is a function that failed instead of answering.
var ErrFunction = errors.New("the function failed")

// Lambda is the Invoke API of Lambda, as SAM serves it on one machine. Requests are
// not signed.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
type Lambda struct {
	Address string // http://127.0.0.1:3001, no slash at the end
	Prefix  string // the prefix of functions' names there: ConsentReceipts-
	Client  *http.Client
}

// Invoke hands an event to a function and returns its answer. A function that fails
// is an error that wraps ErrFunction.
func (l Lambda) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	address := l.Address + "/2015-03-31/functions/" + url.PathEscape(l.Prefix+function) + "/invocations"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	res, err := l.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("X-Amz-Function-Error") != "" {
		return nil, fmt.Errorf("%w: %s: status %d: %.1000s", ErrFunction, function, res.StatusCode, body)
	}
	return body, nil
}

// Handler returns the handler of a function behind the HTTP API. It hands the request on as
// an event, as API Gateway does.
func (l Lambda) Handler(route gateway.Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer, err := l.ask(w, r, route)
		if err != nil {
			AsGateway(w, r, err)
			return
		}
		for name, value := range answer.Headers {
			w.Header().Set(name, value)
		}
		for _, cookie := range answer.Cookies {
			w.Header().Add("Set-Cookie", cookie)
		}
		body := []byte(answer.Body)
		if answer.IsBase64Encoded {
			body, _ = base64.StdEncoding.DecodeString(answer.Body) // our own encoding
		}
		w.WriteHeader(answer.StatusCode)
		_, _ = w.Write(body) // the caller may have gone
	})
}

func (l Lambda) ask(w http.ResponseWriter, r *http.Request, route gateway.Route) (answer events.APIGatewayV2HTTPResponse, err error) {
	body, err := gateway.Body(w, r)
	if err != nil {
		return answer, err
	}
	event, err := json.Marshal(newEvent(r, body))
	if err != nil {
		return answer, err
	}
	out, err := l.Invoke(r.Context(), route.Function, event)
	if err != nil {
		return answer, err
	}
	err = json.Unmarshal(out, &answer)
	if err == nil && answer.StatusCode == 0 {
		err = fmt.Errorf("%w: %s: no status in its answer", ErrFunction, route.Function)
	}
	return answer, err
}

// newEvent describes a request in payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func newEvent(r *http.Request, body []byte) events.APIGatewayV2HTTPRequest {
	call := gateway.CallOf(r)
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: call.Route, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{"host": r.Host}, PathParameters: map[string]string{}, Body: string(body),
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: call.Route, RequestID: call.ID, Stage: "$default", TimeEpoch: time.Now().UnixMilli(), DomainName: r.Host,
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: r.Method, Path: r.URL.Path, Protocol: r.Proto},
		},
	}
	for name, values := range r.Header {
		if name == "Cookie" { // one element a cookie, and no header
			for _, cookie := range strings.Split(strings.Join(values, ";"), ";") {
				event.Cookies = append(event.Cookies, strings.TrimSpace(cookie))
			}
			continue
		}
		event.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for _, m := range parameter.FindAllStringSubmatch(call.Route, -1) {
		event.PathParameters[m[1]] = r.PathValue(m[1])
	}
	if call.Claims != nil {
		event.RequestContext.Authorizer = &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{
			JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: call.Claims, Scopes: call.Scopes},
		}
	}
	// A text body stays as it is, and any other body is sent in base64, even a form.
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	text := strings.HasPrefix(media, "text/") || media == "application/json"
	if event.IsBase64Encoded = len(body) > 0 && (!text || !utf8.Valid(body)); event.IsBase64Encoded {
		event.Body = base64.StdEncoding.EncodeToString(body)
	}
	return event
}

// parameter matches a parameter of a route key: {seq}.
var parameter = regexp.MustCompile(`\{(\w+)\}`)

// AsGateway refuses in the words of API Gateway, which writes no problem documents.
func AsGateway(w http.ResponseWriter, r *http.Request, err error) []any {
	status := problem.Find(err).Status
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Apigw-Requestid", gateway.CallOf(r).ID)
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"message":%q}`, http.StatusText(status)) // the caller may have gone
	return nil
}
