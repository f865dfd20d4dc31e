package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Parse reads exactly one JSON value that has only one reading (I-JSON, RFC 7493): valid
// UTF-8, no duplicate members at any depth, no lone surrogate, no NUL in a member's name,
// nothing before or after the value, at most MaxDepth levels. Every error wraps ErrDuplicate,
// if a duplicate is all that is wrong, or ErrSyntax.
func Parse(text string) (Value, error) {
	p := parser{text: text, nodes: make([]node, 0, len(text)/12+4)}
	err := p.value()
	if err == nil && p.at != len(text) {
		err = errMalformed
	}
	switch {
	case err == nil:
		return Value{p.nodes}, nil
	case errors.Is(err, ErrDuplicate) && !(utf8.ValidString(text) && json.Valid([]byte(text))):
		return Value{}, errMalformed
	}
	return Value{}, err
}

// parser reads a text once, from its beginning to its end.
type parser struct {
	text  string
	at    int // the index of the next byte
	nodes []node
	depth int
	open  int // the index in nodes of the object or array that was begun last
}

func wrong(what string) error { return fmt.Errorf("%w: %s", ErrSyntax, what) }

var errMalformed = wrong("not one JSON value")

// peek returns the next byte, or 0 at the end of the text.
func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) skipSpace() {
	for p.at < len(p.text) && isSpace(p.text[p.at]) {
		p.at++
	}
}

func (p *parser) value() error {
	switch p.peek() {
	case '{':
		return p.nested(Object, '}', p.member)
	case '[':
		return p.nested(Array, ']', p.value)
	case '"':
		return p.quoted(String)
	case 't':
		return p.literal("true", True)
	case 'f':
		return p.literal("false", False)
	case 'n':
		return p.literal("null", Null)
	}
	return p.number()
}

// nested reads an object or an array, whose parts part reads.
func (p *parser) nested(kind Kind, end byte, part func() error) error {
	if p.depth == MaxDepth {
		return wrong(fmt.Sprintf("nested more than %d levels deep", MaxDepth))
	}
	begin, outer := p.at, p.open
	p.depth, p.open = p.depth+1, len(p.nodes)
	p.nodes = append(p.nodes, node{kind: kind})
	p.at++
	p.skipSpace()
	for first := true; p.peek() != end; first = false {
		if !first {
			if p.peek() != ',' {
				return errMalformed
			}
			p.at++
			p.skipSpace()
		}
		if err := part(); err != nil {
			return err
		}
		p.skipSpace()
	}
	p.at++
	seal(p.nodes, p.open)
	p.nodes[p.open].raw = p.text[begin:p.at]
	p.depth, p.open = p.depth-1, outer
	return nil
}

// member reads a member of an object.
func (p *parser) member() error {
	if p.peek() != '"' {
		return errMalformed
	}
	if err := p.quoted(memberName); err != nil {
		return err
	}
	if err := p.checkName(); err != nil {
		return err
	}
	p.skipSpace()
	if p.peek() != ':' {
		return errMalformed
	}
	p.at++
	p.skipSpace()
	return p.value()
}

// checkName refuses the name that was read last if its object has it already.
func (p *parser) checkName() error {
	last := len(p.nodes) - 1
	name := p.nodes[last].text()
	if p.nodes[last].escaped && strings.IndexByte(name, 0) >= 0 {
		return wrong("NUL in a member's name")
	}
	members := 0
	for i := p.open + 1; i < last; i += 1 + int(p.nodes[i+1].size) {
		if p.nodes[i].text() == name {
			return fmt.Errorf("%w: %.40q", ErrDuplicate, name)
		}
		members++
	}
	if members == maxMembers {
		return wrong(fmt.Sprintf("an object has more than %d members", maxMembers))
	}
	return nil
}

// literal reads true, false or null.
func (p *parser) literal(word string, kind Kind) error {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return errMalformed
	}
	p.at += len(word)
	p.nodes = append(p.nodes, node{raw: word, size: 1, kind: kind})
	return nil
}

// number reads a number (RFC 8259, section 6).
func (p *parser) number() error {
	begin := p.at
	if p.peek() == '-' {
		p.at++
	}
	zero := p.peek() == '0'
	if n := p.digits(); n == 0 || zero && n > 1 {
		return errMalformed
	}
	if p.peek() == '.' {
		p.at++
		if p.digits() == 0 {
			return errMalformed
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if p.digits() == 0 {
			return errMalformed
		}
	}
	p.nodes = append(p.nodes, node{raw: p.text[begin:p.at], size: 1, kind: Number})
	return nil
}

// digits reads decimal digits, and returns how many there were.
func (p *parser) digits() int {
	begin := p.at
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.at++
	}
	return p.at - begin
}

// quoted reads a string.
func (p *parser) quoted(kind Kind) error {
	begin, ascii, escaped := p.at, true, false
	for p.at++; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '"':
			p.at++
			raw := p.text[begin:p.at]
			if !ascii && !utf8.ValidString(raw) {
				return wrong("not UTF-8")
			}
			p.nodes = append(p.nodes, node{raw: raw, size: 1, kind: kind, escaped: escaped})
			return nil
		case c == '\\':
			escaped = true
			if err := p.escape(); err != nil {
				return err
			}
		case c < ' ':
			return errMalformed
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return errMalformed
}

// escape reads an escape to its last byte. Two surrogates make one.
func (p *parser) escape() error {
	p.at++
	switch p.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return nil
	case 'u':
		first := p.hex4()
		if first < 0 {
			return errMalformed
		}
		p.at += 4
		if !utf16.IsSurrogate(first) {
			return nil
		}
		if strings.HasPrefix(p.text[p.at+1:], `\u`) {
			p.at += 2
			if second := p.hex4(); second >= 0 && utf16.DecodeRune(first, second) != utf8.RuneError {
				p.at += 4
				return nil
			}
		}
		return wrong("a lone surrogate")
	}
	return errMalformed
}

// hex4 decodes the four hexadecimal digits after the byte at p.at. It returns -1 if they are
// not there.
func (p *parser) hex4() (r rune) {
	if len(p.text) < p.at+5 {
		return -1
	}
	for _, c := range []byte(p.text[p.at+1 : p.at+5]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
