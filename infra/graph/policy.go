package graph

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnsupported is wrapped for an element of a policy or a template that this package does
// not evaluate. It never guesses: what it does not know, it refuses.
var ErrUnsupported = errors.New("not supported")

// statement is one statement of a policy, with every intrinsic resolved.
type statement struct {
	sid                     string
	deny                    bool
	everybody               bool
	principals              map[string][]string // by kind: AWS, Service, Federated; none in an identity's policy
	actions, notActions     []string
	resources, notResources []string
	conditions              []condition
}

// newStatements reads a policy document, or a list of statements.
func newStatements(document any) (all []statement, err error) {
	list := document
	if d, ok := document.(map[string]any); ok && d["Statement"] != nil {
		list = d["Statement"]
	}
	for _, v := range values(list) {
		m, ok := v.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%w: the statement %v", ErrUnsupported, v)
		}
		s, err := newStatement(m)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// elements are the elements of a statement that are evaluated.
var elements = []string{"Sid", "Effect", "Principal", "Action", "NotAction", "Resource", "NotResource", "Condition"}

func newStatement(m map[string]any) (s statement, err error) {
	for name := range m {
		if !slices.Contains(elements, name) {
			return s, fmt.Errorf("%w: the element %s", ErrUnsupported, name)
		}
	}
	s = statement{
		sid: text(m["Sid"]), deny: m["Effect"] == "Deny",
		actions: texts(m["Action"]), notActions: texts(m["NotAction"]), resources: texts(m["Resource"]), notResources: texts(m["NotResource"]),
	}
	if !s.deny && m["Effect"] != "Allow" {
		return s, fmt.Errorf("%w: the effect %v", ErrUnsupported, m["Effect"])
	}
	if variable := slices.IndexFunc(slices.Concat(s.resources, s.notResources), func(r string) bool { return strings.Contains(r, "${") }); variable >= 0 {
		return s, fmt.Errorf("%w: a policy variable in the resources of %q", ErrUnsupported, s.sid)
	}
	switch p := m["Principal"].(type) {
	case string:
		s.everybody = p == "*"
	case map[string]any:
		s.principals = map[string][]string{}
		for kind, names := range p {
			s.principals[kind] = texts(names)
		}
		s.everybody = slices.Contains(s.principals["AWS"], "*")
	}
	s.conditions, err = newConditions(m["Condition"])
	return s, err
}

// applies reports whether the statement speaks of a request; whom it speaks of aside.
func (s statement) applies(r Request) bool {
	action := func(pattern string) bool { return glob(strings.ToLower(pattern), strings.ToLower(r.Action)) }
	resource := func(pattern string) bool { return glob(pattern, r.Resource) }
	switch {
	case s.notActions != nil && slices.ContainsFunc(s.notActions, action),
		s.notActions == nil && !slices.ContainsFunc(s.actions, action),
		s.notResources != nil && slices.ContainsFunc(s.notResources, resource),
		s.notResources == nil && s.resources != nil && !slices.ContainsFunc(s.resources, resource):
		return false
	}
	for _, c := range s.conditions {
		if !c.holds(r.Context) {
			return false
		}
	}
	return true
}

// names reports whether a statement of a resource's policy names the principal itself, and
// whether it names the principal's account.
func (s statement) names(principal string) (itself, account bool) {
	itself = s.everybody
	for _, names := range s.principals {
		itself = itself || slices.Contains(names, principal)
	}
	if strings.HasPrefix(principal, roles) {
		account = slices.Contains(s.principals["AWS"], accountRoot) || slices.Contains(s.principals["AWS"], Account)
	}
	return itself, account
}

// glob matches * for any text, and ? for any one character; names in AWS are ASCII.
func glob(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return glob(pattern[1:], text) || text != "" && glob(pattern, text[1:])
	case text == "" || pattern[0] != '?' && pattern[0] != text[0]:
		return false
	}
	return glob(pattern[1:], text[1:])
}
