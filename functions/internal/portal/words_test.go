package portal

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/receipt/page/wording"
	"consent-receipts/shared/statement"
)

func TestWordsAreWhole(t *testing.T) {
	for name, set := range map[string]wording.Set{"words": texts, "desk/words": deskTexts} {
		for _, l := range set.Languages() {
			if !slices.Equal(set[l].Keys(), set.In("en").Keys()) {
				t.Errorf("%s.%s.json has other keys than %s.en.json", name, l, name)
			}
			b, err := os.ReadFile(name + "." + l + ".json")
			if err != nil {
				t.Fatal(err)
			}
			once := map[string]string{}
			if err := json.Unmarshal(b, &once); err != nil {
				t.Fatal(err)
			}
			if said := regexp.MustCompile(`(?m)^ +"`).FindAll(b, -1); len(said) != len(once) {
				t.Errorf("%s.%s.json has a key twice", name, l)
			}
		}
	}
	for pattern, words := range map[string]*wording.Words{
		"templates/*.html": texts.In("en"), "templates/desk/*.html": deskTexts.In("en"), "*.go": texts.In("en"), "desk*.go": deskTexts.In("en"),
	} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if pattern == "*.go" && strings.HasPrefix(name, "desk") {
				continue
			}
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`(?:W\.Say |words\.Say\()"([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
				if !strings.HasSuffix(m[1], ".") && !words.Has(m[1]) {
					t.Errorf("%s: no words for %q", name, m[1])
				}
			}
			for _, m := range regexp.MustCompile(`Slug: +"([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
				if !words.Has("problem." + m[1] + ".title") {
					t.Errorf("%s: no words for the problem %q", name, m[1])
				}
			}
		}
	}
}

// TestDeskWords: what the staff can do, and for which reasons, has words.
func TestDeskWords(t *testing.T) {
	routes, err := os.ReadFile(filepath.Join("..", "handler", "routes.go"))
	if err != nil {
		t.Fatal(err)
	}
	did := regexp.MustCompile(`(?:reads|acts)\("([^"]+)", in`).FindAllStringSubmatch(string(routes), -1)
	if len(did) < 10 {
		t.Errorf("only %d things that the staff does to people", len(did))
	}
	for _, m := range did {
		if !texts.In("en").Has("did." + m[1]) {
			t.Errorf("no words for %s", m[1])
		}
	}
	for _, row := range datarequest.Transitions {
		if slices.Contains(row.By, datarequest.Staff) && !deskTexts.In("en").Has("act."+string(row.Act)) {
			t.Errorf("no words for the act %s", row.Act)
		}
	}
	for _, kind := range statement.RequestTypes() {
		if !texts.In("en").Has("explained." + string(kind)) {
			t.Errorf("no words that explain %s", kind)
		}
	}
	for _, column := range columns {
		if w := deskTexts.In("en"); !w.Has("desk.report."+column) || !w.Has("desk.report.short."+column) {
			t.Errorf("no words for the column %s", column)
		}
	}
	for _, state := range statement.RequestStates() {
		if !deskTexts.In("en").Has("request-state." + string(state)) {
			t.Errorf("no words for the state %s", state)
		}
	}
	for _, rule := range datarequest.Builtin() {
		pack, err := datarequest.Rules(nil).Pack(rule)
		if err != nil {
			t.Fatal(err)
		}
		for _, clause := range pack.Clauses {
			reasons := slices.Clone(clause.Deny)
			for _, e := range clause.Extensions {
				reasons = append(reasons, e.Reasons...)
			}
			for _, reason := range reasons {
				if !deskTexts.In("en").Has("request-reason." + reason) {
					t.Errorf("%s: no words for the reason %s", rule, reason)
				}
			}
		}
	}
}

// TestProblemsHaveWords: whatever the API may say is said in the person's language.
func TestProblemsHaveWords(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "gateway", "problem", "problem.go"))
	if err != nil {
		t.Fatal(err)
	}
	slugs := regexp.MustCompile(`"([a-z-]+)", http\.Status`).FindAllStringSubmatch(string(source), -1)
	if len(slugs) < 20 {
		t.Errorf("only %d problems", len(slugs))
	}
	for _, m := range append(slugs, []string{"", "internal"}) {
		for _, part := range []string{".title", ".detail", ".next"} {
			if !texts.In("en").Has("problem." + m[1] + part) {
				t.Errorf("no words for problem.%s%s", m[1], part)
			}
		}
	}
}
