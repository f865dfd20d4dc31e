package deploytest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCommands: each command of the docs is there, with the flags and variables that it is given.
// Nothing is carried out: make says what it would do, the others print their help, and those of
// AWS are held against its own models.
func TestCommands(t *testing.T) {
	d := &deployment{env: os.Environ()}
	var err error
	d.root, err = filepath.Abs(filepath.Join("..", ".."))
	must(t, err)
	d.needs(t, "node_modules/.bin/cdk", ".venv/bin/python")
	bin := t.TempDir()
	d.run(t, nil, "go", "build", "-o", bin, "./shared/cmd/receipt", "./shared/cmd/desk")
	docs, err := filepath.Glob(filepath.Join(d.root, "docs", "*.md"))
	must(t, err)
	seen, aws := map[string]int{}, [][]string{}
	for _, doc := range append(docs, filepath.Join(d.root, "README.md")) {
		b, err := os.ReadFile(doc)
		must(t, err)
		for _, words := range commandsOf(string(b)) {
			var args []string
			var help *exec.Cmd
			switch name, rest := words[0], words[1:]; {
			case name == "make":
				help = exec.Command("make", append([]string{"-n"}, rest...)...)
			case name == "receipt" || name == "desk":
				verb, flags := split(rest)
				help, args = exec.Command(filepath.Join(bin, name), append([]string{"help"}, verb...)...), flags
			case name == "npx" && len(rest) > 1 && rest[0] == "cdk":
				help, args = exec.Command("node_modules/.bin/cdk", rest[1], "--help"), flagsOf(rest[2:])
			case name == "aws" && len(rest) > 1:
				aws = append(aws, append(rest[:2:2], flagsOf(rest[2:])...))
				seen[name]++
				continue
			default:
				continue
			}
			seen[words[0]]++
			help.Dir = d.root
			said, err := help.CombinedOutput()
			if err != nil {
				t.Errorf("%s: %q: %v: %s", filepath.Base(doc), words, err, said)
			}
			for _, flag := range args {
				if !regexp.MustCompile(`--` + flag + `\b`).Match(said) {
					t.Errorf("%s: %q: no flag --%s", filepath.Base(doc), words, flag)
				}
			}
		}
	}
	asked, err := json.Marshal(aws)
	must(t, err)
	if missing := d.run(t, asked, ".venv/bin/python", "infra/deploytest/aws.py"); len(missing) > 0 {
		t.Errorf("%s", missing)
	}
	t.Logf("commands: %v", seen)
	for _, name := range []string{"make", "receipt", "desk", "npx", "aws"} {
		if seen[name] == 0 {
			t.Errorf("the docs have no command %s", name)
		}
	}
}

// commandsOf are the commands in the code of a document, word by word.
func commandsOf(doc string) (commands [][]string) {
	fenced := false
	doc = strings.ReplaceAll(doc, "\\\n", " ")
	for _, line := range strings.Split(doc, "\n") {
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		code, indented := strings.CutPrefix(line, "    ")
		if !fenced && !indented {
			continue
		}
		code, _, _ = strings.Cut(code, " # ")
		code = strings.TrimPrefix(strings.TrimSpace(code), "$ ")
		code = regexp.MustCompile(`^[a-z]+ [A-Z_]+=\$\(|'[^']*'|"[^"]*"`).ReplaceAllString(code, "X ")
		for _, one := range regexp.MustCompile(`&&|\||;|\$\(`).Split(code, -1) {
			one = strings.ReplaceAll(one, "go run ./shared/cmd/", "")
			one = strings.ReplaceAll(one, "./build/", "")
			if words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(one), "X ")); len(words) > 0 {
				commands = append(commands, words)
			}
		}
	}
	return commands
}

// split parts the verb of a command, of one or two words, from its flags.
func split(words []string) (verb, flags []string) {
	for _, w := range words {
		if len(verb) == 2 || !regexp.MustCompile(`^[a-z-]+$`).MatchString(w) || strings.HasPrefix(w, "-") || len(verb) == 1 && verb[0] != "catalogue" && verb[0] != "manifest" {
			break
		}
		verb = append(verb, w)
	}
	return verb, flagsOf(words)
}

// flagsOf are the names of flags among words.
func flagsOf(words []string) (flags []string) {
	for _, w := range words {
		if name, ok := strings.CutPrefix(w, "--"); ok && name != "" {
			name, _, _ = strings.Cut(name, "=")
			flags = append(flags, name)
		}
	}
	return slices.Compact(flags)
}
