package mototest

import (
	"io"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
)

func objects(endpoint string) *s3.Client {
	return s3.NewFromConfig(Config(endpoint), func(o *s3.Options) { o.UsePathStyle = true })
}

// NewBucket makes a bucket and returns its name.
func NewBucket(t testing.TB, endpoint, name string) string {
	t.Helper()
	config := Config(endpoint)
	if _, err := objects(endpoint).CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: &name, CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(config.Region)},
	}); err != nil {
		t.Fatal(err)
	}
	return name
}

// Files returns the files in a bucket by their keys.
func Files(t testing.TB, endpoint, bucket string) map[string]string {
	t.Helper()
	client, files := objects(endpoint), map[string]string{}
	list, err := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range list.Contents {
		file, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: o.Key})
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(file.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Body.Close()
		files[*o.Key] = string(body)
	}
	return files
}

// NewTopic makes a topic and returns its ARN.
func NewTopic(t testing.TB, endpoint, name string) string {
	t.Helper()
	made, err := sns.NewFromConfig(Config(endpoint)).CreateTopic(t.Context(), &sns.CreateTopicInput{Name: &name})
	if err != nil {
		t.Fatal(err)
	}
	return *made.TopicArn
}

// Subscribe has a queue get what is published to a topic, as it is.
func (q *Queue) Subscribe(t testing.TB, endpoint, topic string) {
	t.Helper()
	protocol := "sqs"
	if _, err := sns.NewFromConfig(Config(endpoint)).Subscribe(t.Context(), &sns.SubscribeInput{
		TopicArn: &topic, Protocol: &protocol, Endpoint: &q.ARN, Attributes: map[string]string{"RawMessageDelivery": "true"},
	}); err != nil {
		t.Fatal(err)
	}
}
