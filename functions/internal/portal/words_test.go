package portal

import (
	"embed"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"consent-receipts/functions/internal/handler"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// words are those of a realm: the shell's, the cards', those of an offer, and the realm's own.
func words(realm string) wording.Set {
	return wording.Load(wording.Shell, wording.Cards, wording.Consentoffer, map[string]embed.FS{"person": wording.Person, "desk": wording.Desk}[realm])
}

// TestPagesHaveWords: every key that a page or its code names has words in its realm, and
// every problem that its code names.
func TestPagesHaveWords(t *testing.T) {
	for _, realm := range []string{"person", "desk"} {
		w := words(realm).In("en")
		for _, folder := range []string{"shell", "cards", realm} {
			for _, pattern := range []string{"*.go", "templates/*.html", "templates/shared/*.html"} {
				names, err := filepath.Glob(filepath.Join(folder, pattern))
				if err != nil || len(names) == 0 {
					t.Fatal(folder, pattern, err)
				}
				for _, name := range names {
					b, err := os.ReadFile(name)
					if err != nil {
						t.Fatal(err)
					}
					for _, m := range regexp.MustCompile(`(?:W\.Say |Words\.Say\()"([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
						if !strings.HasSuffix(m[1], ".") && !w.Has(m[1]) {
							t.Errorf("%s: no words for %q in %s", name, m[1], realm)
						}
					}
					for _, m := range regexp.MustCompile(`Refus(?:al|e)\(http\.\w+, "([^"]+)"`).FindAllStringSubmatch(string(b), -1) {
						if !w.Has("problem." + m[1] + ".title") {
							t.Errorf("%s: no words for the problem %q", name, m[1])
						}
					}
				}
			}
		}
	}
}

// TestDeskWords: what the staff can do, and for which reasons, has words.
func TestDeskWords(t *testing.T) {
	texts, deskTexts := words("person"), words("desk")
	did := 0
	for _, r := range handler.Routes() {
		if r.Recorded == "" || !strings.Contains(r.Pattern, "/people") {
			continue
		}
		if did++; !texts.In("en").Has("did." + r.Recorded) {
			t.Errorf("no words for %s", r.Recorded)
		}
	}
	if did < 10 {
		t.Errorf("only %d things that the staff does to people", did)
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
	texts := words("person")
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
