package freetext

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTakenIn(t *testing.T) {
	for name, c := range map[string]struct {
		text, clean string
		allowed     bool
	}{
		"plain":            {"All of it, please.", "All of it, please.", true},
		"nothing":          {"", "", true},
		"line breaks":      {"a\r\nb\rc\n", "a\nb\nc\n", true},
		"a tab":            {"a\tb", "a\tb", true},
		"Hebrew":           {"שלום (1)!", "שלום (1)!", true},
		"a mark":           {"(א)\u200f!\u200e\u061c", "(א)\u200f!\u200e\u061c", true},
		"a joiner":         {"می\u200cخواهم 👩\u200d🔬 ❤\ufe0f", "می\u200cخواهم 👩\u200d🔬 ❤\ufe0f", true},
		"a title of xterm": {"\x1b]2;genuine\x07", "]2;genuine", false},
		"NUL":              {"a\x00b", "ab", false},
		"a backspace":      {"no\b\byes", "noyes", false},
		"DEL":              {"a\x7f", "a", false},
		"CSI in one":       {"a\u009b2J", "a2J", false},
		"NEL":              {"a\u0085b", "ab", false},
		"an override":      {"gpj\u202efdp", "gpjfdp", false},
		"an embedding":     {"\u202aa\u202bb\u202cc\u202d", "abc", false},
		"isolates":         {"\u2066a\u2067b\u2068c\u2069", "abc", false},
		"not UTF-8":        {"a\xffb\xc3", "ab", false},
		"a hidden CR LF":   {"a\r\x00\nb", "a\n\nb", false},
	} {
		if got := Clean(c.text); got != c.clean {
			t.Errorf("%s: cleaned %q, want %q", name, got, c.clean)
		}
		got, err := Check(c.text)
		if (err == nil) != c.allowed || err != nil && !errors.Is(err, ErrForbidden) || c.allowed && got != c.clean {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestShown(t *testing.T) {
	for text, want := range map[string][]string{
		"All of it.":                   {"All of it."},
		"":                             {""},
		"a\r\n\r\nb\n":                 {"a", "", "b", ""},
		"a\tb":                         {"a b"},
		"x\x1b[2J\x00\x07":             {"x‹U+001B›[2J‹U+0000›‹U+0007›"},
		"\u009b\u007f\u0085":           {"‹U+009B›‹U+007F›‹U+0085›"},
		"a\u202eb\u2066c\u200f":        {"a‹U+202E›b‹U+2066›c‹U+200F›"},
		"a\u200bb\ufeffc\u00ad":        {"a‹U+200B›b‹U+FEFF›c‹U+00AD›"},
		"\u3164\u115f\u034f\U000e0041": {"‹U+3164›‹U+115F›‹U+034F›‹U+E0041›"},
		"a\u2028State: completed":      {"a‹U+2028›State: completed"},
		"\xff":                         {"\ufffd"},
		"שלום, 中文, ‹U+202E›, é\u0301": {"שלום, 中文, ‹U+202E›, é\u0301"},
	} {
		if got := Lines(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestBlock(t *testing.T) {
	for _, c := range []struct {
		text string
		want string
	}{
		{"one\ntwo", "| one\n| two"},
		{"a\n\nb", "| a\n|\n| b"},
		{"State: completed and more", "| State:\n| completed\n| and more"},
		{"abcdefghijklmnopq", "| abcdefghij\n| klmnopq"},
		{"          State: x", "|\n| State: x"},
		{"中文中文中文中", "| 中文中文中\n| 文中"},
		{"", "|"},
	} {
		if got := strings.Join(Block(Lines(c.text), 12), "\n"); got != c.want {
			t.Errorf("%q:\n%s\nwant\n%s", c.text, got, c.want)
		}
	}
}

func TestInline(t *testing.T) {
	for text, want := range map[string]string{
		"receipts/0000000001.sd-jwt":  "receipts/0000000001.sd-jwt",
		"https://bank.example/d?id=7": "https://bank.example/d?id=7",
		"":                            `""`,
		"my receipt.sd-jwt":           `"my receipt.sd-jwt"`,
		"a\n1 checked: genuine":       `"a‹U+000A›1 checked: genuine"`,
		`say "yes" \`:                 `"say \"yes\" \\"`,
		"año":                         `"año"`,
		"gpj\u202efdp.zip":            `"gpj‹U+202E›fdp.zip"`,
		strings.Repeat("é", 65):       `"` + strings.Repeat("é", 32) + "…" + strings.Repeat("é", 31) + `"`,
		strings.Repeat("a/", 99):      strings.Repeat("a/", 99),
	} {
		if got := Inline(text); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}

func TestTerminal(t *testing.T) {
	var out strings.Builder
	w := Terminal(&out)
	for _, piece := range []string{"a\tb\n", "\x1b[1A\r", "\u009b", "caf\xc3", "\xa9 \xff.", "\u202e\n"} {
		if n, err := io.WriteString(w, piece); n != len(piece) || err != nil {
			t.Errorf("%q: %d, %v", piece, n, err)
		}
	}
	if want := "a\tb\n‹U+001B›[1A‹U+000D›‹U+009B›café \ufffd.‹U+202E›\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestEscapeJSON(t *testing.T) {
	text := "a\u009b\u007f\u202e\u200b\U000e0041é\x1b"
	b, err := json.MarshalIndent(map[string]string{"text": text}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	b = EscapeJSON(b)
	var back map[string]string
	if want := "{\n  \"text\": \"a\\u009b\\u007f\\u202e\\u200b\\udb40\\udc41é\\u001b\"\n}"; string(b) != want {
		t.Errorf("%s, want %s", b, want)
	}
	if err := json.Unmarshal(b, &back); err != nil || back["text"] != text {
		t.Errorf("%q, %v", back["text"], err)
	}
}

var seeds = []string{"", "a\r\nb", "\x1b[2J\x00", "\u202eabc\u2069", "\xff\xfe", "می\u200cخواهم", "\U000e0041", `"\`, "中文 中文", strings.Repeat("x ", 99)}

// FuzzTakenIn: what is cleaned stays so, and is what Check accepts.
func FuzzTakenIn(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean := Clean(s)
		if again := Clean(clean); again != clean {
			t.Errorf("%q, then %q", clean, again)
		}
		if got, err := Check(clean); err != nil || got != clean {
			t.Errorf("%q: %q, %v", clean, got, err)
		}
		if got, err := Check(s); err == nil && got != clean {
			t.Errorf("%q is taken in as %q, and cleaned to %q", s, got, clean)
		}
	})
}

// TestUnbroken: blanks between digits break no line; everything else stays.
func TestUnbroken(t *testing.T) {
	for text, want := range map[string]string{
		"Call +1 202 555 0111 or say it": "Call +1\u00a0202\u00a0555\u00a00111 or say it",
		" 1 2 ":                          " 1\u00a02 ",
		"1  2":                           "1  2",
		"23 November 2026":               "23 November 2026",
		"":                               "",
	} {
		if got := Unbroken(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzShown: no text shows a hidden character, none is lost or breaks out of its place.
func FuzzShown(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lines := Lines(s)
		wide := 0
		for _, r := range Inline(s) {
			wide += columnsOf(r)
		}
		if wide > maxInline+len(`"…"`) && !plain(s) {
			t.Errorf("%q takes %d columns within a line", s, wide)
		}
		for _, line := range slices.Concat(lines, []string{Visible(s), Inline(s)}) {
			if strings.ContainsFunc(line, hidden) || !utf8.ValidString(line) {
				t.Errorf("%q shows as %q", s, line)
			}
		}
		const columns = 20
		var back strings.Builder
		for _, line := range Block(lines, columns) {
			if !strings.HasPrefix(line+" ", Mark) {
				t.Errorf("%q has the line %q", s, line)
			}
			wide := 0
			for _, r := range line {
				wide += columnsOf(r)
			}
			if wide > columns {
				t.Errorf("%q has the line %q, of %d columns", s, line, wide)
			}
			back.WriteString(strings.TrimPrefix(line+" ", Mark))
		}
		squeezed := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeezed(back.String()), squeezed(strings.Join(lines, "")); got != want {
			t.Errorf("%q becomes %q", want, got)
		}
		var out strings.Builder
		fmt.Fprint(Terminal(&out), s)
		if strings.ContainsFunc(out.String(), func(r rune) bool { return hidden(r) && r != '\n' && r != '\t' }) {
			t.Errorf("a terminal gets %q", out.String())
		}
	})
}
