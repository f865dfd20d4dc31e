package ledgerurl_test

import (
	"errors"
	"net/url"
	"testing"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/aws/ledgerurl"
	"consent-receipts/shared/ledger/ledgertest"
)

func TestConfig(t *testing.T) {
	e := dynamotest.Dynoxide(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "example")
	table, entry := e.NewTable(t), ledgertest.Entry(ledgertest.Subject(), 1)
	if err := dynamoledger.New(e.Client(), table).Append(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	config, named, err := ledgerurl.Config(t.Context(), "dynamodb://"+table+"?region=eu-west-1&endpoint="+url.QueryEscape(e.Endpoint))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := dynamoledger.Open(config, named).Newest(t.Context(), entry.Subject); err != nil || got != entry {
		t.Errorf("%v, %v", got, err)
	}
}

func TestNotALedger(t *testing.T) {
	t.Setenv("AWS_REGION", "")
	t.Setenv("AWS_DEFAULT_REGION", "")
	t.Setenv("AWS_CONFIG_FILE", t.TempDir()+"/none")
	for _, raw := range []string{
		"", "table", "bolt://table", "dynamodb:table", "dynamodb://", "dynamodb://table/more", "dynamodb://me:secret@table",
		"dynamodb://table#x", "dynamodb://table?profile=x", "dynamodb://table?region=a&region=b", "dynamodb://%zz",
		"dynamodb://table?%zz", "dynamodb://table", // a region is nowhere to be found
	} {
		if _, _, err := ledgerurl.Config(t.Context(), raw); !errors.Is(err, ledgerurl.ErrURL) {
			t.Errorf("%s: %v", raw, err)
		}
	}
}
