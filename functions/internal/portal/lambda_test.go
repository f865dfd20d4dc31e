package portal_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"reflect"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/portal"
)

// TestLambda: what the gateway passes on arrives as it was sent, and what the
// pages answer comes back whole.
func TestLambda(t *testing.T) {
	serve := portal.Lambda(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		cookie, err := r.Cookie("b")
		if err != nil {
			t.Error(err)
			return
		}
		for name, pair := range map[string][2]string{
			"method": {r.Method, "POST"}, "path": {r.URL.Path, "/receipts/1"}, "escaped": {r.URL.EscapedPath(), "/receipts/1"},
			"query": {r.URL.RawQuery, "language=es"}, "host": {r.Host, "consent.example"}, "origin": {r.Header.Get("Origin"), "https://consent.example"},
			"cookie": {cookie.Value, "2"}, "body": {string(body), "answer=yes"},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s is %q, want %q", name, pair[0], pair[1])
			}
		}
		http.SetCookie(w, &http.Cookie{Name: "one", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "two", Value: "2"})
		w.Header().Set("Content-Type", "application/zip")
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte{0xff, 0x00})
	}))
	event := events.APIGatewayV2HTTPRequest{
		RawPath: "/receipts/1", RawQueryString: "language=es", Cookies: []string{"a=1", "b=2"},
		Headers: map[string]string{"host": "consent.example", "origin": "https://consent.example"},
		Body:    base64.StdEncoding.EncodeToString([]byte("answer=yes")), IsBase64Encoded: true,
	}
	event.RequestContext.HTTP.Method = http.MethodPost
	got, err := serve(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	want := events.APIGatewayV2HTTPResponse{
		StatusCode: http.StatusCreated, Headers: map[string]string{"content-type": "application/zip"},
		Cookies: []string{"one=1", "two=2"}, Body: "/wA=", IsBase64Encoded: true,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for name, broken := range map[string]events.APIGatewayV2HTTPRequest{
		"body":   {RawPath: "/", Body: "*", IsBase64Encoded: true},
		"target": {RawPath: "/%zz"},
	} {
		if got, err := serve(t.Context(), broken); err != nil || got.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d %v", name, got.StatusCode, err)
		}
	}
}
