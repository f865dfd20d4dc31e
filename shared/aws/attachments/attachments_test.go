package attachments_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"consent-receipts/shared/attachment"
	"consent-receipts/shared/attachment/attachmenttest"
	"consent-receipts/shared/aws/attachments"
	"consent-receipts/shared/aws/mototest"
)

// TestContract holds the store to its contract on moto, which serves forms and addresses and
// checks neither: TestPolicy reads what S3 is told to refuse.
func TestContract(t *testing.T) {
	s := attachments.New(mototest.Config(mototest.Start(t)), "attachments", "", time.Now)
	_, err := s.Client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &s.Bucket, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "eu-west-1"}})
	must(t, err)
	attachmenttest.Run(t, s)

	s.Scanned = "scan=clean"
	upload, _ := attachmenttest.Upload(t, s, attachmenttest.Alex, attachmenttest.Letters, attachmenttest.PDF)
	for value, want := range map[string]error{"": attachment.ErrUnscanned, "infected": attachment.ErrUnscanned, "clean": nil} {
		if value != "" {
			_, err := s.Client.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{
				Bucket: &s.Bucket, Key: aws.String(attachments.Uploads + attachmenttest.Alex.Person + "/" + attachmenttest.Alex.Request + "/" + upload),
				Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("scan"), Value: &value}}},
			})
			must(t, err)
			if _, err := attachment.TakeIn(t.Context(), s, "https://bank.example", attachmenttest.Alex, upload); !errors.Is(err, want) {
				t.Errorf("%q: %v", value, err)
			}
			continue
		}
		fresh, _ := attachmenttest.Upload(t, s, attachmenttest.Alex, attachmenttest.Letters, attachmenttest.PDF)
		if _, err := attachment.TakeIn(t.Context(), s, "https://bank.example", attachmenttest.Alex, fresh); !errors.Is(err, want) {
			t.Errorf("%q: %v", value, err)
		}
	}
	testReplaced(t, s)
}

// afterFirst is an HTTP client that does something when the first request was answered.
type afterFirst struct {
	once sync.Once
	do   func()
}

func (c *afterFirst) Do(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultClient.Do(r)
	c.once.Do(c.do)
	return res, err
}

// testReplaced: an upload that is replaced while it is taken in is not taken for scanned, because
// the one before was. On S3 the new one has no tag; moto leaves it the tag of the old one, which is
// removed here.
func testReplaced(t *testing.T, s *attachments.Store) {
	upload, _ := attachmenttest.Upload(t, s, attachmenttest.Alex, attachmenttest.Letters, attachmenttest.PDF)
	key := aws.String(attachments.Uploads + attachmenttest.Alex.Person + "/" + attachmenttest.Alex.Request + "/" + upload)
	_, err := s.Client.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{
		Bucket: &s.Bucket, Key: key, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("scan"), Value: aws.String("clean")}}},
	})
	must(t, err)
	raced := *s
	raced.Client = s3.New(s.Client.Options(), func(o *s3.Options) {
		o.HTTPClient = &afterFirst{do: func() {
			_, err := s.Client.DeleteObjectTagging(t.Context(), &s3.DeleteObjectTaggingInput{Bucket: &s.Bucket, Key: key})
			must(t, err)
		}}
	})
	if _, err := attachment.TakeIn(t.Context(), &raced, "https://bank.example", attachmenttest.Alex, upload); !errors.Is(err, attachment.ErrUnscanned) {
		t.Errorf("replaced after the scan: %v", err)
	}
}

// TestPolicy: the form says to S3 what it may take, and names all of its fields.
func TestPolicy(t *testing.T) {
	config := mototest.Config("http://127.0.0.1:1")
	config.BaseEndpoint = nil
	s := attachments.New(config, "attachments", "", time.Now)
	d := attachment.Declared{Name: "a.txt", MediaType: "text/plain", Size: 5}
	form, err := s.Begin(t.Context(), attachmenttest.Alex, "upload", d, "https://consent.bank.example/desk")
	must(t, err)
	if form.Action != "https://attachments.s3.eu-west-1.amazonaws.com" {
		t.Errorf("posted to %s", form.Action)
	}
	text, err := base64.StdEncoding.DecodeString(form.Fields["policy"])
	must(t, err)
	var policy struct {
		Expiration time.Time
		Conditions []any
	}
	must(t, json.Unmarshal(text, &policy))
	if left := time.Until(policy.Expiration); left > attachment.Window || left < attachment.Window-5*time.Minute {
		t.Errorf("it can be posted for %s", left)
	}
	exact, sized := map[string]string{}, false
	for _, condition := range policy.Conditions {
		switch c := condition.(type) {
		case map[string]any:
			for name, value := range c {
				exact[name], _ = value.(string)
			}
		case []any:
			sized = len(c) == 3 && c[0] == "content-length-range" && c[1] == 5.0 && c[2] == 5.0
		}
	}
	if !sized || exact["bucket"] != "attachments" || exact["key"] != "uploads/"+attachmenttest.Alex.Person+"/"+attachmenttest.Alex.Request+"/upload" {
		t.Errorf("%s", text)
	}
	for name, value := range form.Fields {
		if name != "policy" && name != "X-Amz-Signature" && exact[name] != value {
			t.Errorf("the policy does not fix %s: %q", name, exact[name])
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
