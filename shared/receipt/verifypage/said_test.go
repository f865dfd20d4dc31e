package verifypage_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/page"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

var update = flag.Bool("update", false, "write the golden file of TestSaid anew")

// saying is a case: files, and when they are looked at.
type saying struct {
	Name    string       `json:"-"`
	Briefly bool         `json:"-"` // the golden file has the first sentence of its first receipt alone
	Now     time.Time    `json:"now"`
	Trusted bool         `json:"trusted"`
	Files   []sayingFile `json:"files"`
}

type sayingFile struct {
	Name    string `json:"name"`
	Content []byte `json:"content"`
}

// answer is the result for a case.
type answer struct {
	Verdict  receipt.Verdict `json:"verdict"`
	Withheld []uint64        `json:"withheld"`
	Receipts []answered      `json:"receipts"`
}

type answered struct {
	Seq  uint64             `json:"seq"`
	Said map[string]sayings `json:"said"` // by language
}

type sayings struct {
	Headline string   `json:"headline"`
	Lead     string   `json:"lead"`
	Became   []string `json:"became"`
}

// others are the words for somebody other than the person.
var others = wording.Load(wording.Page, wording.Verifypage)

var (
	soon      = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	muchLater = soon.AddDate(1, 1, 0) // than the end of every consent
)

// filed is a case of receipts, each in a file of its own.
func filed(name string, now time.Time, receipts ...string) saying {
	s := saying{Name: name, Now: now, Trusted: true}
	for i, raw := range receipts {
		s.Files = append(s.Files, sayingFile{fmt.Sprintf("%d.sd-jwt", i), []byte(raw)})
	}
	return s
}

// becoming are cases of a life: what of it is at hand, and what of that is shown.
func (o *office) becoming(name string, l *life) (all []saying) {
	add := func(what string, now time.Time, receipts ...string) {
		s := filed(name+": "+what, now, receipts...)
		s.Briefly = len(all) > 0
		all = append(all, s)
	}
	given, between, ended, last := l.receipts[0], l.receipts[1], l.receipts[2:len(l.receipts)-1], l.receipts[len(l.receipts)-1]
	of := func(show func(string, int) bool) (out []string) {
		out = []string{given, between}
		for _, raw := range ended {
			out = append(out, o.showing(raw, show))
		}
		return out
	}
	add("all at hand", soon, l.receipts...)
	add("a gap before it", soon, append([]string{given}, ended...)...)
	add("nothing of it shown", soon, of(without("changes records standing actor evidence request note"))...)
	add("its changes withheld", soon, of(without("changes"))...)
	add("its changes and the standing withheld", soon, of(without("changes standing"))...)
	add("one change of it shown", soon, of(only("changes", 0))...)
	add("it is missing, a later one at hand", soon, given, last)
	add("it is missing, a later one without its standing at hand", soon, given, o.showing(last, without("standing")))
	add("after its time", muchLater, l.receipts...)
	add("after its time, it is missing", muchLater, given, o.showing(last, without("standing")))
	return all
}

// sayings are all cases.
func (o *office) sayings() (all []saying) {
	first := o.told(func(l *life) { l.do(consent.OptOut{All: true}) })
	given, last := first.receipts[0], first.receipts[len(first.receipts)-1]
	add := func(s saying) { all = append(all, s) }
	add(filed("a yes alone", soon, given))
	add(filed("a yes alone, after its time", muchLater, given))
	add(filed("only earlier ones at hand", soon, first.receipts[:2]...))
	rec := o.verified(given)
	for i := range rec.Changes {
		add(filed(fmt.Sprintf("one change alone: %d", i), soon, o.showing(given, only("changes", i))))
	}
	add(filed("two changes", soon, o.showing(given, func(a string, i int) bool { return a == "changes" && i < 2 })))
	for i := range rec.Standing {
		add(filed(fmt.Sprintf("one line alone: %d", i), soon, o.showing(given, only("standing", i))))
	}
	for i := range rec.Records {
		add(filed(fmt.Sprintf("one record alone: %d", i), soon, o.showing(given, only("records", i))))
	}
	add(filed("everything but who acted", soon, o.showing(given, without("actor"))))
	add(filed("everything but records", soon, o.showing(given, without("records"))))
	add(filed("copies with other parts", soon, given, first.receipts[1], o.showing(first.receipts[2], only("changes", 1)), o.showing(first.receipts[2], only("changes", 0))))

	grade := func(name string, change func(s *saying)) {
		s := filed(name, soon, given, last)
		change(&s)
		add(s)
	}
	grade("nobody confirmed", func(s *saying) { s.Trusted = false })
	grade("forked", func(s *saying) {
		claims := o.verified(last).Claims
		issued, err := o.Issuer.Issue(o.t.Context(), &claims)
		must(o.t, err)
		s.Files = append(s.Files, sayingFile{"fork.sd-jwt", []byte(issued.Raw)})
	})
	for _, many := range []string{given, first.receipts[2]} {
		claims := o.verified(many).Claims
		claims.Changes = slices.Concat(claims.Changes, claims.Changes, claims.Changes, claims.Changes)
		issued, err := o.Issuer.Issue(o.t.Context(), &claims)
		must(o.t, err)
		add(filed("many changes", soon, issued.Raw))
	}
	grade("changed", func(s *saying) { s.Files[1].Content = []byte(later(last)) })
	grade("ambiguous", func(s *saying) { s.Files[1].Content = []byte("<html>" + given + " " + last) })
	grade("no receipt", func(s *saying) { s.Files = []sayingFile{{"picture.jpg", []byte("JFIF")}} })
	grade("with a picture", func(s *saying) { s.Files = append(s.Files, sayingFile{"picture.jpg", []byte("JFIF")}) })

	for _, told := range lives {
		all = append(all, o.becoming(told.name, o.told(told.tell))...)
	}
	kept := o.told(lives[len(lives)-1].tell).receipts
	add(filed("from a retention on", soon, kept[2:]...))
	erased := o.told(func(l *life) { l.as(statement.RoleSystem, consent.Erase{}) }).receipts
	add(filed("from an erasure on", soon, erased[2:]...))
	asked := o.requested()
	add(filed("a life of requests", soon, asked.receipts...))
	for i, raw := range asked.receipts {
		asked.receipts[i] = o.showing(raw, without("changes request actor"))
	}
	add(filed("a life of requests, without what and who", soon, asked.receipts...))
	return all
}

// byCommand is the result of the command.
func (s saying) byCommand(t *testing.T, roots receipt.Roots) (out answer) {
	t.Helper()
	folder := t.TempDir()
	var paths []string
	for _, f := range s.Files {
		paths = append(paths, filepath.Join(folder, f.Name))
		must(t, os.WriteFile(paths[len(paths)-1], f.Content, 0o600))
	}
	if !s.Trusted {
		roots = nil
	}
	var results []check.Result
	report, err := check.Run(t.Context(), paths, check.Options{Roots: roots, Each: func(r check.Result) { results = append(results, r) }})
	must(t, err)
	for _, r := range report.Contradicting {
		results[r.N] = r
	}
	var passed []*receipt.Receipt
	for _, r := range results {
		if r.Err == nil {
			passed = append(passed, r.Receipt)
		}
	}
	out.Verdict, out.Withheld = report.Verdict, report.Withheld
	for _, rec := range passed {
		one := answered{rec.Seq, map[string]sayings{}}
		for _, language := range wording.Languages() {
			names := page.NamesIn(rec, language)
			lead, err := page.NamesOf(rec, nil, others.In(language)).Lead(rec)
			must(t, err)
			said := sayings{Headline: names.HeadlineForOthers(rec), Lead: lead}
			for _, fate := range check.Became(rec, passed, s.Now) {
				about, sentence := names.Became(fate, len(s.Files))
				said.Became = append(said.Became, about+": "+sentence)
			}
			one.Said[language] = said
		}
		out.Receipts = append(out.Receipts, one)
	}
	return out
}

// TestSaid: for every state of a consent, with every later receipt given or missing, shown or
// withheld, and for every verdict, the command and the page's sources have the same words in
// every language, which are those of the golden file.
func TestSaid(t *testing.T) {
	engine(t, "esbuild")
	o := newOffice(t)
	cases := o.sayings()
	var theirs []answer
	must(t, json.Unmarshal(node(t, map[string]any{"roots": string(o.roots.PEM()), "cases": cases}, filepath.Join("testdata", "said.mjs")), &theirs))
	var golden bytes.Buffer
	translated := map[string]string{}
	for i, c := range cases {
		ours := c.byCommand(t, o.roots)
		if theirs, ours := fmt.Sprintf("%+v", theirs[i]), fmt.Sprintf("%+v", ours); theirs != ours {
			t.Errorf("%s: the page says\n%s\nthe command\n%s", c.Name, theirs, ours)
		}
		ours.write(&golden, c, translated)
	}
	fmt.Fprint(&golden, "\n# in Spanish\n")
	for _, en := range slices.Sorted(maps.Keys(translated)) {
		fmt.Fprintf(&golden, "%s\n    %s\n", en, translated[en])
	}
	path := filepath.Join("testdata", "said.golden")
	if *update {
		must(t, os.WriteFile(path, golden.Bytes(), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(golden.Bytes(), want) {
		t.Errorf("what is said differs from %s: go test ./shared/receipt/verifypage -run Said -update, and read the difference\n%s", path, firstDifference(golden.String(), string(want)))
	}
}

// write says it for people to read, in English, and keeps what it is in Spanish.
func (a answer) write(b *bytes.Buffer, c saying, translated map[string]string) {
	fmt.Fprintf(b, "\n# %s\n%s", c.Name, a.Verdict)
	if len(a.Withheld) > 0 {
		fmt.Fprintf(b, ", withheld in %v", a.Withheld)
	}
	fmt.Fprintln(b)
	for i, r := range a.Receipts {
		en, es := r.Said["en"], r.Said["es"]
		translated[en.Headline] = es.Headline
		if !c.Briefly {
			fmt.Fprintf(b, "%d %s\n", r.Seq, en.Headline)
			if en.Lead != "" {
				fmt.Fprintf(b, "    %s\n", en.Lead)
			}
		}
		for n, became := range en.Became {
			if !c.Briefly || i == 0 && n == 0 {
				fmt.Fprintf(b, "    %s\n", became)
			}
			_, sentence, _ := strings.Cut(became, ": ")
			_, translated[sentence], _ = strings.Cut(es.Became[n], ": ")
		}
	}
}

func firstDifference(got, want string) string {
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}

// TestNobodyIsTakenForThePerson: who reads a receipt with the page is told of the person, and
// never addressed as if they were that person.
func TestNobodyIsTakenForThePerson(t *testing.T) {
	told := []string{"event-other", "asked-other", "headline-neutral", "card", "record", "systems", "page", "short", "request-next", "request-state", "requests", "request-pause", "changes", "effect", "said", "state", "column", "field", "value", "standing", "fence", "became"}
	for language, you := range map[string]*regexp.Regexp{"en": regexp.MustCompile(`(?i)\byour?s?\b`), "es": regexp.MustCompile(`(?i)\busted\b`)} {
		words := wording.Load(wording.Page, wording.Verifypage)
		for _, key := range words.In(language).Keys() {
			kind, _, _ := strings.Cut(key, ".")
			if text := words.In(language).Say(key); slices.Contains(told, kind) && you.MatchString(text) {
				t.Errorf("%s in %s: %s", key, language, text)
			}
		}
	}
}
