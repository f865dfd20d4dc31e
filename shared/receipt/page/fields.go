package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"consent-receipts/shared/period"
)

// node is one member of a JSON object, laid out for reading: a text, or further
// members below it.
type node struct {
	Label, Name string // in words, and as the receipt has it
	Text        string
	URL         string // of a text that is a link
	ISO         string // of a text that says a time
	Lang        string // of a text that is in another language than the page
	Children    []node
}

// fields lays out a JSON object in its own order, so that nothing that a record
// states is ever left out.
func (n *Names) fields(object json.RawMessage) ([]node, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("not an object: %v", err)
	}
	var out []node
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		child, err := n.field(name.(string), value)
		if err != nil {
			return nil, err
		}
		out = append(out, child)
	}
	return out, nil
}

func (n *Names) field(name string, value json.RawMessage) (node, error) {
	out := node{Label: n.Words.Term("field", name), Name: name}
	switch value[0] {
	case '{':
		children, err := n.fields(value)
		if name == "party_address" { // as on an envelope
			var lines []string
			for _, c := range children {
				lines = append(lines, c.Text)
			}
			out.Text, children = strings.Join(lines, ", "), nil
		}
		out.Children = children
		return out, err
	case '[':
		return n.list(out, value)
	case '"':
		var s string
		err := json.Unmarshal(value, &s)
		n.say(&out, s)
		return out, err
	}
	out.Text = n.Words.Term("value", string(value)) // a number, true, false or null
	return out, nil
}

// list joins texts; objects become further members, numbered when there are
// several.
func (n *Names) list(out node, value json.RawMessage) (node, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(value, &items); err != nil {
		return out, err
	}
	var lines []string
	for i, item := range items {
		if item[0] != '{' {
			child, err := n.field(out.Name, item)
			if err != nil {
				return out, err
			}
			lines, out.Lang = append(lines, child.Text), child.Lang
			continue
		}
		children, err := n.fields(item)
		if err != nil {
			return out, err
		}
		if len(items) == 1 {
			out.Children = children
			break
		}
		out.Children = append(out.Children, node{Label: fmt.Sprint(i + 1), Children: children})
	}
	if out.Text = strings.Join(lines, ", "); len(items) == 0 {
		out.Text = n.Words.Say("value.none")
	}
	return out, nil
}

// say puts a string into words: a time, a duration, a link, or a value that has
// a word of its own.
func (n *Names) say(out *node, s string) {
	out.Text = n.Words.Term("value."+out.Name, s)
	if out.Text != s {
		return
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		out.Text, out.ISO = n.Words.Until(t), s
		if out.Name != "validity_duration" {
			out.Text = n.Words.Moment(t)
		}
		return
	}
	if p, err := period.Parse(s); err == nil {
		out.Text = n.Words.Period(p) + " (" + s + ")"
		return
	}
	if out.Lang = n.foreign; strings.HasPrefix(s, "https://") {
		out.URL = s
	}
}
