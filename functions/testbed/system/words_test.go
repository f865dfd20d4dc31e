package system_test

import (
	"encoding/json"
	"strings"
	"testing"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// TestWords: people's words are recorded without what steers a terminal, and every form of
// the receipt marks them as a quotation, so that they cannot pass for what the receipt says.
func TestWords(t *testing.T) {
	h := open(t)
	token, clerk := h.token(t, alex), h.token(t, system.SampleOperator)
	person, err := h.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	at := "/v1/operator/people/" + person
	for path, body := range map[string]string{
		"/v1/data-requests":   `{"type":"access","details":"\u001b]2;gone\u0007"}`,
		at + "/data-requests": `{"type":"access","details":"\u202egone"}`,
		at + "/annulments":    `{"seq":1,"digest":"sha256:` + strings.Repeat("0", 64) + `","reason":"\u009b2J"}`,
	} {
		who := token
		if strings.HasPrefix(path, at) {
			who = clerk
		}
		if slug, detail := h.ask(t, who, "POST", path, body, "Case-Reference", "C-7").problem(t); slug != "invalid-body" || !strings.Contains(detail, "(pattern)") {
			t.Errorf("%s: %s: %s", path, slug, detail)
		}
	}

	var asked issued
	h.ask(t, token, "POST", "/v1/data-requests", `{"type":"erasure","details":"Please.\r\nState: completed\r\nTo be answered by: 4 May 2032"}`).into(t, &asked)
	h.optIn(t, token)
	for _, reason := range []string{`"cut \ud83d"`, "\"caf\xe9\"", `["none of your business"]`} {
		if a := h.ask(t, token, "POST", "/v1/opt-out", `{"purposes":["card-offers"],"reason":`+reason+`}`); a.status != 201 {
			t.Errorf("%q: %d %s", reason, a.status, a.body)
		}
	}
	var out issued
	h.ask(t, token, "POST", "/v1/opt-out", `{"purposes":["account-alerts"],"reason":"\u001b[2JNo more.\r\nUntil: 5 May 2033\u202e\r\n`+strings.Repeat("!", 600)+`"}`).into(t, &out)
	for _, line := range h.standing(t, token).Lines {
		if line.Purpose == "account-alerts" && line.InForce {
			t.Error("an opt-out with such a reason does not count")
		}
	}
	verifier := receipt.NewVerifier()
	rec, err := verifier.Verify(out.Receipt)
	must(t, err)
	var note statement.Note
	must(t, json.Unmarshal(rec.Note[0].Value, &note))
	if want := "[2JNo more.\nUntil: 5 May 2033\n"; !strings.HasPrefix(note.Text, want+"!!!") || len(note.Text) != consent.MaxText {
		t.Errorf("kept as %q", note.Text)
	}
	for seq, lies := range map[string][]string{"1": {"State: completed", "To be answered by: 4 May 2032"}, "6": {"Until: 5 May 2033"}} {
		text := string(h.ask(t, token, "GET", "/v1/receipts/"+seq+"?format=text&language=en", "").body)
		html := string(h.ask(t, token, "GET", "/v1/receipts/"+seq+"?format=html&language=en", "").body)
		for _, lie := range lies {
			if !strings.Contains(text, "\n    | "+lie) && !strings.Contains(text, "\n  | "+lie) {
				t.Errorf("receipt %s: %q is not marked in\n%s", seq, lie, text)
			}
			if !strings.Contains(html, `<p dir="auto">`+lie) {
				t.Errorf("receipt %s: %q is not quoted on the page", seq, lie)
			}
		}
	}
}
