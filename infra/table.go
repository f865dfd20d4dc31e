package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/shared/aws/dynamoledger"
)

// eraser is the only function that will be allowed to delete the entries before an erasure.
// It does not exist yet; its role does.
const eraser = "erase"

// replacing lists all DynamoDB actions that can change or remove an entry. A transaction
// needs the same permissions as the requests in it.
var replacing = jsii.Strings(
	"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem",
	"dynamodb:PartiQLUpdate", "dynamodb:PartiQLDelete", "dynamodb:UpdateTimeToLive",
)

// addTable makes the ledger's table. dynamoledger.TableInput describes the same table for
// engines on one machine; a test compares the two.
func (s *parts) addTable() {
	attribute := func(name string, kind awsdynamodb.AttributeType) *awsdynamodb.Attribute {
		return &awsdynamodb.Attribute{Name: jsii.String(name), Type: kind}
	}
	s.table = awsdynamodb.NewTable(s.scope, jsii.String("Ledger"), &awsdynamodb.TableProps{
		PartitionKey: attribute("pk", awsdynamodb.AttributeType_STRING), SortKey: attribute("sk", awsdynamodb.AttributeType_STRING),
		BillingMode: awsdynamodb.BillingMode_PAY_PER_REQUEST,
		Encryption:  awsdynamodb.TableEncryption_CUSTOMER_MANAGED, EncryptionKey: s.dataKey,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{
			PointInTimeRecoveryEnabled: jsii.Bool(true), RecoveryPeriodInDays: jsii.Number(35),
		},
		DeletionProtection: jsii.Bool(!s.config.firstDeployment), Stream: awsdynamodb.StreamViewType_NEW_IMAGE,
		ResourcePolicy: awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{
			awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Sid: jsii.String("NobodyReplacesOrRemoves"), Effect: awsiam.Effect_DENY,
				Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()}, Actions: replacing, Resources: jsii.Strings("*"),
				Conditions: &map[string]any{"ArnNotEquals": map[string]any{"aws:PrincipalArn": s.roleARN(eraser)}},
			}),
		}}),
	})
	keep(s.table, "LedgerB7379752")
	s.table.AddLocalSecondaryIndex(&awsdynamodb.LocalSecondaryIndexProps{
		IndexName: jsii.String(dynamoledger.IndexByKey), SortKey: attribute("idem", awsdynamodb.AttributeType_BINARY),
		ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
	})
	s.table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName: jsii.String(dynamoledger.IndexDue), PartitionKey: attribute("due", awsdynamodb.AttributeType_STRING),
		SortKey: attribute("pk", awsdynamodb.AttributeType_STRING), ProjectionType: awsdynamodb.ProjectionType_KEYS_ONLY,
	})
	s.table.AddGlobalSecondaryIndex(&awsdynamodb.GlobalSecondaryIndexProps{
		IndexName: jsii.String(dynamoledger.IndexDocket), PartitionKey: attribute("docket", awsdynamodb.AttributeType_STRING),
		SortKey: attribute("pk", awsdynamodb.AttributeType_STRING), ProjectionType: awsdynamodb.ProjectionType_INCLUDE,
		NonKeyAttributes: jsii.Strings("item"),
	})
}
