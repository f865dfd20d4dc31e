package strictjson

import (
	"encoding/json"
	"iter"
	"slices"
)

// Kind is what a JSON value is.
type Kind uint8

// These are the kinds of a value.
const (
	Absent Kind = iota // of the zero Value
	Null
	False
	True
	Number
	String
	Array
	Object
	memberName // of an object; no value
)

// Value is a strict JSON value, as Parse returns it. It is a view of the text that was
// parsed, and is not changed. The zero Value is none.
type Value struct{ nodes []node } // the value, followed by what is in it, in the order of the text

// node is a value or the name of a member. The value of a member follows its name.
type node struct {
	raw     string // the JSON text; "" for an object or array that a Builder made
	size    int32  // the number of nodes of the value, with itself
	kind    Kind
	depth   uint8 // the number of levels below the value
	escaped bool  // a string with an escape
}

// text returns the characters of a string or a name, and the JSON text of any other value.
func (n *node) text() string {
	switch {
	case n.kind != String && n.kind != memberName:
		return n.raw
	case !n.escaped:
		return n.raw[1 : len(n.raw)-1]
	}
	var s string
	_ = json.Unmarshal([]byte(n.raw), &s) // Parse has checked it
	return s
}

// Kind returns what the value is.
func (v Value) Kind() Kind {
	if len(v.nodes) == 0 {
		return Absent
	}
	return v.nodes[0].kind
}

// Raw returns the JSON text of the value, as it was parsed. It is empty for an object or an
// array that a Builder made.
func (v Value) Raw() string { return v.nodes[0].raw }

// Text returns the characters of a string, and the JSON text of any other value.
func (v Value) Text() string { return v.nodes[0].text() }

// Depth returns the number of levels below the value: 0 for [], 1 for [1], 2 for [{"a":1}].
func (v Value) Depth() int { return int(v.nodes[0].depth) }

// Elements returns the elements of an array, and nothing for any other value.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Kind() != Array {
			return
		}
		for i := 1; i < len(v.nodes); {
			end := i + int(v.nodes[i].size)
			if !yield(Value{v.nodes[i:end]}) {
				return
			}
			i = end
		}
	}
}

// Members returns the members of an object in the order of the text, and nothing for any
// other value.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if v.Kind() != Object {
			return
		}
		for i := 1; i < len(v.nodes); {
			end := i + 1 + int(v.nodes[i+1].size)
			if !yield(v.nodes[i].text(), Value{v.nodes[i+1 : end]}) {
				return
			}
			i = end
		}
	}
}

// Member returns the member of an object with exactly this name, if there is one.
func (v Value) Member(name string) (Value, bool) {
	for n, member := range v.Members() {
		if n == name {
			return member, true
		}
	}
	return Value{}, false
}

// HasName reports whether an object in the value, at any depth, has a member with one of the
// names.
func (v Value) HasName(names ...string) bool {
	for i := range v.nodes {
		if n := &v.nodes[i]; n.kind == memberName {
			text := n.text()
			for _, name := range names {
				if text == name {
					return true
				}
			}
		}
	}
	return false
}

// Len returns the number of elements of an array or of members of an object.
func (v Value) Len() (n int) {
	for range v.Elements() {
		n++
	}
	for range v.Members() {
		n++
	}
	return n
}

// Builder makes a value of others. Its zero value is ready to use.
type Builder struct {
	nodes []node
	open  []int // the indexes of the open objects and arrays
}

// Grow makes room for values that will be added.
func (b *Builder) Grow(values ...Value) {
	n := 0
	for _, v := range values {
		n += len(v.nodes)
	}
	b.nodes = slices.Grow(b.nodes, n)
}

// Begin begins an object or an array. What is added until its End is in it.
func (b *Builder) Begin(kind Kind) {
	b.open = append(b.open, len(b.nodes))
	b.nodes = append(b.nodes, node{kind: kind})
}

// End ends the object or array that was begun last.
func (b *Builder) End() {
	last := len(b.open) - 1
	seal(b.nodes, b.open[last])
	b.open = b.open[:last]
}

// Name adds the name of a member, whose value is added next. The caller adds no name twice.
func (b *Builder) Name(name string) {
	quoted, _ := json.Marshal(name) // a string: cannot fail
	b.nodes = append(b.nodes, node{raw: string(quoted), size: 1, kind: memberName, escaped: len(quoted) != len(name)+2})
}

// Add adds a value.
func (b *Builder) Add(v Value) { b.nodes = append(b.nodes, v.nodes...) }

// Value returns the value that was added or ended last at the top.
func (b *Builder) Value() Value { return Value{b.nodes} }

// seal sets the size and the depth of the object or array at index i, in which all nodes
// after it are.
func seal(nodes []node, i int) {
	n := &nodes[i]
	n.size = int32(len(nodes) - i)
	for at := i + 1; at < len(nodes); at += int(nodes[at].size) {
		if nodes[at].kind != memberName {
			n.depth = max(n.depth, nodes[at].depth+1)
		}
	}
}
