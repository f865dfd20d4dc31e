package ses_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"consent-receipts/shared/aws/ses"
	"consent-receipts/shared/mail"
)

// TestSend: SES gets the mail in members, and from its refusal nobody learns the address. No
// emulator of SES refuses as SES does, so the test answers itself.
func TestSend(t *testing.T) {
	var sent struct {
		FromEmailAddress, FromEmailAddressIdentityArn string
		Destination                                   struct{ ToAddresses []string }
		Content                                       struct {
			Simple struct {
				Subject struct{ Charset, Data string }
				Body    struct {
					Text struct{ Charset, Data string }
				}
			}
		}
	}
	refused := false
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &sent) != nil || r.URL.Path != "/v2/email/outbound-emails" {
			t.Errorf("%s %s, %v", r.URL, body, err)
		}
		w.Header().Set("Content-Type", "application/json")
		if refused {
			w.Header().Set("X-Amzn-ErrorType", "MessageRejected")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"message": "Email address is not verified: alex@example.com"}`)
			return
		}
		_, _ = io.WriteString(w, `{"MessageId": "1"}`)
	}))
	defer service.Close()
	const from, identity = "First Example Bank <no-reply@bank.example>", "arn:aws:ses:eu-west-1:111122223333:identity/bank.example"
	sender := ses.Open(aws.Config{
		Region: "eu-west-1", BaseEndpoint: &service.URL, Credentials: credentials.NewStaticCredentialsProvider("key", "secret", ""),
	}, from, identity)
	m := mail.Message{To: "alex@example.com", Subject: "Su solicitud", Text: "Buenos días:\n\nhttps://bank.example/ask/x\n"}
	if err := sender.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	simple := sent.Content.Simple
	if sent.FromEmailAddress != from || sent.FromEmailAddressIdentityArn != identity || strings.Join(sent.Destination.ToAddresses, ",") != "alex@example.com" ||
		simple.Subject.Data != m.Subject || simple.Body.Text.Data != m.Text || simple.Body.Text.Charset != "UTF-8" {
		t.Errorf("%+v", sent)
	}
	refused = true
	if err := sender.Send(t.Context(), m); err == nil || strings.Contains(err.Error(), "alex") || !strings.Contains(err.Error(), "MessageRejected") {
		t.Errorf("%v", err)
	}
}
