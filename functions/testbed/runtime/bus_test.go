package runtime_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
)

// bus is an event bus that keeps the details of what is put on it.
type bus struct {
	URL     string
	details [][]byte
}

func newBus(t *testing.T, name string) *bus {
	b := &bus{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Entries []struct{ Detail, EventBusName string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		answers := make([]struct{ EventId string }, len(in.Entries))
		for i, e := range in.Entries {
			if e.EventBusName != name {
				t.Errorf("put on the bus %q", e.EventBusName)
			}
			answers[i].EventId = strconv.Itoa(i + 1)
			b.details = append(b.details, []byte(e.Detail))
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		if err := json.NewEncoder(w).Encode(map[string]any{"FailedEntryCount": 0, "Entries": answers}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	b.URL = server.URL
	return b
}
