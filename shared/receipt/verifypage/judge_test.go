package verifypage_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/statement"
)

// judgement is the result for files.
type judgement struct {
	Verdict  receipt.Verdict
	Checked  int // receipts and manifests
	Refused  int
	Files    []receipt.Verdict
	Withheld []uint64
	Gaps     int
	Refusals []string // name, verdict and code
	Newest   int64    // iat
	Answers  []given
}

// given is a file of an answer, and what was given of it.
type given struct {
	Name, Request, File string
	Receipt             uint64
	Changed             bool
}

// TestJudged: of receipts and manifests in any files and any order, the page's sources say
// what `receipt verify` says: of all together, of each file, and of each that does not pass.
func TestJudged(t *testing.T) {
	engine(t, "esbuild")
	const cases = 60
	mine, random := issue(t, 5), rand.New(rand.NewPCG(3, 4))
	mine.answer(t)
	var pool []string
	for _, r := range mine.receipts {
		part := strings.Split(r.Raw, "~")
		pool = append(pool, r.Raw, r.Raw, part[0]+"~"+part[2]+"~")
	}
	fork := mine.sign(t, mine.receipts[2].Claims).Raw
	other := mine.receipts[0].Claims
	other.Subject = strings.Repeat("x", 43)
	list, odd := signedAnswer(t, mine)
	foreign := issue(t, 1)
	theirs, _ := signedAnswer(t, foreign)
	pool = append(pool, fork, mine.sign(t, other).Raw, later(pool[0]), foreign.receipts[0].Raw, "JFIF", string(foreign.roots.PEM()))
	manifests := []string{list, list + "\n", `{"manifest":"` + list + `","parts":[]}`, resaid(t, list, "payments", "payment5"), odd, theirs, list + "~"}
	root := string(mine.roots.PEM())
	for _, roots := range []receipt.Roots{mine.roots, nil} {
		if roots == nil {
			root = ""
		}
		type file struct {
			Name    string `json:"name"`
			Content []byte `json:"content"`
		}
		var asked [][]file
		var wants []judgement
		for i := range cases {
			folder := filepath.Join(t.TempDir(), fmt.Sprint(i))
			must(t, os.MkdirAll(folder, 0o700))
			var files []file
			var paths []string
			for n := range 1 + random.IntN(3) {
				f := file{Name: fmt.Sprintf("%d.sd-jwt", n), Content: []byte(pool[random.IntN(len(pool))])}
				switch random.IntN(6) {
				case 3:
					f.Name, f.Content = []string{"payments.csv", "wrong.csv"}[random.IntN(2)], []byte(payments[:random.IntN(2)+len(payments)-1])
				case 0:
					f.Content = []byte(manifests[random.IntN(len(manifests))])
				case 1, 2:
					f.Name += "s"
					for range random.IntN(3) {
						f.Content = fmt.Appendf(f.Content, "\n%s", pool[random.IntN(len(pool))])
					}
				}
				path := filepath.Join(folder, f.Name)
				must(t, os.WriteFile(path, f.Content, 0o600))
				files, paths = append(files, f), append(paths, path)
			}
			asked, wants = append(asked, files), append(wants, byCheck(t, paths, roots))
		}
		var got []judgement
		must(t, json.Unmarshal(node(t, map[string]any{"roots": root, "cases": asked}, filepath.Join("testdata", "judge.mjs")), &got))
		seen := map[receipt.Verdict]int{}
		for i, want := range wants {
			seen[want.Verdict]++
			if !reflect.DeepEqual(normalised(got[i]), normalised(want)) {
				t.Errorf("the page says %+v\nthe command %+v", got[i], want)
			}
		}
		t.Log(seen)
	}
}

// answer adds receipts of an answer to the chain: a file is added, one more, and the first is taken
// out again.
func (c *issued) answer(t *testing.T) {
	t.Helper()
	file := func(name string) *statement.Part {
		return &statement.Part{Name: name, MediaType: "text/csv", Digest: statement.Digest([]byte(payments)), Size: int64(len(payments)), Attached: true, Where: "here"}
	}
	for _, s := range []statement.RequestStatement{{Part: file("wrong.csv")}, {Part: file("payments.csv")}, {Out: file("wrong.csv")}} {
		newest := c.receipts[len(c.receipts)-1]
		claims := newest.Claims
		claims.Seq, claims.Prev = newest.Seq+1, newest.Digest
		s.Request = statement.Request{
			Kind: statement.KindRequest, ID: "5f3b2c0e-1d7a-4b8e-9c55-2f6d3a1b9e01", Type: statement.Access, State: statement.Received, Received: newest.Time(), Rule: "gdpr",
		}
		var err error
		claims.Request, err = receipt.Disclosed(s)
		must(t, err)
		c.receipts = append(c.receipts, c.sign(t, claims))
	}
}

// byCheck is the result of the command.
func byCheck(t *testing.T, paths []string, roots receipt.Roots) (out judgement) {
	t.Helper()
	var results []check.Result
	report, err := check.Run(t.Context(), paths, check.Options{Roots: roots, Each: func(r check.Result) { results = append(results, r) }})
	must(t, err)
	for _, r := range report.Contradicting {
		results[r.N] = r
	}
	for _, r := range results {
		if r.Manifest != nil && len(report.Signers) == 0 {
			out.Newest = max(out.Newest, r.Manifest.IssuedAt)
		}
		if refusal, ok := receipt.AsRefusal(r.Err); ok {
			out.Refusals = append(out.Refusals, fmt.Sprintf("%s: %s: %s", filepath.Base(r.Name), r.Verdict, refusal.Code))
		}
	}
	out.Verdict, out.Checked, out.Refused, out.Withheld, out.Gaps = report.Verdict, report.Checked, report.Refused, report.Withheld, len(report.Gaps)
	for _, f := range report.Files {
		out.Files = append(out.Files, f.Verdict)
	}
	for _, a := range report.Answers {
		file := ""
		if a.File != "" {
			file = filepath.Base(a.File)
		}
		out.Answers = append(out.Answers, given{a.Name, a.Request, file, a.Receipt, a.Changed})
	}
	for _, s := range report.Signers {
		out.Newest = max(out.Newest, s.At.Unix())
	}
	return out
}

// normalised has nil for a list of none, and refusals in the order of their names.
func normalised(j judgement) judgement {
	slices.Sort(j.Refusals)
	if len(j.Withheld) == 0 {
		j.Withheld = nil
	}
	if len(j.Answers) == 0 {
		j.Answers = nil
	}
	if len(j.Refusals) == 0 {
		j.Refusals = nil
	}
	return j
}

// TestBecame: the page and the command report the same later changes of a consent, by one
// table of cases, and in Spanish too.
func TestBecame(t *testing.T) {
	engine(t, "esbuild")
	b, err := os.ReadFile(filepath.Join("..", "check", "testdata", "became.json"))
	must(t, err)
	type receiptOf struct {
		Claims   map[string]any   `json:"claims"`
		Tree     map[string][]any `json:"tree"`
		Withheld map[string]int   `json:"withheld"`
		Digest   string           `json:"digest"`
	}
	var cases []struct {
		Name, Now    string
		Files, Shown int
		Receipts     []struct {
			Seq                        uint64
			At                         string
			Sub                        string
			Changes, Standing, Records []any
			Withheld                   int
		}
		Want []map[string]string
	}
	must(t, json.Unmarshal(b, &cases))
	var asked []map[string]any
	for _, c := range cases {
		var all []receiptOf
		for _, r := range c.Receipts {
			one := receiptOf{map[string]any{"sub": r.Sub, "seq": r.Seq, "iat": moment(t, r.At)}, map[string][]any{"changes": r.Changes, "standing": r.Standing, "records": r.Records}, map[string]int{}, fmt.Sprint(r.Seq)}
			if r.Withheld > 0 {
				one.Withheld["changes"] = r.Withheld
				one.Tree["changes"] = append(one.Tree["changes"], map[string]string{"...": "x"})
			}
			all = append(all, one)
		}
		asked = append(asked, map[string]any{"now": c.Now, "files": c.Files, "shown": c.Shown, "receipts": all})
	}
	var got [][]map[string]string
	must(t, json.Unmarshal(node(t, asked, filepath.Join("testdata", "became.mjs")), &got))
	for i, c := range cases {
		for _, said := range got[i] {
			maps.DeleteFunc(said, func(what, _ string) bool { return what != "consent" && what != "en" && what != "es" }) // what the table has
		}
		if len(got[i])+len(c.Want) > 0 && !reflect.DeepEqual(got[i], c.Want) {
			t.Errorf("%s:\n got %v\nwant %v", c.Name, got[i], c.Want)
		}
	}
}

func moment(t *testing.T, text string) int64 {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	must(t, err)
	return at.Unix()
}
