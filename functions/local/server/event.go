package server

import (
	"encoding/base64"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// newEvent describes a request, but for its body, in payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
func newEvent(routeKey string, r *http.Request, id string) events.APIGatewayV2HTTPRequest {
	event := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: routeKey, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{"host": r.Host}, PathParameters: map[string]string{},
		RequestContext: events.APIGatewayV2HTTPRequestContext{
			RouteKey: routeKey, RequestID: id, Stage: "$default", TimeEpoch: time.Now().UnixMilli(), DomainName: r.Host,
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
	for _, name := range pathNames(routeKey) {
		event.PathParameters[name] = r.PathValue(name)
	}
	return event
}

// setBody puts text into an event as it is, and everything else in base64: forms
// too, as API Gateway does.
func setBody(event *events.APIGatewayV2HTTPRequest, body []byte) {
	media, _, _ := mime.ParseMediaType(event.Headers["content-type"])
	text := strings.HasPrefix(media, "text/") || media == "application/json"
	if event.IsBase64Encoded = len(body) > 0 && (!text || !utf8.Valid(body)); event.IsBase64Encoded {
		event.Body = base64.StdEncoding.EncodeToString(body)
	} else {
		event.Body = string(body)
	}
}

// pathNames lists the parameters of a pattern: {seq}.
func pathNames(pattern string) (names []string) {
	for rest := pattern; ; {
		_, after, ok := strings.Cut(rest, "{")
		if !ok {
			return names
		}
		name, tail, _ := strings.Cut(after, "}")
		names, rest = append(names, name), tail
	}
}

// write answers as a function's answer says.
func write(w http.ResponseWriter, answer events.APIGatewayV2HTTPResponse) {
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
	_, _ = w.Write(body) // a caller that has gone gets nothing
}
