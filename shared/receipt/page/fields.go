package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/period"
)

// node is one member of a JSON object, laid out for reading: a text, or further members below
// it.
type node struct {
	Label, Name string // in words, and as in the receipt
	Text        string
	URL         string   // of a text that is a link
	ISO         string   // the machine-readable time of a text that states a time
	Lang        string   // of a text in another language than the page's
	Quoted      []string // a person's own words, as freetext.Lines returns them
	Children    []node
}

// fields lays out a JSON object in its own order and never leaves out a member.
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
		out = append(out, child)
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

// partyIDs are the members that name a party by its id. The same record also has the party's
// name.
var partyIDs = []string{"pii_controllers", "recipient_third_parties", "authority_party"}

// field lays out a value that begins with a token.
func (n *Names) field(d *json.Decoder, name string, value json.Token) (node, error) {
	out := node{Label: n.Words.Term("field", name), Name: name}
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
		children, err := n.members(d)
		if name == "party_address" || name == "address" { // in the order of an envelope
			var lines []string
			for _, c := range children {
				lines = append(lines, c.Text)
			}
			out.Text, children = strings.Join(lines, ", "), nil
		}
		out.Children = children
		return out, err
	case string:
		n.say(&out, value)
	case nil:
		out.Text = n.Words.Term("value", "null")
	default: // a number, true or false
		if n.named {
			out.Quoted = freetext.Lines(fmt.Sprint(value))
		} else {
			out.Text = n.Words.Term("value", value)
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
		lines, out.Lang = append(lines, present(child.Text)...), child.Lang
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

// say puts a string into words: a time, a duration, a link, or a value with its own term.
func (n *Names) say(out *node, s string) {
	if n.named {
		out.Quoted = freetext.Lines(s)
		return
	}
	if slices.Contains(partyIDs, out.Name) {
		out.Text = n.Party(s)
		return
	}
	out.Text = n.Words.Term("value."+out.Name, s)
	if out.Text != s {
		return
	}
	if n.others {
		out.Text, out.Quoted = "", freetext.Lines(s)
		return
	}
	if len(s) > 10 && s[10] == 'T' { // most texts are no times, and a failed parse costs time
		if t, err := time.Parse(time.RFC3339, s); err == nil {
			out.Text, out.ISO = n.Words.Until(t), s
			if out.Name != "validity_duration" {
				out.Text = n.Words.Moment(t)
			}
			return
		}
	}
	if strings.HasPrefix(s, "P") {
		if p, err := period.Parse(s); err == nil {
			out.Text = n.Words.Period(p) + " (" + s + ")"
			return
		}
	}
	out.Text = strings.Join(freetext.Lines(s), "\n")
	if out.Lang = n.foreign; strings.HasPrefix(s, "https://") {
		out.URL = s
	}
}
