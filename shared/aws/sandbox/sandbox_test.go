package sandbox_test

import (
	"errors"
	"testing"

	"consent-receipts/shared/aws/dynamotest"
	"consent-receipts/shared/aws/mototest"
	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/ledger"
)

// TestNew: what is made can be used, and each key is one of its own.
func TestNew(t *testing.T) {
	moto := mototest.Start(t)
	at := sandbox.Endpoints{DynamoDB: dynamotest.Dynoxide(t).Endpoint, KMS: moto, EventBridge: moto, SNS: moto}
	names, err := sandbox.New(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	distinct := map[string]bool{names.RootKey: true, names.PseudonymKey: true, names.SessionKey: true, names.IdentityKey: true, names.AnsweringKey: true}
	if len(distinct) != 5 || distinct[""] || names.Table == "" || names.Bus == "" || names.Topic == "" {
		t.Errorf("%+v", names)
	}
	if _, _, err := sandbox.Entry(t.Context(), at.DynamoDB, names.Table, ledger.KindPerson); !errors.Is(err, sandbox.ErrNoEntry) {
		t.Errorf("an entry of an empty ledger: %v", err)
	}
	if _, err := sandbox.New(t.Context(), at); err == nil {
		t.Error("the table was made twice")
	}
}
