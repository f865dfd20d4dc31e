package system_test

import (
	"bytes"
	"encoding/json"
	"testing"

	samples "consent-receipts/events/catalogue"
	"consent-receipts/functions/local/system"
)

// TestTwoPages: the PDF of a yes to everything that a sample asks has two pages, the card and the
// record, in each language.
func TestTwoPages(t *testing.T) {
	for _, file := range []string{"first-example-bank.yaml", "sample-general-hospital.yaml", "sample-street-shop.yaml"} {
		of, err := system.Compile(samples.FS, file)
		must(t, err)
		for _, language := range of.Catalogue.Languages {
			h := serveOf(t, t.TempDir(), of)
			token := h.token(t, alex)
			var asked struct {
				Offer string
				Items []map[string]any
			}
			h.ask(t, token, "GET", "/v1/offers?language="+language, "").into(t, &asked)
			var choices []map[string]any
			for _, item := range asked.Items {
				choices = append(choices, map[string]any{"purpose": item["purpose"], "recipient": item["recipient"], "answer": "yes"})
			}
			body, err := json.Marshal(map[string]any{"offer": asked.Offer, "choices": choices})
			must(t, err)
			h.ask(t, token, "POST", "/v1/opt-in", string(body)).into(t, new(issued))
			paper := h.ask(t, token, "GET", "/v1/receipts/1?format=pdf&language="+language, "").body
			if n := bytes.Count(paper, []byte("/Type /Page\n")); n != 2 {
				t.Errorf("%s, %s: a yes to everything has %d pages", file, language, n)
			}
		}
	}
}
