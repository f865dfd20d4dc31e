// Package gateway is the rim between an HTTP API of API Gateway and the functions behind
// it, which are handlers of net/http. API Gateway has matched the route and verified the
// token; a [Call] in the request's context says what it found, and nothing here matches or
// verifies a second time. A [Func] is what the Lambda runtime calls: it turns an event
// into a request, and what is written into an answer.
//
// Whatever else stands before the handlers, such as the local server, puts a Call into the
// context likewise. Without one nobody is known to call, and every route that wants a
// token refuses.
package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"consent-receipts/shared/api"
)

// Route is one route of the HTTP API. Pattern is a route key of API Gateway and at once a
// pattern of net/http: "GET /v1/receipts/{seq}".
type Route struct {
	Pattern  string
	Scopes   []string // one of them suffices; none: no token
	Function string   // the function that serves it
	Recorded string   // as what the audit ledger has a call, such as standing.read; "" for a route without a record
}

// Default is the key of the route that takes what no other route takes.
const Default = "$default"

// Handlers are those of one function, by route key. What has no handler goes to that of
// Default, as in API Gateway.
type Handlers map[string]http.Handler

// For returns the handler of a route key. A slash at the end of the path makes no difference.
func (h Handlers) For(key string) http.Handler {
	for _, key := range []string{strings.TrimSuffix(key, api.TrailingSlash), Default} {
		if found := h[key]; found != nil {
			return found
		}
	}
	return http.NotFoundHandler()
}

// Call has what is known about a request when it reaches its handler.
type Call struct {
	ID     string            // for the caller to quote when asking for help
	Route  string            // the key of the route that was matched
	Claims map[string]string // the claims of the verified token, as API Gateway flattens them; nil if there is no token
	Scopes []string          // the scopes of the token
}

type callKey struct{}

// With puts a call into the context of its request.
func (c Call) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallOf returns what is known about a request. Without a Call in its context that is
// nothing.
func CallOf(r *http.Request) Call {
	c, _ := r.Context().Value(callKey{}).(Call)
	return c
}

// Header returns a header's value. Repeated ones are joined with commas, as API Gateway
// does: whoever sends two credentials authenticates with neither.
func Header(r *http.Request, name string) string { return strings.Join(r.Header.Values(name), ",") }

// MaxBody bounds a request's body, in bytes.
const MaxBody = 128 << 10

// Body returns the very bytes that were sent. It wraps ErrTooLarge, or ErrInvalidBody
// where API Gateway announced base64 and sent something else.
func Body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, Errorf(ErrTooLarge, "the body is over %d bytes", MaxBody)
	}
	if err != nil {
		return nil, Errorf(ErrInvalidBody, "the body cannot be read to its end")
	}
	return b, nil
}

// Check makes sure once more of what the authorizer has checked: that there is a token
// with one of the scopes. It wraps ErrUnauthenticated or ErrForbidden.
func (c Call) Check(scopes ...string) error {
	if len(c.Claims) == 0 {
		return Errorf(ErrUnauthenticated, "no verified token")
	}
	if !slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(c.Scopes, s) }) {
		return Errorf(ErrForbidden, "the token lacks the scope %s", strings.Join(scopes, " or "))
	}
	return nil
}

// Refuse answers an error. It returns the attributes of the log line, as slog takes them;
// none of them is about the person.
type Refuse func(w http.ResponseWriter, r *http.Request, err error) (attrs []any)

// Handle makes a handler of what serves a request, or returns why it does not. It writes
// the one log line, which has nothing personal: no path (it can hold ids), no query, no
// claims, no address. What concerns one person is never cached, unless the handler says
// otherwise.
func Handle(log *slog.Logger, serve func(http.ResponseWriter, *http.Request) error, refuse Refuse) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		seen, call := &observed{ResponseWriter: w, status: http.StatusOK}, CallOf(r)
		attrs := []any{"request_id", call.ID, "route", call.Route}
		var told []any
		if err := serve(seen, r); err != nil {
			told = refuse(seen, r, err)
		}
		level := slog.LevelInfo
		if seen.status >= http.StatusInternalServerError {
			level = slog.LevelError
		}
		log.Log(context.Background(), level, "request", append(append(attrs, "status", seen.status), told...)...)
	})
}

// observed remembers the status that was written.
type observed struct {
	http.ResponseWriter
	status int
}

func (o *observed) WriteHeader(status int) {
	o.status = status
	o.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer.
func (o *observed) Unwrap() http.ResponseWriter { return o.ResponseWriter }
