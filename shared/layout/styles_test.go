package layout

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	declaration = regexp.MustCompile(`([a-z-]+)\s*:\s*([^;{}]+)`)
	side        = regexp.MustCompile(`(^|[-\s,(])(left|right)($|[-\s,)])`)
	function    = regexp.MustCompile(`\([^()]*\)`)
)

// sided returns the declarations of a style sheet that name the left or the right, or that
// differ between them. A rule that is turned draws a mark, which is the same from both sides.
func sided(style string) (found []string) {
	for rule := range strings.SplitSeq(style, "}") {
		drawn := strings.Contains(rule, "rotate(")
		for _, d := range declaration.FindAllStringSubmatch(rule, -1) {
			values := strings.Fields(function.ReplaceAllString(function.ReplaceAllString(d[2], ""), ""))
			uneven := len(values) == 4 && values[1] != values[3] && strings.Contains(" margin padding inset border-width border-style border-color ", " "+d[1]+" ")
			if side.MatchString(d[1]) || side.MatchString(d[2]) || uneven && !drawn {
				found = append(found, d[0])
			}
		}
	}
	return found
}

// TestStylesAreLogical: no style sheet names the left or the right, so that every page fits a
// language that is written from the right.
func TestStylesAreLogical(t *testing.T) {
	tree, sheets := os.DirFS("../.."), 0
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || len(name) > 1 && d.Name()[0] == '.'):
			return fs.SkipDir
		case path.Ext(name) != ".css":
			return nil
		}
		sheets++
		b, err := fs.ReadFile(tree, name)
		for _, found := range sided(string(b)) {
			t.Errorf("%s: %s: say start and end", name, found)
		}
		return err
	})
	if err != nil || sheets < 8 {
		t.Errorf("%d style sheets, %v", sheets, err)
	}
	if got := sided(`a{margin-left:1px} b{float: right} c{padding:1px 2px 3px 4px} d{border-width:0 2px 2px 0;transform:rotate(45deg)} e{inset:0 auto auto 0}`); len(got) != 4 {
		t.Errorf("found %q", got)
	}
}
