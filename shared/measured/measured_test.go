package measured

import (
	"strings"
	"testing"
)

// TestPrint: a row comes back from its line, and a missed target is marked in it.
func TestPrint(t *testing.T) {
	row := Row{What: "a thing", Figure: "3 ms", Floor: "its parts: 2 ms", Ratio: 1.5}
	for _, c := range []struct {
		row    Row
		missed bool
	}{
		{row, false}, {Row{What: "no floor", Figure: "4"}, false},
		{row.AtMost(1.5), false}, {row.AtMost(1.4), true}, {row.AtLeast(1.5), false}, {row.AtLeast(2), true},
		{row.Want("under 1 s", true), false}, {row.Want("under 1 ms", false), true},
	} {
		var line strings.Builder
		c.row.Print(&line)
		got, ok := Parse(line.String())
		if !ok || got != c.row || got.Missed != c.missed || strings.Contains(line.String(), missed) != c.missed {
			t.Errorf("%+v became %q and then %+v, %t", c.row, &line, got, ok)
		}
	}
	for _, line := range []string{"", "ok  \tpackage\t1.2s", "--- PASS: TestTable (1.00s)", "row\ta\tb\tc\tx\t\t"} {
		if row, ok := Parse(line); ok {
			t.Errorf("%q became %+v", line, row)
		}
	}
}
