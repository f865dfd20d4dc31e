package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrDenied is wrapped for a request that the template does not allow.
var ErrDenied = errors.New("denied")

// Request is one call of one API.
type Request struct {
	Principal string              // the ARN of a role, or the name of a service
	Action    string              // such as sqs:SendMessage
	Resource  string              // an ARN, or * for an action that knows none
	Context   map[string][]string // condition keys, beside those that the principal gives
}

func (r Request) String() string {
	return r.Principal + " " + r.Action + " " + r.Resource
}

// readPolicies gathers the policies that a resource is or has.
func (t *Template) readPolicies(r *Resource) error {
	attach := func(to map[string][]statement, document any, names ...string) error {
		statements, err := newStatements(document)
		for _, name := range names {
			to[name] = append(to[name], statements...)
		}
		return err
	}
	p := r.Properties
	switch r.Type {
	case "AWS::IAM::Role":
		if p["ManagedPolicyArns"] != nil || p["PermissionsBoundary"] != nil {
			return fmt.Errorf("%w: a role with policies that are not in the template", ErrUnsupported)
		}
		for _, policy := range values(p["Policies"]) {
			if err := attach(t.identities, at(policy, "PolicyDocument"), r.ARN); err != nil {
				return err
			}
		}
		return attach(t.policies, p["AssumeRolePolicyDocument"], r.ARN)
	case "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy":
		return fmt.Errorf("%w: a policy beside those of the roles", ErrUnsupported)
	case "AWS::KMS::Key":
		return attach(t.policies, p["KeyPolicy"], r.ARN)
	case "AWS::DynamoDB::Table":
		return attach(t.policies, at(p, "ResourcePolicy", "PolicyDocument"), r.ARN)
	case "AWS::SQS::QueuePolicy":
		var queues []string
		for _, url := range texts(p["Queues"]) {
			queues = append(queues, regional("sqs", url[strings.LastIndex(url, "/")+1:]))
		}
		return attach(t.policies, p["PolicyDocument"], queues...)
	case "AWS::S3::BucketPolicy":
		return attach(t.policies, p["PolicyDocument"], buckets+text(p["Bucket"]))
	case "AWS::SNS::TopicPolicy":
		return attach(t.policies, p["PolicyDocument"], texts(p["Topics"])...)
	case "AWS::Events::EventBusPolicy":
		return attach(t.policies, p["Statement"], regional("events", "event-bus/"+text(p["EventBusName"])))
	case "AWS::Lambda::Permission":
		function := text(p["FunctionName"])
		if !strings.HasPrefix(function, "arn:") {
			function = regional("lambda", "function:"+function)
		}
		return attach(t.policies, permission(p), function)
	}
	return nil
}

// permission is the statement that Lambda makes of an AddPermission.
func permission(p map[string]any) map[string]any {
	conditions := map[string]any{}
	if source := p["SourceArn"]; source != nil {
		conditions["ArnLike"] = map[string]any{"AWS:SourceArn": source}
	}
	if account := p["SourceAccount"]; account != nil {
		conditions["StringEquals"] = map[string]any{"AWS:SourceAccount": account}
	}
	kind, principal := "Service", text(p["Principal"])
	if !strings.HasSuffix(principal, urlSuffix) {
		kind = "AWS"
	}
	return map[string]any{"Effect": "Allow", "Action": p["Action"], "Principal": map[string]any{kind: principal}, "Condition": conditions}
}

// Allowed reports why a request is denied: the error wraps ErrDenied. For a service the
// resource's policy has to allow it. For a role of the account its own policy suffices, or the
// resource's; but a key's policy, and a role's trust policy, have to leave it to IAM besides. A
// Deny of either wins.
func (t *Template) Allowed(r Request) error {
	r.Context = withPrincipal(r)
	var own, named, left bool
	for _, s := range t.identity(r.Principal) {
		if !s.applies(r) {
			continue
		}
		if s.deny {
			return fmt.Errorf("%w: %s, by %q of its own policy", ErrDenied, r, s.sid)
		}
		own = true
	}
	owner, _, _ := strings.Cut(r.Resource, "/index/") // A table's policy covers its indexes, and a bucket's its objects.
	if strings.HasPrefix(owner, buckets) {
		owner, _, _ = strings.Cut(owner, "/")
	}
	for _, s := range t.policies[owner] {
		itself, account := s.names(r.Principal)
		if !itself && !account || !s.applies(r) {
			continue
		}
		if s.deny {
			return fmt.Errorf("%w: %s, by %q of the policy of %s", ErrDenied, r, s.sid, owner)
		}
		named, left = named || itself, left || account
	}
	if named || own && (left || !guarded(owner, r.Action)) {
		return nil
	}
	return fmt.Errorf("%w: %s, for nothing allows it", ErrDenied, r)
}

// guarded reports whether nothing but the policy of a resource opens it: a key, and a role that
// somebody assumes.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
func guarded(resource, action string) bool {
	return strings.HasPrefix(resource, regional("kms", "")) || strings.HasPrefix(resource, roles) && strings.HasPrefix(action, "sts:")
}

// identity is the policy of a principal; a service has none.
func (t *Template) identity(principal string) []statement {
	if principal == Administrator {
		return []statement{{actions: []string{"*"}, resources: []string{"*"}}}
	}
	return t.identities[principal]
}

// withPrincipal adds the condition keys that every request has.
func withPrincipal(r Request) map[string][]string {
	all := map[string][]string{"aws:SecureTransport": {"true"}}
	if strings.HasPrefix(r.Principal, roles) {
		all["aws:PrincipalArn"], all["aws:PrincipalAccount"] = []string{r.Principal}, []string{Account}
	}
	for key, values := range r.Context {
		all[key] = slices.Clone(values)
	}
	return all
}
