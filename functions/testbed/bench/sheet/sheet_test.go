package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consent-receipts/shared/errtest"
	"consent-receipts/shared/measured"
)

var must = errtest.None

// TestDocument: a document gets its rows anew, and keeps what it says beside them.
func TestDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "performance.md")
	const document = "# Speed\n\n<!-- the rows -->\n| What | Measured | Against | Ratio | Target | By | Machine |\n|---|---|---|---|---|---|---|\n" +
		"| an opt-in | 9 ms | its parts: 1 ms | 9.00 | **missed**: at most 2 | `make bench` | a slow one |\n| kept | 1 |  |  |  |  |  |\n\nWords.\n\n" +
		"<!-- the history -->\n| What | then |\n|---|---|\n| an opt-in | 9.00 |\n"
	must(t, os.WriteFile(path, []byte(document), 0o600))
	rows := []measured.Row{
		measured.Row{What: "an opt-in", Figure: "3 ms", Floor: "its parts: 2 ms", Ratio: 1.5}.AtMost(2),
		measured.Row{What: "another", Figure: "4 KB"}.Want("under 1 KB", false),
	}
	for range 2 { // the second time changes nothing
		must(t, write(path, rows, "make bench", "now"))
	}
	b, err := os.ReadFile(path)
	must(t, err)
	on := machine()
	want := "# Speed\n\n<!-- the rows -->\n| What | Measured | Against | Ratio | Target | By | Machine |\n|---|---|---|---|---|---|---|\n" +
		"| an opt-in | 3 ms | its parts: 2 ms | 1.50 | at most 2 | `make bench` | " + on + " |\n| kept | 1 |  |  |  |  |  |\n" +
		"| another | 4 KB |  |  | **missed**: under 1 KB | `make bench` | " + on + " |\n\nWords.\n\n" +
		"<!-- the history -->\n| What | then | now |\n|---|---|---|\n| an opt-in | 9.00 | 1.50 |\n"
	if string(b) != want {
		t.Errorf("got\n%s\nwant\n%s", b, want)
	}
	if err := write(filepath.Join(t.TempDir(), "none.md"), rows, "make bench", "now"); err == nil {
		t.Error("a document that is not there was written")
	}
	for _, text := range []string{"", markRows + "\n", markRows + "\nno table\n"} {
		if _, err := update(text, markRows, func(*table) {}); err == nil {
			t.Errorf("%q has a table", text)
		}
	}
}

// TestLastLine: the last line says how many targets are missed.
func TestLastLine(t *testing.T) {
	var out strings.Builder
	must(t, show(&out, []measured.Row{{What: "a"}, measured.Row{What: "b", Ratio: 3}.AtMost(2), measured.Row{What: "c", Ratio: 1}.AtMost(2)}))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if got := lines[len(lines)-1]; got != "1 of 2 targets are missed" || strings.Count(out.String(), "MISSED") != 1 {
		t.Errorf("the table ends with %q:\n%s", got, &out)
	}
}
