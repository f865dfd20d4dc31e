package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"consent-receipts/shared/cmd/cli"
)

// TestOddAnswers: an answer that is not a list is never taken for an empty list.
func TestOddAnswers(t *testing.T) {
	t.Setenv(tokenVariable, "x")
	for answer, want := range map[string]int{`{"requests":[]}`: cli.ExitDone, `{"requests":5}`: cli.ExitUsage, `{}`: cli.ExitUsage, `[]`: cli.ExitUsage, `{`: cli.ExitUsage} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
		var out bytes.Buffer
		streams := cli.NewStreams(nil, &out, &out, cli.Terminals{})
		code := cli.Run(t.Context(), program(streams), streams, []string{"requests", "--api", server.URL})
		server.Close()
		if code != want || (want == cli.ExitUsage) != strings.Contains(out.String(), "not as it should be") {
			t.Errorf("%s: exit %d\n%s", answer, code, &out)
		}
	}
}
