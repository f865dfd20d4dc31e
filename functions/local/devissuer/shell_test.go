package devissuer

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestShell: there is a line for a shell for people, and for clients with scopes of their
// own, and for nobody else.
func TestShell(t *testing.T) {
	i, err := New(Config{
		Issuer: "http://localhost:8080/dev-issuer", Audience: "api", Scopes: []string{"self"}, Now: time.Now,
		Clients: []Client{{ID: "portal"}, {ID: "machine", For: "alex", Scopes: []string{"send"}}},
		People:  []Person{{ID: "alex", Name: "Alex (sample)"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for id, status := range map[string]int{"alex": http.StatusOK, "machine": http.StatusOK, "portal": http.StatusNotFound, "sam": http.StatusNotFound} {
		answer := httptest.NewRecorder()
		i.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/dev-issuer/token/"+id, nil))
		line := answer.Body.String()
		if given := strings.HasPrefix(line, "export TOKEN=ey"); answer.Code != status || given != (status == http.StatusOK) || strings.Count(line, "\n") != 1 {
			t.Errorf("%s: %d %s", id, answer.Code, line)
		}
	}
}
