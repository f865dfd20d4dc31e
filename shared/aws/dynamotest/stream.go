package dynamotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Records returns what a table's stream has after a sequence number ("" for its
// beginning), in order and at most limit of them, each as the JSON that Lambda hands to a
// function. None means that nothing follows yet.
func (e *Engine) Records(t testing.TB, table, after string, limit int) []json.RawMessage {
	t.Helper()
	described, err := e.Client().DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &table})
	if err != nil {
		t.Fatalf("%s: %v", e.Name, err)
	}
	arn := aws.ToString(described.Table.LatestStreamArn)
	var stream struct {
		StreamDescription struct{ Shards []struct{ ShardId string } }
	}
	e.askStream(t, "DescribeStream", map[string]any{"StreamArn": arn}, &stream)
	if n := len(stream.StreamDescription.Shards); n != 1 { // a sequence number says where in one
		t.Fatalf("%s: the stream of a small table has %d shards", e.Name, n)
	}
	from := map[string]any{"StreamArn": arn, "ShardId": stream.StreamDescription.Shards[0].ShardId, "ShardIteratorType": "TRIM_HORIZON"}
	if after != "" {
		from["ShardIteratorType"], from["SequenceNumber"] = "AFTER_SEQUENCE_NUMBER", after
	}
	var at struct{ ShardIterator string }
	e.askStream(t, "GetShardIterator", from, &at)
	var page struct{ Records []json.RawMessage }
	e.askStream(t, "GetRecords", map[string]any{"ShardIterator": at.ShardIterator, "Limit": limit}, &page)
	return page.Records
}

// askStream calls an operation of DynamoDB Streams. What it answers is handed on as it is,
// which a client of the SDK would not do.
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
func (e *Engine) askStream(t testing.TB, operation string, in map[string]any, out any) {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.Endpoint, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "DynamoDBStreams_20120810."+operation)
	req.Header.Set("X-Amz-Date", "20261123T140000Z")
	req.Header.Set("Authorization", // engines read whose it is, and check no signature
		"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261123/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s: %v", e.Name, err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d: %s", res.StatusCode, answer)
	}
	if err == nil {
		err = json.Unmarshal(answer, out)
	}
	if err != nil {
		t.Fatalf("%s: %s: %v", e.Name, operation, err)
	}
}
