package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/freetext"
)

// node is one member of a JSON object, laid out for reading: a text, or further members below
// it.
type node struct {
	Label, Name string // in words, and as in the receipt
	Text        string
	Quoted      []string // a person's own words, as freetext.Lines returns them
	Children    []node
}

// fields lays out a JSON object of an actor or of evidence in its own order. It leaves out no
// member but those that only systems read.
func (n *Names) fields(object json.RawMessage) ([]node, error) {
	d := json.NewDecoder(bytes.NewReader(object))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("not an object: %v", err)
	}
	return n.members(d)
}

// members lays out the members of an object, after its opening brace.
func (n *Names) members(d *json.Decoder) (out []node, err error) {
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		value, err := d.Token()
		if err != nil {
			return nil, err
		}
		child, err := n.field(d, name.(string), value)
		if err != nil {
			return nil, err
		}
		if n.named || name != offerMember && name != strengthMember {
			out = append(out, child)
		}
	}
	_, err = d.Token()
	return out, err
}

// others are the members with words of somebody other than the controller: a producer, an
// agent, or the authenticator.
var others = []string{"authentication", "authority", "claimed", "copied", "id"}

// facts are the members of an authority that this service states itself. The names of other
// members come from a producer, and are never shown as labels of the receipt.
var facts = []string{"case", "law", "party", "protocol"}

// These members of the evidence are not laid out as they are: the id of the offer and the
// strength of signing in are for systems, and a time is a number of seconds.
const (
	offerMember    = "offer"
	strengthMember = "acr"
	timeMember     = "auth_time"
)

// field lays out a value that begins with a token.
func (n *Names) field(d *json.Decoder, name string, value json.Token) (out node, err error) {
	out = node{Label: n.Words.Term("field", name), Name: name}
	if n.named && !slices.Contains(facts, name) {
		out.Label = `"` + name + `"`
	}
	if slices.Contains(others, name) {
		theirs := *n
		theirs.others, theirs.named = true, name == "authority"
		n = &theirs
	}
	switch value := value.(type) {
	case json.Delim:
		if value == '[' {
			return n.list(d, out)
		}
		out.Children, err = n.members(d)
		return out, err
	case string:
		n.say(&out, value)
	case nil:
		out.Text = n.Words.Term("value", "null")
	default: // a number, true or false
		out.Text = n.Words.Term("value", value)
		number, _ := value.(json.Number)
		if seconds, err := number.Int64(); err == nil && name == timeMember {
			out.Text = n.Words.Moment(time.Unix(seconds, 0))
		}
		if n.named {
			out.Text, out.Quoted = "", freetext.Lines(fmt.Sprint(value))
		}
	}
	return out, nil
}

// list joins texts; objects become further members, numbered if there are several.
func (n *Names) list(d *json.Decoder, out node) (node, error) {
	var lines []string
	items := 0
	for ; d.More(); items++ {
		value, err := d.Token()
		if err != nil {
			return out, err
		}
		child, err := n.field(d, out.Name, value)
		if err != nil {
			return out, err
		}
		if value == json.Delim('{') && child.Children != nil {
			out.Children = append(out.Children, node{Label: fmt.Sprint(items + 1), Children: child.Children})
			continue
		}
		lines = append(lines, present(child.Text)...)
		out.Quoted = append(out.Quoted, child.Quoted...)
	}
	if items == 1 && len(out.Children) == 1 {
		out.Children = out.Children[0].Children
	}
	if out.Text = strings.Join(lines, ", "); items == 0 {
		out.Text = n.Words.Say("value.none")
	}
	_, err := d.Token()
	return out, err
}

// say puts a string into words: a value with its own term, or what somebody wrote.
func (n *Names) say(out *node, s string) {
	if n.named {
		out.Quoted = freetext.Lines(s)
		return
	}
	switch out.Text = n.Words.Term("value."+out.Name, s); {
	case out.Text != s:
	case n.others:
		out.Text, out.Quoted = "", freetext.Lines(s)
	default:
		out.Text = strings.Join(freetext.Lines(s), "\n")
	}
}
