// Package graph reads a synthesized CloudFormation template as a graph: its edges are who
// calls whom in a running deployment (an alarm its topic, a rule its queue, a queue its
// function, whoever writes an encrypted thing its key), and what AWS asks for at each of them.
// Whether the template allows it, is evaluated as IAM does: an Allow of the identity's, of the
// resource's and of the key's policy where each is needed, and no Deny.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
//
// Names and ARNs that CloudFormation chooses are stood in for by the logical id, and the
// pseudo parameters have the values below. What this package does not know is an error.
//
// Outside its view are service control policies, permissions boundaries, session policies,
// grants of KMS keys, and who deploys.
package graph

import (
	"encoding/json"
	"fmt"
	"strings"
)

// These stand for the pseudo parameters of the template.
const (
	Account   = "111122223333"
	region    = "eu-west-1"
	urlSuffix = "amazonaws.com"

	roles       = "arn:aws:iam::" + Account + ":role/"
	buckets     = "arn:aws:s3:::"
	accountRoot = "arn:aws:iam::" + Account + ":root"
)

// Administrator is a principal whose own policies allow everything.
const Administrator = roles + "administrator"

var pseudo = map[string]string{
	"AWS::Partition": "aws", "AWS::Region": region, "AWS::AccountId": Account, "AWS::URLSuffix": urlSuffix, "AWS::StackName": "stack",
}

// kinds are the types of resources that others refer to by name or ARN: the property with the
// name, and what stands before the name in the ARN.
var kinds = map[string]struct{ name, arn string }{
	"AWS::Backup::BackupVault": {"BackupVaultName", regional("backup", "backup-vault:")},
	"AWS::Budgets::Budget":     {"", "arn:aws:budgets::" + Account + ":budget/"},
	"AWS::CloudWatch::Alarm":   {"AlarmName", regional("cloudwatch", "alarm:")},
	"AWS::Cognito::UserPool":   {"", regional("cognito-idp", "userpool/")},
	"AWS::DynamoDB::Table":     {"TableName", regional("dynamodb", "table/")},
	"AWS::Events::EventBus":    {"Name", regional("events", "event-bus/")},
	"AWS::Events::Rule":        {"Name", regional("events", "rule/")},
	"AWS::IAM::Role":           {"RoleName", roles},
	"AWS::KMS::Key":            {"", regional("kms", "key/")},
	"AWS::Lambda::Function":    {"FunctionName", regional("lambda", "function:")},
	"AWS::Logs::LogGroup":      {"LogGroupName", regional("logs", "log-group:")},
	"AWS::S3::Bucket":          {"BucketName", buckets},
	"AWS::SNS::Topic":          {"TopicName", regional("sns", "")},
	"AWS::SQS::Queue":          {"QueueName", regional("sqs", "")},
}

func regional(service, before string) string {
	return "arn:aws:" + service + ":" + region + ":" + Account + ":" + before
}

// Resource is a resource of a template, with every intrinsic resolved.
type Resource struct {
	ID, Type   string
	Name, ARN  string // "" for a type that nothing refers to by ARN
	Properties map[string]any
}

// Template is a template that was read.
type Template struct {
	Resources map[string]*Resource // by logical id

	identities map[string][]statement // by the ARN of the role
	policies   map[string][]statement // by the ARN of the resource that they are attached to
}

// Parse reads a template in JSON.
func Parse(b []byte) (*Template, error) {
	var source struct {
		Resources map[string]struct {
			Type       string
			Properties map[string]any
		}
	}
	if err := json.Unmarshal(b, &source); err != nil {
		return nil, err
	}
	t := &Template{Resources: map[string]*Resource{}, identities: map[string][]statement{}, policies: map[string][]statement{}}
	for id, r := range source.Resources {
		t.Resources[id] = &Resource{ID: id, Type: r.Type, Properties: r.Properties}
	}
	for _, r := range t.Resources { // Names consist of pseudo parameters and texts.
		if err := t.name(r); err != nil {
			return nil, fmt.Errorf("%s: %w", r.ID, err)
		}
	}
	for _, r := range t.Resources {
		resolved, err := t.resolve(r.Properties)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.ID, err)
		}
		r.Properties = resolved.(map[string]any)
	}
	for _, r := range t.Resources {
		if err := t.readPolicies(r); err != nil {
			return nil, fmt.Errorf("%s: %w", r.ID, err)
		}
	}
	return t, nil
}

func (t *Template) name(r *Resource) error {
	kind, known := kinds[r.Type]
	if !known {
		return nil
	}
	r.Name = r.ID
	if given := r.Properties[kind.name]; given != nil {
		resolved, err := t.resolve(given)
		if err != nil {
			return err
		}
		r.Name = text(resolved)
	}
	r.ARN = kind.arn + r.Name
	if bus, ok := r.Properties["EventBusName"].(map[string]any); ok && r.Type == "AWS::Events::Rule" {
		of := t.Resources[text(bus["Ref"])]
		if of == nil {
			return fmt.Errorf("%w: a rule on no bus of the template", ErrUnsupported)
		}
		if err := t.name(of); err != nil {
			return err
		}
		r.ARN = kind.arn + of.Name + "/" + r.Name
	}
	return nil
}

// resolve replaces every intrinsic of a value.
func (t *Template) resolve(v any) (any, error) {
	switch v := v.(type) {
	case []any:
		all := []any{}
		for _, e := range v {
			r, err := t.resolve(e)
			if err != nil {
				return nil, err
			}
			all = append(all, r)
		}
		return all, nil
	case map[string]any:
		if len(v) == 1 {
			for name, of := range v {
				if name == "Ref" || strings.HasPrefix(name, "Fn::") {
					return t.intrinsic(name, of)
				}
			}
		}
		all := map[string]any{}
		for name, e := range v {
			r, err := t.resolve(e)
			if err != nil {
				return nil, err
			}
			all[name] = r
		}
		return all, nil
	}
	return v, nil
}

func (t *Template) intrinsic(name string, of any) (any, error) {
	of, err := t.resolve(of)
	if err != nil {
		return nil, err
	}
	switch parts, _ := of.([]any); {
	case name == "Ref":
		return t.reference(text(of))
	case name == "Fn::GetAtt" && len(parts) == 2:
		return t.attribute(text(parts[0]), text(parts[1]))
	case name == "Fn::Join" && len(parts) == 2:
		return strings.Join(texts(parts[1]), text(parts[0])), nil
	case name == "Fn::Sub" && parts == nil:
		with := text(of)
		for parameter, value := range pseudo {
			with = strings.ReplaceAll(with, "${"+parameter+"}", value)
		}
		if !strings.Contains(with, "${") {
			return with, nil
		}
	}
	return nil, fmt.Errorf("%w: the intrinsic %s of %v", ErrUnsupported, name, of)
}

// reference is what Ref gives.
func (t *Template) reference(id string) (any, error) {
	if value, ok := pseudo[id]; ok {
		return value, nil
	}
	r := t.Resources[id]
	if r == nil {
		return nil, fmt.Errorf("%w: a reference to %s, which is not in the template", ErrUnsupported, id)
	}
	switch r.Type {
	case "AWS::SNS::Topic":
		return r.ARN, nil
	case "AWS::SQS::Queue":
		return "https://sqs." + region + "." + urlSuffix + "/" + Account + "/" + r.Name, nil
	}
	if r.Name != "" {
		return r.Name, nil
	}
	return id, nil
}

func (t *Template) attribute(id, name string) (any, error) {
	r := t.Resources[id]
	switch {
	case r == nil:
		return nil, fmt.Errorf("%w: an attribute of %s, which is not in the template", ErrUnsupported, id)
	case name == "Arn" && r.Type == "AWS::Logs::LogGroup":
		return r.ARN + ":*", nil // as CloudFormation gives it
	case name == "Arn" && r.ARN != "", name == "TopicArn", name == "BackupVaultArn":
		return r.ARN, nil
	case name == "StreamArn" && r.Type == "AWS::DynamoDB::Table":
		return r.ARN + "/stream/1", nil
	case name == "Arn":
		return nil, fmt.Errorf("%w: the ARN of a %s", ErrUnsupported, r.Type)
	}
	return id + "." + name, nil // any other attribute, which no policy names
}

// values is a value as a list.
func values(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

func texts(v any) (all []string) {
	for _, e := range values(v) {
		all = append(all, text(e))
	}
	return all
}

// text is a scalar as text, "" for anything else.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool, float64:
		return fmt.Sprint(v)
	}
	return ""
}

// at walks into nested JSON by names.
func at(v any, path ...string) any {
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return v
}
