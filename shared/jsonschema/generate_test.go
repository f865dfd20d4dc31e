package jsonschema_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"path"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"consent-receipts/events"
)

// object is a schema, as encoding/json reads it.
type object = map[string]any

// generator makes random documents that follow a schema, at its bounds more often than not.
type generator struct {
	*rand.Rand
	t           testing.TB
	files       map[string]object
	expressions map[string]*syntax.Regexp
	size        int // the number of values in the document so far
}

// document makes a document of a published schema.
func (g *generator) document(name string) *tree {
	g.size = 0
	return g.value(ruled{name, g.file(name)})
}

func (g *generator) file(name string) object {
	if g.files[name] == nil {
		b, err := events.Schema(name)
		must(g.t, err)
		var o object
		must(g.t, json.Unmarshal(b, &o))
		g.files[name] = o
	}
	return g.files[name]
}

// ruled is a schema with the name of its document.
type ruled struct {
	file string
	object
}

// follow returns the schema to which a reference leads.
func (g *generator) follow(r ruled) ruled {
	address, pointer, _ := strings.Cut(r.object["$ref"].(string), "#")
	file := r.file
	if address != "" {
		file = strings.TrimSuffix(path.Join(path.Dir(r.file), address), ".json")
	}
	o := g.file(file)
	for _, name := range strings.Split(pointer, "/")[1:] {
		o = o[name].(object)
	}
	return ruled{file, o}
}

// all returns the schemas that a value must follow together. Of alternatives it chooses one. It
// decides the members on which conditions depend, and sets them in fixed.
func (g *generator) all(r ruled, fixed map[string]string) (out []ruled) {
	g.collect(r, fixed, &out)
	return out
}

func (g *generator) collect(r ruled, fixed map[string]string, out *[]ruled) {
	if r.object["$ref"] != nil {
		g.collect(g.follow(r), fixed, out)
	}
	*out = append(*out, r)
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if list, ok := r.object[keyword].([]any); ok {
			g.collect(ruled{r.file, list[g.IntN(len(list))].(object)}, fixed, out)
			if keyword == "oneOf" {
				*out = append(*out, ruled{r.file, object{"others of": list}})
			}
		}
	}
	list, _ := r.object["allOf"].([]any)
	for _, each := range list {
		g.collect(ruled{r.file, each.(object)}, fixed, out)
	}
	if r.object["if"] == nil {
		return
	}
	branch := "else"
	if g.holds(*out, ruled{r.file, r.object["if"].(object)}, fixed) {
		branch = "then"
	}
	if fixed["shape"] != "" { // a withheld element is not what it stands for
		*out = nil
	}
	if next, ok := r.object[branch].(object); ok {
		g.collect(ruled{r.file, next}, fixed, out)
	}
}

// holds decides whether a condition shall hold. It knows those that a member, or its presence,
// decides.
func (g *generator) holds(others []ruled, condition ruled, fixed map[string]string) bool {
	if condition.object["$ref"] != nil {
		condition = g.follow(condition)
	}
	if condition.object["required"] != nil {
		fixed["shape"] = pick(g, []string{"then", "else"})
		return fixed["shape"] == "then"
	}
	for name, member := range condition.object["properties"].(object) {
		values := texts(member.(object))
		if _, ok := fixed[name]; !ok {
			if fixed[name] = values[g.IntN(len(values))]; g.IntN(2) == 0 {
				fixed[name] = g.value(ruled{condition.file, g.property(others, name)}).String()
			}
		}
		if !slices.Contains(values, fixed[name]) {
			return false
		}
	}
	return true
}

// property is what schemas say of a member, in one that refers.
func (g *generator) property(all []ruled, name string) object {
	for _, r := range all {
		if p, ok := r.object["properties"].(object); ok && p[name] != nil {
			member := g.all(ruled{r.file, p[name].(object)}, map[string]string{})
			merged := object{}
			for _, m := range member {
				maps.Copy(merged, m.object)
			}
			delete(merged, "$ref")
			return merged
		}
	}
	g.t.Fatalf("nothing is said of %s", name)
	return nil
}

// texts are the values of const or enum, as JSON.
func texts(o object) (out []string) {
	values, _ := o["enum"].([]any)
	if c, ok := o["const"]; ok {
		values = append(values, c)
	}
	for _, v := range values {
		b, _ := json.Marshal(v)
		out = append(out, string(b))
	}
	return out
}

func (g *generator) value(r ruled) *tree {
	g.size++
	fixed := map[string]string{}
	all := g.all(r, fixed)
	merged := object{}
	for _, each := range all {
		maps.Copy(merged, each.object)
	}
	if values := texts(merged); len(values) > 0 {
		return leaf(values[g.IntN(len(values))])
	}
	kind := merged["type"]
	if list, ok := kind.([]any); ok {
		kind = list[g.IntN(len(list))]
	}
	switch kind {
	case "string":
		return quoted(g.text(merged))
	case "integer":
		return leaf(strconv.FormatInt(g.within(bound(merged, "minimum", 0), bound(merged, "maximum", 1<<40)), 10))
	case "number":
		return leaf([]string{"0", "-1.5", "2e3", "77"}[g.IntN(4)])
	case "boolean":
		return leaf([]string{"true", "false"}[g.IntN(2)])
	case "array":
		return g.array(all, merged)
	case "object":
		return g.object(all, fixed)
	}
	return leaf([]string{`"any"`, `1`, `null`, `[]`, `{"a":1}`}[g.IntN(5)])
}

func bound(o object, keyword string, otherwise int64) int64 {
	if n, ok := o[keyword].(float64); ok {
		return int64(n)
	}
	return otherwise
}

// within returns a number from least to most, often one of them.
func (g *generator) within(least, most int64) int64 {
	switch g.IntN(6) {
	case 0:
		return least
	case 1:
		return most
	}
	return least + g.Int64N(most-least+1)
}

func (g *generator) array(all []ruled, merged object) *tree {
	out := &tree{kind: '['}
	n := bound(merged, "minItems", 0)
	if g.size < 100 {
		if n += g.Int64N(3); g.IntN(150) == 0 {
			n = bound(merged, "maxItems", 3)
		}
	}
	for i := int64(0); i < min(n, bound(merged, "maxItems", n)) && g.size < 1000; i++ {
		for _, r := range all {
			if items, ok := r.object["items"].(object); ok {
				out.parts = append(out.parts, g.value(ruled{r.file, items}))
				break
			}
		}
	}
	if merged["uniqueItems"] == true {
		out.parts = slices.CompactFunc(out.parts, func(a, b *tree) bool { return a.String() == b.String() })
	}
	return out
}

// object makes an object: what is required, and half of the rest.
func (g *generator) object(all []ruled, fixed map[string]string) *tree {
	out := &tree{kind: '{'}
	required, never := map[string]bool{}, map[string]bool{}
	least, most := int64(0), int64(20)
	for _, r := range all {
		list, _ := r.object["required"].([]any)
		for _, name := range list {
			required[name.(string)] = true
		}
		least, most = max(least, bound(r.object, "minProperties", 0)), min(most, bound(r.object, "maxProperties", 20))
	}
	for _, r := range all {
		members, _ := r.object["properties"].(object)
		for name, member := range members {
			never[name] = never[name] || member == false
		}
		others, _ := r.object["others of"].([]any)
		for _, other := range others {
			for _, name := range other.(object)["required"].([]any) {
				never[name.(string)] = never[name.(string)] || !required[name.(string)]
			}
		}
	}
	odds := g.IntN(4)
	if g.size > 100 {
		odds = 0
	}
	for _, name := range slices.Sorted(maps.Keys(g.members(all))) {
		switch {
		case never[name], !required[name] && int64(len(out.parts)) >= least && g.IntN(4) >= odds:
		case fixed[name] != "":
			out.add(name, leaf(fixed[name]))
		default:
			out.add(name, g.value(g.members(all)[name]))
		}
	}
	g.addOthers(out, all, least, most)
	return out
}

// members are the schemas of the members that schemas name; of several the one that says more.
func (g *generator) members(all []ruled) map[string]ruled {
	out := map[string]ruled{}
	for _, r := range all {
		members, _ := r.object["properties"].(object)
		for name, member := range members {
			if o, ok := member.(object); ok && o["const"] == nil {
				out[name] = ruled{r.file, o}
			} else if _, there := out[name]; ok && !there {
				out[name] = ruled{r.file, o}
			}
		}
	}
	return out
}

// addOthers adds members of any name, where a schema says what they are.
func (g *generator) addOthers(out *tree, all []ruled, least, most int64) {
	for _, r := range all {
		others, ok := r.object["additionalProperties"].(object)
		if !ok {
			continue
		}
		names := ruled{r.file, object{"type": "string", "minLength": 1.0, "maxLength": 8.0}}
		for _, r := range all {
			if o, ok := r.object["propertyNames"].(object); ok {
				names = ruled{r.file, o}
			}
		}
		for range g.within(least, min(most, least+3)) {
			merged := object{"type": "string"}
			for _, r := range g.all(names, map[string]string{}) {
				maps.Copy(merged, r.object)
			}
			if name := g.text(merged); out.member(name) == nil {
				out.add(name, g.value(ruled{r.file, others}))
			}
		}
		return
	}
}

// text makes a string: of a pattern if there is one, else of characters of one to four bytes.
func (g *generator) text(o object) string {
	least, most := bound(o, "minLength", 0), bound(o, "maxLength", 40)
	if p, ok := o["pattern"].(string); ok {
		re := g.expression(p)
		out := g.matching(re)
		for range 20 {
			if n := int64(utf8.RuneCountInString(out)); least <= n && n <= most || o["maxLength"] == nil && n > 0 {
				break
			}
			out = g.matching(re)
		}
		return out
	}
	var b strings.Builder
	if most > 100 && g.IntN(10) > 0 {
		most = 100
	}
	for range g.within(least, max(least, most)) {
		b.WriteRune([]rune("aZ0 -é€😀\"\\<\u2028")[g.IntN(12)])
	}
	return b.String()
}

func (g *generator) expression(p string) *syntax.Regexp {
	if g.expressions[p] == nil {
		re, err := syntax.Parse(p, syntax.Perl)
		must(g.t, err)
		g.expressions[p] = re
	}
	return g.expressions[p]
}

// matching makes a text that matches an expression.
func (g *generator) matching(re *syntax.Regexp) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		for {
			i := g.IntN(len(re.Rune)/2) * 2
			if r := re.Rune[i] + rune(g.IntN(int(min(re.Rune[i+1]-re.Rune[i], 90))+1)); utf8.ValidRune(r) {
				return string(r)
			}
		}
	case syntax.OpAnyCharNotNL:
		return "."
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(g.matching(sub))
		}
		return b.String()
	case syntax.OpAlternate:
		return g.matching(re.Sub[g.IntN(len(re.Sub))])
	case syntax.OpStar:
		return g.times(re.Sub[0], 0, 4)
	case syntax.OpPlus:
		return g.times(re.Sub[0], 1, 4)
	case syntax.OpQuest:
		return g.times(re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		return g.times(re.Sub[0], re.Min, re.Max)
	}
	return ""
}

func (g *generator) times(re *syntax.Regexp, least, most int) string {
	var b strings.Builder
	for range g.within(int64(least), int64(most)) {
		b.WriteString(g.matching(re))
	}
	return b.String()
}
