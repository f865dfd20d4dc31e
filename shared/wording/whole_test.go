package wording

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestLanguagesAreWhole holds every language to the English one: the same files; in each the
// same keys, in the same order, each once; and in each text the same {names}, or in a template
// the same {{actions}}.
func TestLanguagesAreWhole(t *testing.T) {
	folders, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if !folder.IsDir() {
			continue
		}
		language := folder.Name()
		if !slices.Contains(Languages(), language) {
			t.Errorf("%s is no language: it has no vocabulary.json", language)
		}
		if got, want := filesOf(t, language), filesOf(t, Fallback); !slices.Equal(got, want) {
			t.Errorf("%s has the files %v, and %s has %v", language, got, Fallback, want)
			continue
		}
		for _, name := range filesOf(t, language) {
			for _, fault := range faults(t, read(t, language, name), read(t, Fallback, name)) {
				t.Errorf("%s/%s: %s", language, name, fault)
			}
		}
	}
}

var (
	keyed  = regexp.MustCompile(`(?m)^  "([^"]+)": "`)
	named  = regexp.MustCompile(`\{\w+\}|\|`) // a bar stands between the words of a list
	action = regexp.MustCompile(`\{\{.*?\}\}`)
)

// faults are the differences from the English file that are not words.
func faults(t *testing.T, file, english string) (faults []string) {
	t.Helper()
	if keys := keyed.FindAllString(english, -1); len(keys) > 0 {
		if !slices.Equal(keyed.FindAllString(file, -1), keys) {
			return []string{"other keys than the English file, or in another order"}
		}
	} else if !slices.Equal(all(action, file), all(action, english)) {
		return []string{"other {{actions}} than the English file"}
	} else {
		return nil
	}
	var texts, originals map[string]string
	parse(t, file, &texts)
	parse(t, english, &originals)
	for key, text := range texts {
		if strings.TrimSpace(text) == "" || !slices.Equal(all(named, text), all(named, originals[key])) {
			faults = append(faults, key+": other {names} than the English text, or no words")
		}
	}
	return faults
}

// all are the matches, sorted, as many times as they are there.
func all(pattern *regexp.Regexp, text string) []string {
	return slices.Sorted(slices.Values(pattern.FindAllString(text, -1)))
}

func filesOf(t *testing.T, language string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(language)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		names = append(names, f.Name())
	}
	return names
}

func read(t *testing.T, language, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(language, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parse(t *testing.T, file string, into *map[string]string) {
	t.Helper()
	if err := json.Unmarshal([]byte(file), into); err != nil {
		t.Fatal(err)
	}
}

// TestFaults: what the test above would find.
func TestFaults(t *testing.T) {
	english := "{\n  \"a\": \"{n} of {of}\",\n  \"b\": \"x|y\"\n}\n"
	for _, c := range []struct{ file, want string }{
		{english, ""},
		{"{\n  \"a\": \"{of}: {n}\",\n  \"b\": \"1|2\"\n}\n", ""},
		{"{\n  \"b\": \"x|y\",\n  \"a\": \"{n} of {of}\"\n}\n", "order"},
		{"{\n  \"a\": \"{n} of {of}\"\n}\n", "keys"},
		{"{\n  \"a\": \"{n} of {of}\",\n  \"b\": \"x|y\",\n  \"b\": \"x|y\"\n}\n", "keys"},
		{"{\n  \"a\": \"{n} de {off}\",\n  \"b\": \"x|y\"\n}\n", "a: other {names}"},
		{"{\n  \"a\": \"{n} of {of}\",\n  \"b\": \"x\"\n}\n", "b: other {names}"},
		{"{\n  \"a\": \"{n} of {of}\",\n  \"b\": \" \"\n}\n", "b: other {names}"},
	} {
		got := strings.Join(faults(t, c.file, english), "; ")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", c.file, got, c.want)
		}
	}
	if got := faults(t, "{{.A}} b", "a {{.B}}"); len(got) != 1 {
		t.Errorf("another action: %v", got)
	}
}
