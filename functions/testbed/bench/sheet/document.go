package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"consent-receipts/shared/measured"
)

// These lines stand before the tables of the document: the newest figures, and the ratios of
// earlier days.
const (
	markRows    = "<!-- the rows -->"
	markHistory = "<!-- the history -->"
)

// write puts the rows into the tables of a document. A row that is there is replaced, and other
// rows stay. The history gets the ratios in the column of that name.
func write(path string, rows []measured.Row, by, as string) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := update(string(b), markRows, func(t *table) {
		for _, r := range rows {
			target := r.Target
			if r.Missed {
				target = "**missed**: " + target
			}
			for column, cell := range map[string]string{
				"Measured": r.Figure, "Against": r.Floor, "Ratio": r.RatioText(), "Target": target, "By": "`" + by + "`", "Machine": machine(),
			} {
				t.set(r.What, column, cell)
			}
		}
	})
	if err != nil {
		return err
	}
	text, err = update(text, markHistory, func(t *table) {
		for _, r := range rows {
			if r.Ratio != 0 {
				t.set(r.What, as, r.RatioText())
			}
		}
	})
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

// table is a table of a Markdown document. The first column names the row.
type table struct {
	head []string
	rows [][]string
}

// update changes the table behind a line of a document.
func update(text, mark string, change func(*table)) (string, error) {
	before, rest, found := strings.Cut(text, mark+"\n")
	end := 0
	for strings.HasPrefix(rest[end:], "|") {
		line, _, _ := strings.Cut(rest[end:], "\n")
		end = min(end+len(line)+1, len(rest))
	}
	lines := strings.Split(strings.TrimSpace(rest[:end]), "\n")
	if !found || len(lines) < 2 {
		return "", fmt.Errorf("the document has no table behind %q", mark)
	}
	t := table{head: cells(lines[0])}
	for _, line := range lines[2:] { // the second line says that the first is the head
		t.rows = append(t.rows, cells(line))
	}
	change(&t)
	return before + mark + "\n" + t.String() + rest[end:], nil
}

func cells(line string) (out []string) {
	for _, cell := range strings.Split(strings.Trim(line, "|"), "|") {
		out = append(out, strings.TrimSpace(cell))
	}
	return out
}

// set sets a cell. A row or a column that is not there is added at the end.
func (t *table) set(row, column, cell string) {
	c := slices.Index(t.head, column)
	if c < 0 {
		c, t.head = len(t.head), append(t.head, column)
	}
	r := slices.IndexFunc(t.rows, func(cells []string) bool { return cells[0] == row })
	if r < 0 {
		r, t.rows = len(t.rows), append(t.rows, []string{row})
	}
	for len(t.rows[r]) <= c {
		t.rows[r] = append(t.rows[r], "")
	}
	t.rows[r][c] = cell
}

func (t *table) String() string {
	var b strings.Builder
	line := func(cells []string) {
		for len(cells) < len(t.head) {
			cells = append(cells, "")
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	line(t.head)
	b.WriteString(strings.Repeat("|---", len(t.head)) + "|\n")
	for _, row := range t.rows {
		line(row)
	}
	return b.String()
}
