package runtime_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/runtime/runtimetest"
	"consent-receipts/shared/api"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/ledger"
)

// mailbox answers as SES, and has the texts of the mails.
type mailbox struct {
	sync.Mutex
	texts []string
}

func (b *mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		Content struct {
			Simple struct {
				Body struct{ Text struct{ Data string } }
			}
		}
	}
	_ = json.NewDecoder(r.Body).Decode(&sent)
	b.Lock()
	defer b.Unlock()
	b.texts = append(b.texts, sent.Content.Simple.Body.Text.Data)
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"MessageId":"1"}`))
}

// tellContact follows an answer to somebody without an account through the real binaries: from the
// table past the bus into the queue of callbacks, and to one mail. The address is sealed on the way,
// and opened by the key.
func tellContact(t *testing.T, stack *runtimetest.Stack, own *mototest.Queue, publish func(record string) bool, callbacks func(mototest.Message) bool) {
	t.Helper()
	box := new(mailbox)
	ses := httptest.NewServer(box)
	t.Cleanup(ses.Close)
	mails := map[string]string{"MAIL_FROM": "bank@bank.example", "MAIL_IDENTITY": "arn:aws:ses:eu-west-1:123456789012:identity/bank.example", "AWS_ENDPOINT_URL_SES": ses.URL}
	stack.Start(t, "door", mails)
	stack.Start(t, "callbacks", mails)
	nobody := &person{t, stack.Site, "none"}
	nobody.into(new(api.ContactLink))(nobody.do("POST", api.DoorPath, api.ContactRequest{Type: "access", Email: "casey@example.com", Language: "en"}, ""))
	_, after, _ := strings.Cut(box.texts[0], "/ask/")
	contact := &person{t, stack.Site, strings.Fields(after)[0]}
	contact.into(new(api.Given))(contact.do("POST", string(api.Contact), api.ContactDetails{}, ""))
	var state api.ContactState
	contact.into(&state)(contact.do("GET", string(api.Contact), nil, ""))
	token, err := stack.Site.Token(system.SampleOperator)
	must(t, err)
	desk := &person{t, stack.Site, token}
	var list api.Requests
	desk.into(&list)(desk.do("GET", api.RequestsPath+"?number="+state.Life.Request.ID, nil, ""))
	desk.into(new(api.Given))(desk.acting("POST", api.Of(list.Requests[0].Person).Request(state.Life.Request.ID)+"/steps", api.Step{Act: "deny", Reason: "excessive"}, "DR-8"))
	sample, err := os.ReadFile(filepath.Join("..", "..", "..", "events", "invocations", "publish", "insert.json"))
	must(t, err)
	keys, image, err := sandbox.Entry(t.Context(), stack.Engine.Endpoint, stack.Table, ledger.KindContact)
	must(t, err)
	record := strings.NewReplacer(`"REPLACE-WITH-THE-KEYS"`, keys, `"REPLACE-WITH-THE-ENTRY"`, image).Replace(string(sample))
	for range 2 { // the stream tells of it twice
		if !publish(record) {
			t.Fatalf("the receipt of a contact went over the bus, or nowhere\n%s", stack.Log)
		}
	}
	news := own.Receive(t)
	if len(news) != 2 {
		t.Fatalf("%d messages", len(news))
	}
	for _, m := range news {
		if !callbacks(m) {
			t.Fatalf("the contact was not told\n%s", stack.Log)
		}
	}
	if len(box.texts) != 2 || !strings.Contains(box.texts[1], "denied") || !strings.Contains(box.texts[1], "/ask/again?number="+state.Life.Request.ID[:8]) {
		t.Errorf("mails: %q", box.texts)
	}
	if strings.Contains(stack.Log.String(), "casey") {
		t.Error("a log has the address")
	}
}
