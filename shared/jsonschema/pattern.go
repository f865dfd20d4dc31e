package jsonschema

import (
	"errors"
	"regexp/syntax"
	"slices"
	"unicode/utf8"
)

// pattern is a regular expression as a chain of steps over the characters of a text. It is made
// in microseconds, unlike a compiled regular expression, and takes a nanosecond or two for a
// character.
type pattern struct{ first *step }

// step consumes characters, or chooses. A step nil accepts what came before it.
type step struct {
	set      set
	min, max int // how many characters of the set; max -1: any number
	next     *step

	choices    []*step // instead: one of these goes on
	begin, end bool    // instead: the place must be the begin or the end of the text
}

// set is a set of characters.
type set struct {
	ascii [2]uint64
	other []rune // ranges in order: from and to, from and to
}

// compilePattern reads a regular expression (RE2 syntax).
func compilePattern(text string) (*pattern, error) {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, err
	}
	p := new(pattern)
	p.first, err = steps(re, nil)
	if re.Op != syntax.OpConcat || re.Sub[0].Op != syntax.OpBeginText { // it may begin anywhere
		p.first = &step{set: newSet([]rune{0, utf8.MaxRune}), max: -1, next: p.first}
	}
	return p, err
}

var errPattern = errors.New("a form that is not known")

// steps returns the steps of an expression, which go on with next.
func steps(re *syntax.Regexp, next *step) (_ *step, err error) {
	switch re.Op {
	case syntax.OpEmptyMatch:
		return next, nil
	case syntax.OpBeginText:
		return &step{begin: true, next: next}, nil
	case syntax.OpEndText:
		return &step{end: true, next: next}, nil
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase != 0 {
			return nil, errPattern
		}
		for _, r := range slices.Backward(re.Rune) {
			next = &step{set: newSet([]rune{r, r}), min: 1, max: 1, next: next}
		}
		return next, nil
	case syntax.OpCharClass, syntax.OpAnyCharNotNL:
		return &step{set: characters(re), min: 1, max: 1, next: next}, nil
	case syntax.OpConcat:
		for _, sub := range slices.Backward(re.Sub) {
			if next, err = steps(sub, next); err != nil {
				return nil, err
			}
		}
		return next, nil
	case syntax.OpAlternate:
		out := new(step)
		for _, sub := range re.Sub {
			choice, err := steps(sub, next)
			if err != nil {
				return nil, err
			}
			out.choices = append(out.choices, choice)
		}
		return out, nil
	case syntax.OpStar:
		return repeated(re.Sub[0], 0, -1, next)
	case syntax.OpPlus:
		return repeated(re.Sub[0], 1, -1, next)
	case syntax.OpQuest:
		return repeated(re.Sub[0], 0, 1, next)
	case syntax.OpRepeat:
		return repeated(re.Sub[0], re.Min, re.Max, next)
	}
	return nil, errPattern
}

// repeated returns the steps of an expression that occurs from min to max times.
func repeated(re *syntax.Regexp, min, max int, next *step) (out *step, err error) {
	if re.Op == syntax.OpCharClass || re.Op == syntax.OpAnyCharNotNL || re.Op == syntax.OpLiteral && len(re.Rune) == 1 {
		one, err := steps(re, next)
		if err == nil {
			one.min, one.max = min, max
		}
		return one, err
	}
	switch {
	case min > 1 || max > 1 || canBeEmpty(re):
		return nil, errPattern
	case max < 0:
		out = new(step)
		again, err := steps(re, out)
		if err != nil {
			return nil, err
		}
		if out.choices = []*step{again, next}; min == 1 {
			return again, nil
		}
		return out, nil
	}
	once, err := steps(re, next)
	if min == 1 {
		return once, err
	}
	return &step{choices: []*step{once, next}}, err
}

// canBeEmpty reports whether an expression matches the empty text.
func canBeEmpty(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass, syntax.OpAnyCharNotNL:
		return false
	case syntax.OpConcat:
		return !slices.ContainsFunc(re.Sub, func(sub *syntax.Regexp) bool { return !canBeEmpty(sub) })
	case syntax.OpAlternate:
		return slices.ContainsFunc(re.Sub, canBeEmpty)
	case syntax.OpPlus:
		return canBeEmpty(re.Sub[0])
	case syntax.OpRepeat:
		return re.Min == 0 || canBeEmpty(re.Sub[0])
	}
	return true
}

func characters(re *syntax.Regexp) set {
	if re.Op == syntax.OpAnyCharNotNL {
		return newSet([]rune{0, '\n' - 1, '\n' + 1, utf8.MaxRune})
	}
	return newSet(re.Rune)
}

// newSet returns the set of the characters in ranges.
func newSet(ranges []rune) set {
	s := set{other: ranges}
	for pair := range slices.Chunk(ranges, 2) {
		for r := pair[0]; r <= min(pair[len(pair)-1], utf8.RuneSelf-1); r++ {
			s.ascii[r/64] |= 1 << (r % 64)
		}
	}
	return s
}

func (s *set) inRanges(r rune) bool {
	i, found := slices.BinarySearch(s.other, r) // at an odd index it is inside a range
	return found || i%2 == 1
}

// take returns how many characters of the set follow an index, up to the maximum, and where
// they end.
func (s *step) take(text string, at int) (n, end int) {
	for ; n != s.max && at < len(text); n++ {
		switch c := text[at]; {
		case c >= utf8.RuneSelf:
			r, width := utf8.DecodeRuneInString(text[at:])
			if !s.set.inRanges(r) {
				return n, at
			}
			at += width
		case s.set.ascii[c/64]>>(c%64)&1 == 0:
			return n, at
		default:
			at++
		}
	}
	return n, at
}

// matches reports whether a text matches. It gives up on a text that takes more than some
// steps for each character, so that no text takes long.
func (p *pattern) matches(text string) bool {
	m := matcher{text: text, left: 64 + 16*len(text)}
	return m.from(p.first, 0)
}

type matcher struct {
	text string
	left int // the steps that it may still take
}

// from reports whether the text matches from an index on.
func (m *matcher) from(s *step, at int) bool {
	for ; s != nil; s = s.next {
		if m.left--; m.left < 0 {
			return false
		}
		switch {
		case s.choices != nil:
			return slices.ContainsFunc(s.choices, func(choice *step) bool { return m.from(choice, at) })
		case s.begin || s.end:
			if s.begin && at != 0 || s.end && at != len(m.text) {
				return false
			}
			continue
		}
		n, end := s.take(m.text, at)
		if n < s.min {
			return false
		}
		at = end
		for ; n > s.min; n-- { // the longest first
			if m.from(s.next, at) {
				return true
			}
			_, width := utf8.DecodeLastRuneInString(m.text[:at])
			at -= width
		}
	}
	return true
}
