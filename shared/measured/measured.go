// Package measured is how a benchmark says what it measured: one line for each row. The
// command functions/testbed/bench/sheet gathers the lines of several packages into one table.
package measured

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Row is one measurement. No text has a tab, a line break or a vertical bar.
type Row struct {
	What   string  // what was measured; no two rows have the same
	Figure string  // the figure with its unit, as people read it
	Floor  string  // what the figure is compared to, with its own figure; empty: nothing
	Ratio  float64 // of the figure to the floor; 0: there is none
	Target string  // as people read it: "at most 2"; empty: the row has none
	Missed bool    // the target is not met
}

// AtMost returns the row with a target: the ratio is no larger than this.
func (r Row) AtMost(limit float64) Row {
	return r.Want(fmt.Sprintf("at most %g", limit), r.Ratio <= limit)
}

// AtLeast returns the row with a target: the ratio is no smaller than this.
func (r Row) AtLeast(limit float64) Row {
	return r.Want(fmt.Sprintf("at least %g", limit), r.Ratio >= limit)
}

// Want returns the row with any other target, and whether it is met.
func (r Row) Want(target string, met bool) Row {
	r.Target, r.Missed = target, !met
	return r
}

// These are the first and the last word of a line.
const (
	mark   = "row"
	missed = "MISSED"
)

// Print writes the row as a line: its fields, with tabs between them.
func (r Row) Print(w io.Writer) {
	kept := ""
	if r.Missed {
		kept = missed
	}
	fmt.Fprintln(w, strings.Join([]string{mark, r.What, r.Figure, r.Floor, r.RatioText(), r.Target, kept}, "\t"))
}

// RatioText returns the ratio with two decimal places, or "" if there is none.
func (r Row) RatioText() string {
	if r.Ratio == 0 {
		return ""
	}
	return strconv.FormatFloat(r.Ratio, 'f', 2, 64)
}

// Parse reads a line of Print, which testing may have indented. It returns false for any other
// line.
func Parse(line string) (Row, bool) {
	f := strings.Split(strings.TrimLeft(strings.TrimSuffix(line, "\n"), " "), "\t")
	if len(f) != 7 || f[0] != mark {
		return Row{}, false
	}
	ratio, err := strconv.ParseFloat(f[4], 64)
	return Row{What: f[1], Figure: f[2], Floor: f[3], Ratio: ratio, Target: f[5], Missed: f[6] == missed}, err == nil || f[4] == ""
}
