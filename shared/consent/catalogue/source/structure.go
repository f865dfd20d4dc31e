package source

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/period"
)

// linter gathers problems.
type linter struct {
	fsys     fs.FS
	name     string
	places   map[string]place // of each path in the file
	problems []Problem
	reported map[string]bool
}

type place struct{ line, column int }

// at writes a path in the file: keys and indices, joined.
func at(parts ...any) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = fmt.Sprint(p)
	}
	return strings.Join(texts, "/")
}

// report notes a problem at a path, or at the nearest thing above it that the
// file has. Each is noted once.
func (l *linter) report(where, message, fix string) {
	if l.reported[where+message] {
		return
	}
	l.reported[where+message] = true
	near := where
	p, ok := l.places[near]
	for !ok && near != "" {
		i := strings.LastIndexByte(near, '/')
		near = near[:max(i, 0)]
		p, ok = l.places[near]
	}
	if !ok {
		p = place{1, 1}
	}
	l.problems = append(l.problems, Problem{l.name, p.line, p.column, where, message, fix})
}

// maxDepth bounds the nesting of the YAML.
const maxDepth = 12

// structure parses the YAML and compares it with the shape of file: unknown and
// repeated members, and values of the wrong kind. It notes the place of all.
func (l *linter) structure(b []byte) bool {
	tree, err := parser.ParseBytes(b, 0)
	if err != nil {
		var syntax yaml.Error
		p := place{1, 1}
		message := errText(err)
		if errors.As(err, &syntax) {
			message = syntax.GetMessage()
			if t := syntax.GetToken(); t != nil && t.Position != nil {
				p = place{t.Position.Line, t.Position.Column}
			}
		}
		l.problems = append(l.problems, Problem{l.name, p.line, p.column, "", "not YAML: " + message, "correct the syntax"})
		return false
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		l.report("", "not one YAML document", "write one catalogue per file")
		return false
	}
	l.walk(tree.Docs[0].Body, reflect.TypeFor[file](), "", 0)
	return len(l.problems) == 0
}

func (l *linter) walk(n ast.Node, t reflect.Type, where string, depth int) {
	if p := n.GetToken().Position; p != nil {
		if _, noted := l.places[where]; !noted {
			l.places[where] = place{p.Line, p.Column}
		}
	}
	if depth > maxDepth {
		l.report(where, "nested too deep", "flatten it")
		return
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[catalogue.Service]() {
		if t = reflect.TypeFor[catalogue.Text](); n.Type() == ast.StringType || n.Type() == ast.LiteralType {
			t = reflect.TypeFor[string]()
		}
	}
	switch v := n.(type) {
	case *ast.MappingNode:
		l.mapping(v.Values, t, where, depth)
	case *ast.MappingValueNode:
		l.mapping([]*ast.MappingValueNode{v}, t, where, depth)
	case *ast.SequenceNode:
		if t.Kind() != reflect.Slice {
			l.wrongKind(where, t, "a list")
			return
		}
		for i, item := range v.Values {
			l.walk(item, t.Elem(), join(where, fmt.Sprint(i)), depth+1)
		}
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		l.report(where, "anchors, aliases and tags are not allowed", "write the value out")
	default:
		l.scalar(n, t, where)
	}
}

func (l *linter) scalar(n ast.Node, t reflect.Type, where string) {
	if t == reflect.TypeFor[period.Period]() {
		if _, err := period.Parse(n.GetToken().Value); err != nil {
			l.report(where, fmt.Sprintf("%.20q is no duration", n.GetToken().Value), "write years, months, weeks or days, such as P12M or P90D (ISO 8601)")
		}
		return
	}
	text, isText := textOf(n)
	_, isInteger := n.(*ast.IntegerNode)
	_, isBool := n.(*ast.BoolNode)
	switch t.Kind() {
	case reflect.String:
		if !isText {
			l.wrongKind(where, t, "no text")
		}
		if _, err := freetext.Check(text); err != nil {
			l.report(where, err.Error(), "remove them")
		}
	case reflect.Int:
		if !isInteger {
			l.wrongKind(where, t, "no number")
		}
	case reflect.Bool:
		if !isBool {
			l.wrongKind(where, t, "neither true nor false")
		}
	default:
		l.wrongKind(where, t, "a single value")
	}
}

func textOf(n ast.Node) (text string, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	}
	return "", false
}

func (l *linter) wrongKind(where string, t reflect.Type, is string) {
	want := map[reflect.Kind]string{
		reflect.String: "text (in quotation marks if it looks like something else)", reflect.Int: "a number", reflect.Bool: "true or false",
		reflect.Slice: "a list", reflect.Map: "members", reflect.Struct: "members",
	}[t.Kind()]
	l.report(where, "it is "+is, "write "+want)
}

func (l *linter) mapping(values []*ast.MappingValueNode, t reflect.Type, where string, depth int) {
	if t == reflect.TypeFor[period.Period]() || (t.Kind() != reflect.Struct && t.Kind() != reflect.Map) {
		l.wrongKind(where, t, "a mapping")
		return
	}
	fields := members(t)
	seen := map[string]bool{}
	for _, v := range values {
		name := v.Key.GetToken().Value
		inner := join(where, name)
		if p := v.Key.GetToken().Position; p != nil {
			l.places[inner] = place{p.Line, p.Column}
		}
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			l.report(inner, "merge keys are not allowed", "write the members out")
			continue
		}
		if seen[name] {
			l.report(inner, "it is there twice", "remove one")
			continue
		}
		seen[name] = true
		var next reflect.Type
		if t.Kind() == reflect.Map {
			next = t.Elem()
		} else if f, ok := fields[name]; ok {
			next = f
		} else {
			l.report(inner, "unknown member", "use one of: "+strings.Join(sorted(fields), ", "))
			continue
		}
		l.walk(v.Value, next, inner, depth+1)
	}
}

// members lists a struct's members by JSON name; an outer one hides an embedded
// one.
func members(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	if t.Kind() != reflect.Struct {
		return out
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			for name, inner := range members(f.Type) {
				if _, hidden := out[name]; !hidden {
					out[name] = inner
				}
			}
		}
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			out[name] = f.Type
		}
	}
	return out
}

func join(where, name string) string {
	if where == "" {
		return name
	}
	return where + "/" + name
}
