package cli

import "testing"

func TestNearest(t *testing.T) {
	names := []string{"verify", "show", "present", "receipts", "requests", "request", "due", "version"}
	for word, want := range map[string]string{
		"verfy": "verify", "vreify": "verify", "verifyy": "verify", "shwo": "show", "sow": "show", "presnt": "present",
		"pres": "present", "req": "requests", "reqest": "request", "reqests": "requests", "vers": "version", "du": "due", "dew": "due",
		"": "", "x": "", "ow": "", "shovel": "", "verification": "", "VERIFY": "", "telepathy": "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"show", "show", 0}, {"show", "shw", 1}, {"show", "shows", 1}, {"show", "slow", 1},
		{"kitten", "sitting", 3}, {"abc", "cab", 2}, {"flaw", "lawn", 2},
	} {
		if got, back := distance(c.a, c.b), distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q, %q: %d, %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
