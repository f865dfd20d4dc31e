package desk_test

import (
	"net/url"
	"strings"
	"testing"

	"consent-receipts/functions/internal/portal/portaltest"
)

// TestDeskProposal: a step that awaits a second pair of eyes takes the place of the next step. A
// colleague looks it over, and approves or rejects it; whoever proposed it can take it back.
func TestDeskProposal(t *testing.T) {
	s := portaltest.New(t)
	s.API.Life, s.API.Preview = withAnswers(), aDenial()
	proposal := map[string]any{"of": 3, "at": portaltest.Now, "mine": true, "step": map[string]any{"act": "deny", "reason": "excessive", "note": "Lo sentimos."}}
	s.API.Life["proposal"], s.API.Preview["second_eyes"] = proposal, true
	path := portaltest.PersonPath + "/requests/r1"
	b := s.AtDesk("operator")
	w := b.Get(path)
	portaltest.Wants(t, w, 200, "A step awaits a second pair of eyes", "You proposed this step", "Lo sentimos.", `name="of" value="3"`, ">Take it back</button>")
	if body := w.Body.String(); strings.Contains(body, `value="look"`) || strings.Contains(body, `name="act"`) {
		t.Error("one's own proposal can be approved, or there is another step beside it")
	}
	portaltest.Wants(t, b.Get(path+"?proposed=1"), 200, "The step is proposed")
	proposal["mine"] = false
	portaltest.Wants(t, b.Get(path), 200, "A colleague proposed this step", ">Look it over</button>", ">Reject it</button>")
	w = s.AtDesk("auditor").Get(path)
	portaltest.Wants(t, w, 200, "A colleague proposed this step")
	if strings.Contains(w.Body.String(), `name="of"`) {
		t.Error("an auditor is shown what they may not do")
	}
	form := url.Values{"of": {"3"}, "case": {"C-9"}, "go": {"look"}, "key": {"k-2"}}
	form.Set("csrf", portaltest.CSRFField.FindStringSubmatch(b.Get(path).Body.String())[1])
	portaltest.Wants(t, b.Send("POST", path+"/proposal", form), 200, "Nothing is recorded yet", ">Approve and record it</button>", path+`/proposal"`, `<input type="hidden" name="of" value="3">`)
	for does, want := range map[string]string{"approve": `{"of":3}`, "reject": `{"of":3,"text":"Not yet."}`} {
		form.Set("go", does)
		form.Set("why", "Not yet.")
		w := b.Send("POST", path+"/proposal", form)
		if sent := s.API.Last(); w.Code != 303 || !strings.Contains(sent.Path, "/r1/case/"+does[:5]) || sent.Body != want || sent.Header.Get("Case-Reference") != "C-9" || sent.Header.Get("Idempotency-Key") != "k-2" {
			t.Errorf("%s: %d, sent %+v", does, w.Code, sent)
		}
	}
	s.API.Problem, s.API.Status = "case-moved", 409
	portaltest.Wants(t, b.Send("POST", path+"/proposal", form), 409, "The proposal was answered meanwhile")
}
