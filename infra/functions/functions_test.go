package functions

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/api"
)

// TestFolders: each function has a folder with its main, and each folder of functions but
// those that are never deployed has a record.
func TestFolders(t *testing.T) {
	mains, err := filepath.Glob(filepath.Join("..", "..", "functions", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		t.Fatal(mains, err)
	}
	var want []string
	for _, file := range mains {
		if name := filepath.Base(filepath.Dir(file)); name != "local" && name != "testbed" {
			want = append(want, name)
		}
	}
	if got := slices.Sorted(slices.Values(Names())); !slices.Equal(got, want) {
		t.Errorf("records of %v, folders of %v", got, want)
	}
}

// TestRecords: a function inserts only the items that its record names, and exactly one
// function gets the requests that match no route.
func TestRecords(t *testing.T) {
	rest := 0
	for _, f := range All() {
		if inserts := slices.Contains(f.Needs, Insert); inserts != (len(f.Inserts) > 0) || inserts && slices.Contains(f.Needs, Decrypt) {
			t.Errorf("%s needs %v and inserts %v", f.Name, f.Needs, f.Inserts)
		}
		if f.What == "" || f.Memory < 128 || f.Limit <= 0 {
			t.Errorf("%s does not say how it runs", f.Name)
		}
		if f.Rest {
			rest++
		}
	}
	if rest != 1 {
		t.Errorf("%d functions get what is no route, want one", rest)
	}
}

// TestSlashes: every path of the protocols of others may end with a slash, and no path of ours.
func TestSlashes(t *testing.T) {
	routes, err := Routes()
	if err != nil {
		t.Fatal(err)
	}
	slashed := 0
	for _, r := range routes {
		if strings.HasSuffix(r.Key, api.TrailingSlash) {
			slashed++
			continue
		}
		with := r
		with.Key += api.TrailingSlash
		found := slices.ContainsFunc(routes, func(other Route) bool { return reflect.DeepEqual(other, with) })
		if found != (r.Function == "protocols") {
			t.Errorf("%s with a slash at the end: %t", r.Key, found)
		}
	}
	if slashed == 0 || 2*slashed > len(routes) {
		t.Errorf("%d of %d routes take a slash", slashed, len(routes))
	}
}
