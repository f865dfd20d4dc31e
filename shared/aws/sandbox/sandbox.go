// Package sandbox makes what a deployment has, the table, the keys and the bus, in
// stand-ins for AWS on one machine. Nothing of it is ever deployed: there,
// CloudFormation makes them.
package sandbox

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/ledger"
)

// Region is the region of everything in a sandbox: stand-ins keep regions apart.
const Region = "eu-west-1"

// Endpoints are the stand-ins' addresses: http://127.0.0.1:8000.
type Endpoints struct{ DynamoDB, KMS, EventBridge, SNS string }

// Names are the names by which functions find what is in a sandbox. Keys are ids of KMS.
type Names struct {
	Table, Bus                                                   string
	Topic                                                        string // its ARN
	RootKey, PseudonymKey, SessionKey, IdentityKey, AnsweringKey string
}

// New makes table, keys, bus and topic.
func New(ctx context.Context, at Endpoints) (*Names, error) {
	names := &Names{Table: "consent-receipts", Bus: "consent-receipts"}
	tables := dynamodb.NewFromConfig(config(at.DynamoDB))
	if _, err := tables.CreateTable(ctx, dynamoledger.TableInput(names.Table)); err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	buses := eventbridge.NewFromConfig(config(at.EventBridge))
	if _, err := buses.CreateEventBus(ctx, &eventbridge.CreateEventBusInput{Name: &names.Bus}); err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	topic, err := sns.NewFromConfig(config(at.SNS)).CreateTopic(ctx, &sns.CreateTopicInput{Name: &names.Bus})
	if err != nil {
		return nil, fmt.Errorf("topic: %w", err)
	}
	names.Topic = *topic.TopicArn
	keys := kms.NewFromConfig(config(at.KMS))
	for _, k := range []struct {
		id    *string
		spec  types.KeySpec
		usage types.KeyUsageType
	}{
		{&names.RootKey, types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify},
		{&names.PseudonymKey, types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac},
		{&names.SessionKey, types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac},
		{&names.IdentityKey, types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt},
		{&names.AnsweringKey, types.KeySpecRsa2048, types.KeyUsageTypeSignVerify},
	} {
		out, err := keys.CreateKey(ctx, &kms.CreateKeyInput{KeySpec: k.spec, KeyUsage: k.usage})
		if err != nil {
			return nil, fmt.Errorf("key: %w", err)
		}
		*k.id = *out.KeyMetadata.KeyId
	}
	return names, nil
}

// Ledger returns the ledger in a sandbox, for a caller that writes into it beside the
// functions.
func Ledger(endpoint, table string) ledger.Store { return dynamoledger.Open(config(endpoint), table) }

// PublicKey reads the public half of an RSA key.
func PublicKey(ctx context.Context, endpoint, id string) (*rsa.PublicKey, error) {
	out, err := kms.NewFromConfig(config(endpoint)).GetPublicKey(ctx, &kms.GetPublicKeyInput{KeyId: &id})
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	key, err := x509.ParsePKIXPublicKey(out.PublicKey)
	public, ok := key.(*rsa.PublicKey)
	if err != nil || !ok {
		return nil, fmt.Errorf("key %s is no RSA key: %w", id, err)
	}
	return public, nil
}

// config has the credentials by which dynamotest makes its tables: an engine may keep
// accounts apart.
func config(endpoint string) aws.Config {
	return aws.Config{
		Region: Region, BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "example", ""),
	}
}
