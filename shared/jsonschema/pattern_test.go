package jsonschema

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// patterns has forms that the published schemas have, and more. TestRandom has those themselves.
var patterns = []string{
	`^[a-z0-9-]{1,64}$`, `^[•*xX. -]{0,24}[0-9A-Za-z]{0,4}$`, `^(?:a|b|)c$`, `^(?:ab)+$`, `^(?:ab)*c?$`, `^(?:x *[^x])*$`, `a/b\.c$`, `^a.c`,
	`^P(?:[0-9]{1,4}Y(?:[0-9]{1,4}M)?|[0-9]{1,5}D)$`, `^[^@ ]+@[^@ ]+$`, `^[^\p{C}\p{Z}](?: *[^\p{C}\p{Z}])*$`, `^(?:/[a-c]+)*/ab$`, ``,
	`[a-c]`, `[0-9]$`, `^a|^b$`, `^.{0,3}$`, `^[a•😀]*[•😀]$`,
}

// TestPattern compares patterns with the standard library's regular expressions.
func TestPattern(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := []rune("abcxX.-/ @•*019PYMD\n\u00ad😀")
	for _, text := range patterns {
		want := regexp.MustCompile(text)
		p, err := compilePattern(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for range 20000 {
			var b strings.Builder
			for range r.IntN(12) {
				b.WriteRune(letters[r.IntN(len(letters))])
			}
			if p.matches(b.String()) != want.MatchString(b.String()) {
				t.Errorf("%s: %q matches: %t", text, b.String(), want.MatchString(b.String()))
			}
		}
	}
}

// TestPatternRefuses: what a chain of steps cannot say, or could say in endless time.
func TestPatternRefuses(t *testing.T) {
	for _, text := range []string{`(`, `^(?i)ab$`, `^(?:a*)*$`, `^(?:ab){2,3}$`, `^\ba$`, `^(?:a?|b)+$`, `^(?:a{0,2})*$`, `^(?:a*b*)*$`} {
		if _, err := compilePattern(text); err == nil {
			t.Errorf("compiled %s", text)
		}
	}
}

// TestPatternGivesUp: a text that would take exponential time takes a bounded number of steps.
func TestPatternGivesUp(t *testing.T) {
	p, err := compilePattern(`^(?:a+)+$`)
	if err != nil {
		t.Fatal(err)
	}
	m := matcher{text: strings.Repeat("a", 1000) + "b", left: 1000}
	if m.from(p.first, 0) || m.left >= 0 {
		t.Errorf("%d steps are left", m.left)
	}
	if p.matches(m.text) {
		t.Error("matches")
	}
	if p, err = compilePattern(`^(?:ab)+$`); err != nil || !p.matches(strings.Repeat("ab", 2000)) {
		t.Errorf("a long text does not match: %v", err)
	}
}
