package devmail_test

import (
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/devmail"
	"consent-receipts/shared/mail"
)

// TestBox: mails are there when the machine starts again, the newest on top, and a text of one is
// no markup.
func TestBox(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mails.jsonl")
	open := func() *devmail.Box { return &devmail.Box{File: file, Now: time.Now} }
	show := func() string {
		w := httptest.NewRecorder()
		open().ServeHTTP(w, httptest.NewRequest("GET", devmail.Path, nil))
		return w.Body.String()
	}
	if got := show(); !strings.Contains(got, "None yet") {
		t.Errorf("before the first: %s", got)
	}
	for _, text := range []string{"<b>first</b>\n", "second:\n\nhttp://localhost:8080/ask/x\n"} {
		if err := open().Send(t.Context(), mail.Message{To: "alex@example.com", Subject: "Your request", Text: text}); err != nil {
			t.Fatal(err)
		}
	}
	got := show()
	if strings.Contains(got, "<b>") || !strings.Contains(got, `<a href="http://localhost:8080/ask/x">`) || strings.Index(got, "second") > strings.Index(got, "first") {
		t.Errorf("%s", got)
	}
}
