package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// newStack makes the stack. At the first deployment nothing in it is protected from deletion
// yet, so that a deployment that fails can be repeated. It fails if the stack is too large.
func newStack(app awscdk.App, c *config) error {
	stack := awscdk.NewStack(app, jsii.String(stackName), &awscdk.StackProps{
		Description:           jsii.String("Consent receipts: a signed receipt for every yes, every no and every data request"),
		AnalyticsReporting:    jsii.Bool(false),
		TerminationProtection: jsii.Bool(!c.firstDeployment), // of the root key, the ledger and the cited documents
	})
	if c.firstDeployment {
		awscdk.Annotations_Of(stack).AddWarningV2(jsii.String("consent-receipts:firstDeployment"),
			jsii.String("Nothing is protected from deletion. Once this deployment has succeeded, deploy again without firstDeployment."), nil)
	}
	awscdk.Tags_Of(stack).Add(jsii.String("application"), jsii.String("consent-receipts"), nil)
	made := &parts{Stack: stack, scope: stack, config: c}
	made.addAll()
	return made.checkSize(maxResources)
}

// maxResources is how many resources a stack may have.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const maxResources = 500

// checkSize refuses more producers than a stack has room for.
func (s *parts) checkSize(most int) error {
	n := 0
	for _, c := range *s.Node().FindAll(constructs.ConstructOrder_PREORDER) {
		if *awscdk.CfnResource_IsCfnResource(c) {
			n++
		}
	}
	if n <= most {
		return nil
	}
	return fmt.Errorf("producers: with %d of them the stack has %d resources, and CloudFormation takes %d", len(s.config.producers), n, most)
}

// addAll adds the concerns in the order in which they depend on each other.
func (s *parts) addAll() {
	s.addKeys()
	s.addTable()
	s.addAttachments()
	s.addBackup()
	s.addEraser()
	s.addAPI()
	s.addDomain()
	s.addIdentity()
	s.addBuses()
	s.addFunctions()
	s.addProvision()
	s.addStaffTrigger()
	s.addRoutes()
	s.addIntake()
	s.addStream()
	s.addTasks()
	s.addReport()
	s.addCallbacks()
	s.addAlarms()
	s.addDashboard()
	s.addOutputs()
}

func (s *parts) addOutputs() {
	type output struct{ name, what, value string }
	outputs := []output{
		{"ApiUrl", "Address of the API and of the portal", s.baseURL},
		{"Issuer", "OpenID Connect issuer of people's access tokens", s.people.issuer},
		{"ClientId", "The portal's client at that issuer", s.people.clientID},
		{"StaffIssuer", "OpenID Connect issuer of the staff's access tokens", s.staff.issuer},
		{"StaffClientId", "The desk's client at that issuer", s.staff.clientID},
		{"RootFingerprint", "SHA-256 of the root key's SPKI: publish it; receipts are trusted by it", s.rootFingerprint},
		{"TableName", "The ledger", *s.table.TableName()},
		{"AttachmentsBucket", "Files of answers; a scanner of the operator reads uploads/ in it", *s.attachments.BucketName()},
		{"IntakeBus", "The bus that producers put events on", *s.intakeBus.EventBusName()},
		{"ReceiptsBus", "The bus that tells of receipts", *s.receiptsBus.EventBusName()},
	}
	if s.domain != nil {
		outputs = append(outputs, output{"DomainTarget", "What the domain name has to lead to: a CNAME, or an alias in the zone DomainZone", *s.domain.AttrRegionalDomainName()},
			output{"DomainZone", "Route 53's hosted zone of DomainTarget", *s.domain.AttrRegionalHostedZoneId()})
	}
	if len(s.controllers) > 0 {
		var known []string // client ids are references, which CDK cannot use as map keys
		for _, c := range s.controllers {
			known = append(known, `"`+c.clientID+`":"`+c.name+`"`)
		}
		outputs = append(outputs, output{"OpenDSRControllers", "By client_id: controllers in opendsr.json", "{" + strings.Join(known, ",") + "}"})
	}
	for _, o := range outputs {
		awscdk.NewCfnOutput(s.scope, jsii.String("Output"+o.name), &awscdk.CfnOutputProps{
			Key: jsii.String(o.name), Value: jsii.String(o.value), Description: jsii.String(o.what),
		}).OverrideLogicalId(jsii.String(o.name))
	}
}
