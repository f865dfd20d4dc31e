package jsonschema_test

import (
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
)

// tree is a JSON document that can be broken: a member can be there twice.
type tree struct {
	kind  byte     // '{', '[' or 0
	raw   string   // of kind 0: the JSON text
	names []string // of kind '{': JSON strings
	parts []*tree
}

func leaf(raw string) *tree { return &tree{raw: raw} }

func quoted(s string) *tree {
	b, _ := json.Marshal(s)
	return leaf(string(b))
}

func (t *tree) add(name string, value *tree) {
	t.names, t.parts = append(t.names, quoted(name).raw), append(t.parts, value)
}

func (t *tree) member(name string) *tree {
	if i := slices.Index(t.names, quoted(name).raw); i >= 0 {
		return t.parts[i]
	}
	return nil
}

func (t *tree) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t *tree) write(b *strings.Builder) {
	switch t.kind {
	case '{':
		b.WriteByte('{')
		for i, part := range t.parts {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(t.names[i])
			b.WriteByte(':')
			part.write(b)
		}
		b.WriteByte('}')
	case '[':
		b.WriteByte('[')
		for i, part := range t.parts {
			if i > 0 {
				b.WriteByte(',')
			}
			part.write(b)
		}
		b.WriteByte(']')
	default:
		b.WriteString(t.raw)
	}
}

// every returns the tree and all that is in it.
func (t *tree) every() []*tree {
	out := []*tree{t}
	for _, part := range t.parts {
		out = append(out, part.every()...)
	}
	return out
}

// numbers, words and values are put in place of others; others are names of members.
var (
	numbers = []string{"0", "-0", "1", "1.0", "1e0", "10E-1", "-1", "16", "17", "65", "9999999999", "10000000000", "253402300799",
		"253402300800", "9223372036854775808", "99999999999999999999999", "-99999999999999999999", "1e300", "0.5"}
	words = []string{`""`, `" "`, `"2026-02-30"`, `"2026-02-31T00:00:00Z"`, `"2027-02-29T10:00:00Z"`, `"2026-13-01"`, `"2026-11-23T14:00:00Z"`,
		`"2026-11-23T24:00:00Z"`, `"2026-11-23T23:59:60Z"`, `"2026-11-23T14:00:00.5Z"`, `"2026-11-23t14:00:00z"`, `"P0D"`, `"P12M"`, `"P"`, `"P1Y2D3M"`,
		`"https://a.example"`, `"https://a.example/"`, `"http://localhost:8080"`, `"en"`, `"opt-in"`, `"annulment"`, `"consent"`, `"request"`, `"none"`,
		`"\ud83d\ude00"`, `"\ud83d"`, `"\u0000"`, `"a\u00adb"`, `"x\u202ey"`, `"é"`, `"xxxxxxxxxxxxxxxxxxxxxxxx4321"`, `"••••4321"`, `"yes"`, `"a@b"`}
	values = []string{`null`, `true`, `false`, `{}`, `[]`, `[null]`, `["a"]`, `{"":0}`, `{"a":{"b":{"c":[[[1]]]}}}`, strings.Repeat("[", 33) + strings.Repeat("]", 33)}
	others = []string{`"kind"`, `"seq"`, `"SEQ"`, `"\u017feq"`, `"..."`, `"_sd"`, `"prev"`, `"type"`, `"all"`, `"purposes"`, `"about"`, `"corrects"`, `"extra"`, `""`, `"A-b"`, `"\u0000"`}
	limits = []int{1, 8, 22, 28, 32, 35, 40, 43, 64, 128, 200, 254, 255, 256, 300, 500, 600, 2048, 4000}
)

func pick[T any](g *generator, list []T) T { return list[g.IntN(len(list))] }

// change changes a document in one place. Of another document of the same schema it may take a
// member.
func (g *generator) change(doc, other *tree) {
	t := pick(g, doc.every())
	switch {
	case len(other.names) > 0 && doc.kind == '{' && g.IntN(8) == 0:
		i := g.IntN(len(other.names))
		doc.names, doc.parts = append(doc.names, other.names[i]), append(doc.parts, other.parts[i])
	case t.kind == '{' && g.IntN(8) > 0:
		g.changeObject(t)
	case t.kind == '[' && g.IntN(8) > 0:
		g.changeArray(t)
	case t.kind != 0 || g.IntN(4) == 0:
		*t = *leaf(pick(g, slices.Concat(values, numbers, words)))
	case strings.HasPrefix(t.raw, `"`):
		g.changeText(t)
	default:
		t.raw = pick(g, numbers)
	}
}

func (g *generator) changeObject(t *tree) {
	if len(t.parts) == 0 || g.IntN(5) == 0 {
		t.names, t.parts = append(t.names, pick(g, others)), append(t.parts, leaf(pick(g, slices.Concat(values, numbers, words))))
		return
	}
	i := g.IntN(len(t.parts))
	switch g.IntN(6) {
	case 0:
		t.names, t.parts = slices.Delete(t.names, i, i+1), slices.Delete(t.parts, i, i+1)
	case 1: // twice
		t.names, t.parts = append(t.names, t.names[i]), append(t.parts, t.parts[i])
	case 2:
		t.names[i] = strings.ToUpper(t.names[i])
	case 3:
		t.names[i] = strings.Replace(t.names[i], "s", `\u017f`, 1)
	case 4: // another order
		j := g.IntN(len(t.parts))
		t.names[i], t.names[j], t.parts[i], t.parts[j] = t.names[j], t.names[i], t.parts[j], t.parts[i]
	case 5:
		t.parts[i] = leaf("null")
	}
}

func (g *generator) changeArray(t *tree) {
	if len(t.parts) == 0 {
		t.parts = append(t.parts, leaf(pick(g, slices.Concat(values, words))))
		return
	}
	i := g.IntN(len(t.parts))
	switch g.IntN(4) {
	case 0:
		t.parts = slices.Delete(t.parts, i, i+1)
	case 1:
		t.parts = append(t.parts, t.parts[i])
	case 2:
		t.parts = t.parts[:0]
	case 3:
		for range pick(g, []int{1, 8, 15, 16, 63, 64, 88, 511}) {
			t.parts = append(t.parts, t.parts[i])
		}
	}
}

func (g *generator) changeText(t *tree) {
	inside := t.raw[1 : len(t.raw)-1]
	switch g.IntN(5) {
	case 0: // so many code points, of one to four bytes
		t.raw = quoted(strings.Repeat(pick(g, []string{"a", "é", "€", "😀", "0", "-"}), pick(g, limits)+g.IntN(3)-1)).raw
	case 1:
		t.raw = `"` + inside + pick(g, []string{"a", " ", "0", "-", "/", ".", "é", `\n`, `\u0000`, `\ud800`, "$", "\x01", "\xff"}) + `"`
	case 2:
		t.raw = pick(g, words)
	case 3:
		if n := len(inside); n > 0 && !strings.Contains(inside, `\`) {
			t.raw = `"` + strings.ToValidUTF8(inside[:g.IntN(n)], "") + `"`
		}
	case 4:
		t.raw = `"` + strings.ToUpper(inside) + `"`
	}
}

// contents returns the JSON documents in the text of a file: itself, its lines, and what
// tokens in it carry.
func contents(text string) (out []string) {
	out = append(out, strings.TrimSpace(text))
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("~.\"\n", r) }) {
		b, err := base64.RawURLEncoding.DecodeString(part)
		if err != nil || len(b) == 0 || b[0] != '{' && b[0] != '[' {
			continue
		}
		out = append(out, string(b))
		var disclosure []json.RawMessage
		if json.Unmarshal(b, &disclosure) == nil && len(disclosure) > 0 {
			out = append(out, string(disclosure[len(disclosure)-1]))
		}
	}
	return out
}
