package verifypage_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/chained"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/looks"
	"consent-receipts/shared/statement"
)

// entry signs a look as the issuer's own key would, right or wrong, and displays it.
func (c *issued) entry(t *testing.T, seq uint64, prev *lookedAt, later time.Duration, did string) *lookedAt {
	t.Helper()
	at := c.receipts[0].Time().Add(later)
	r := looks.Record{
		Head: chained.Head{Issuer: c.receipts[0].Issuer, Subject: looks.Of(c.receipts[0].Subject), Seq: seq, IssuedAt: at.Unix()},
		Act:  looks.Act{Staff: "9q2-7wAAAAAA", Role: "operator", Did: did},
	}
	if prev != nil {
		r.Prev = statement.Digest([]byte(prev.Record[:strings.LastIndexByte(prev.Record, '.')]))
	}
	payload, err := json.Marshal(r)
	must(t, err)
	raw, err := c.signer.Sign(t.Context(), looks.Type, payload, at)
	must(t, err)
	return &lookedAt{Seq: seq, At: at, Staff: r.Staff, Role: r.Role, Did: did, Record: raw}
}

// TestLooksOverFiles: the page's sources and the command judge lists of who looked by one
// rule, in whatever files and order they are, and whatever the files are called.
func TestLooksOverFiles(t *testing.T) {
	engine(t, "esbuild")
	c := issue(t, 1)
	first := c.entry(t, 1, nil, 0, "person.find")
	second := c.entry(t, 2, first, time.Second, "opt-out")
	third := c.entry(t, 3, second, time.Minute, "audit.read")
	forked := c.entry(t, 3, second, time.Minute, "opt-out")
	earlier := c.entry(t, 3, second, 0, "audit.read")
	headless := c.entry(t, 2, nil, 0, "opt-out")
	list := func(entries ...*lookedAt) string {
		var all []lookedAt
		for _, e := range entries {
			all = append(all, *e)
		}
		return string(asList(t, all))
	}
	good := list(first)
	replaced := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%s is not in %s", old, good)
		}
		return strings.Replace(good, old, new, 1)
	}
	cases := []struct {
		name  string
		files []string
		want  []receipt.Verdict
	}{
		{"in a row", []string{list(first, second, third)}, []receipt.Verdict{receipt.Genuine}},
		{"overlapping", []string{list(first, second), list(second, third)}, []receipt.Verdict{receipt.Genuine, receipt.Genuine}},
		{"one after the other", []string{list(first), list(second, third)}, []receipt.Verdict{receipt.Genuine, receipt.Genuine}},
		{"one missing between", []string{list(first), list(third)}, []receipt.Verdict{receipt.Genuine, receipt.NotContiguous}},
		{"forked over two files", []string{list(first, second, third), list(second, forked)}, []receipt.Verdict{receipt.Refused, receipt.Refused}},
		{"another before", []string{list(first, second), list(c.entry(t, 3, first, time.Minute, "opt-out"))}, []receipt.Verdict{receipt.Genuine, receipt.Refused}},
		{"earlier than the one before", []string{list(first, second, earlier)}, []receipt.Verdict{receipt.Refused}},
		{"earlier, in another file", []string{list(first, second), list(earlier)}, []receipt.Verdict{receipt.Genuine, receipt.Refused}},
		{"a second that names none", []string{list(headless)}, []receipt.Verdict{receipt.Refused}},
		{"another capital in record", []string{replaced(`"record":`, `"Record":`)}, []receipt.Verdict{receipt.NoReceipt}},
		{"another capital in records", []string{replaced(`"records":`, `"Records":`)}, []receipt.Verdict{receipt.NoReceipt}},
		{"another capital beside", []string{replaced(`"did":`, `"Did":`)}, []receipt.Verdict{receipt.Refused}},
		{"an empty member beside", []string{replaced(`"did":`, `"case":"","did":`)}, []receipt.Verdict{receipt.Refused}},
		{"null beside", []string{replaced(`"did":`, `"case":null,"did":`)}, []receipt.Verdict{receipt.Refused}},
		{"another type beside", []string{replaced(`"seq": 1`, `"seq": "1"`)}, []receipt.Verdict{receipt.Refused}},
		{"more beside", []string{replaced(`"did":`, `"Case":"","did":`)}, []receipt.Verdict{receipt.Genuine}},
		{"a receipt", []string{c.receipts[0].Raw}, []receipt.Verdict{receipt.Genuine}},
	}
	type file struct {
		Name    string `json:"name"`
		Content []byte `json:"content"`
	}
	var asked [][]file
	var wants [][]receipt.Verdict
	folder := t.TempDir()
	for i, one := range cases {
		for order := range 2 {
			var files []file
			var paths []string
			for n, content := range one.files {
				name := filepath.Join(fmt.Sprint(i, order, n), "who-looked.json")
				must(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(name)), 0o700))
				path := filepath.Join(folder, name)
				must(t, os.WriteFile(path, []byte(content), 0o600))
				files, paths = append(files, file{name, []byte(content)}), append(paths, path)
			}
			want := slices.Clone(one.want)
			if order == 1 {
				slices.Reverse(files)
				slices.Reverse(paths)
				slices.Reverse(want)
			}
			report, err := check.Run(t.Context(), paths, check.Options{Roots: c.roots})
			must(t, err)
			var got []receipt.Verdict
			for _, f := range report.Files {
				got = append(got, f.Verdict)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: the command says %v, want %v: %v", one.name, got, want, report.Damaged)
			}
			asked, wants = append(asked, files), append(wants, want)
		}
	}
	var page []judgement
	must(t, json.Unmarshal(node(t, map[string]any{"roots": string(c.roots.PEM()), "cases": asked}, filepath.Join("testdata", "judge.mjs")), &page))
	for i, got := range page {
		if !slices.Equal(got.Files, wants[i]) {
			t.Errorf("%s: the page says %v, want %v", cases[i/2].name, got.Files, wants[i])
		}
	}
}
