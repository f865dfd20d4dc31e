package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestOddAnswers: a list that is none is no empty list.
func TestOddAnswers(t *testing.T) {
	t.Setenv(tokenVariable, "x")
	for answer, want := range map[string]int{`{"requests":[]}`: exitGenuine, `{"requests":5}`: exitUsage, `{}`: exitUsage, `[]`: exitUsage, `{`: exitUsage} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
		var out bytes.Buffer
		cmd := &command{stdout: &out, stderr: &out, now: nil}
		code := cmd.run(t.Context(), []string{"desk", "requests", "--api", server.URL})
		server.Close()
		if code != want || (want == exitUsage) != strings.Contains(out.String(), "not as it should be") {
			t.Errorf("%s: exit %d\n%s", answer, code, &out)
		}
	}
}
