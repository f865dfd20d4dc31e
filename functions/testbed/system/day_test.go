package system_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/statement"
)

// TestDayAtTheDesk: thirty requests of all types that the catalogue's laws know, two clerks who work on the same list at once, and
// an auditor. Nothing is lost, nothing is answered twice, and every look and act is in the person's
// list, as the clerks and the auditor did them.
func TestDayAtTheDesk(t *testing.T) {
	h := serve(t)
	const requests = 30
	customers := []string{alex, lucia}
	types := slices.DeleteFunc(statement.RequestTypes(), func(t statement.RequestType) bool { return t.Follows() || t.Complains() })
	for i := range requests {
		who := customers[i%len(customers)]
		h.ask(t, h.token(t, who), "POST", "/v1/data-requests", fmt.Sprintf(`{"type":%q}`, types[i%len(types)])).into(t, new(issued))
	}
	robin, kim, auditor := h.token(t, system.SampleOperator), h.token(t, system.OtherOperator), h.token(t, system.SampleAuditor)
	var open requestList
	h.ask(t, robin, "GET", "/v1/operator/requests?state=open", "").into(t, &open)
	if len(open.Requests) != requests {
		t.Fatalf("%d requests are open", len(open.Requests))
	}
	ended := answerAll(t, h, open, robin, kim)
	for _, r := range open.Requests {
		if ended[r.ID] != 1 {
			t.Errorf("a request for %s was answered %d times", r.Type, ended[r.ID])
		}
	}
	var left, answered requestList
	h.ask(t, auditor, "GET", "/v1/operator/requests?state=open", "").into(t, &left)
	h.ask(t, auditor, "GET", "/v1/operator/requests?state=ended", "").into(t, &answered)
	promised := 0
	for _, r := range left.Requests {
		if r.State == string(statement.ToBeErased) {
			promised++
		}
	}
	if left.Total != promised || answered.Total+promised != requests {
		t.Errorf("%d are open, %d of them granted; %d are answered", left.Total, promised, answered.Total)
	}
	told(t, h, open, auditor)
}

// answerAll has two clerks answer the same list at once, from both ends. It returns how many answers
// each request has got.
func answerAll(t *testing.T, h *here, list requestList, clerks ...string) map[string]int {
	var mu sync.Mutex
	ended := map[string]int{}
	var together sync.WaitGroup
	for n, clerk := range clerks {
		work := slices.Clone(list.Requests)
		if n%2 == 1 {
			slices.Reverse(work)
		}
		together.Go(func() {
			for _, r := range work {
				body := `{"act":"complete"}`
				if statement.RequestType(r.Type).HasParts() {
					body = `{"act":"complete","nothing_held":true}`
				}
				a := h.ask(t, clerk, "POST", api.Of(r.Person).Request(r.ID)+"/steps", body, "Case-Reference", fmt.Sprintf("C-%d", n+1))
				mu.Lock()
				if a.status == http.StatusCreated {
					ended[r.ID]++
				} else if a.status != http.StatusConflict {
					t.Errorf("%s: %d %s", r.Type, a.status, a.body)
				}
				mu.Unlock()
			}
		})
	}
	together.Wait()
	return ended
}

// told compares each person's list of who looked with what the clerks and the auditor did.
func told(t *testing.T, h *here, list requestList, auditor string) {
	t.Helper()
	people := map[string]int{}
	for _, r := range list.Requests {
		people[r.Person]++
		h.ask(t, auditor, "GET", api.Of(r.Person).Request(r.ID), "", "Case-Reference", "A-1").into(t, new(api.Life))
	}
	for _, customer := range []string{alex, lucia} {
		person, err := h.sys.API.Pseudonyms.Of(customer)
		must(t, err)
		did := map[string]int{}
		for path := "/v1/audit?order=oldest"; path != ""; {
			var page struct {
				Records []struct{ Role, Did, Case, Staff, About string }
				Next    uint64 `json:"next_cursor"`
			}
			h.ask(t, h.token(t, customer), "GET", path, "").into(t, &page)
			for _, r := range page.Records {
				did[strings.Join([]string{r.Role, r.Did, r.Case}, " ")]++
			}
			if path = ""; page.Next != 0 {
				path = fmt.Sprintf("/v1/audit?order=oldest&cursor=%d", page.Next)
			}
		}
		n := people[person]
		for what, want := range map[string]int{"operator data-request.step C-1": n, "operator data-request.step C-2": n, "auditor data-request.read A-1": n} {
			if did[what] != want {
				t.Errorf("the person is told of %d times %q, and it was %d", did[what], what, want)
			}
		}
		if len(did) != 3 {
			t.Errorf("the person is told of something else: %v", did)
		}
	}
}
