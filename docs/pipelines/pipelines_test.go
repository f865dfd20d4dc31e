// Package pipelines holds the test of the sample pipelines beside it.
package pipelines

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"consent-receipts/shared/errtest"
	"consent-receipts/shared/repository"
)

var must = errtest.None

// order is what each pipeline does, one after the other.
var order = []string{"test", "synth", "diff", "deploy", "prove"}

// does is the command of each step, of which there is exactly one in all jobs.
var does = map[string]string{
	"test": "make test", "synth": "make synth ", "diff": "npx cdk diff ", "deploy": "npx cdk deploy ", "prove": "make prove-aws ",
}

// TestGitHub: jobs come one after the other, each action is pinned by a commit, and only a job that
// assumes a role can have a token for it. make lint has actionlint look at the rest.
func TestGitHub(t *testing.T) {
	var workflow struct {
		Jobs yaml.MapSlice
	}
	source, err := os.ReadFile("github-actions.yml")
	must(t, err)
	must(t, yaml.Unmarshal(source, &workflow))
	commands, jobs, before := map[string][]string{}, []string{}, any(nil)
	for _, j := range workflow.Jobs {
		var job struct {
			Needs       any
			Environment string
			Permissions map[string]string
			Steps       []struct{ Uses, Run string }
		}
		name := j.Key.(string)
		b, err := yaml.Marshal(j.Value)
		must(t, err)
		must(t, yaml.Unmarshal(b, &job))
		if job.Needs != before {
			t.Errorf("%s needs %v, want %v", name, job.Needs, before)
		}
		assumes := false
		for _, s := range job.Steps {
			assumes = assumes || strings.HasPrefix(s.Uses, "aws-actions/configure-aws-credentials@")
			if s.Run != "" {
				commands[name] = append(commands[name], s.Run)
			}
		}
		if (job.Permissions["id-token"] == "write") != assumes {
			t.Errorf("%s has the permissions %v, and assumes a role: %v", name, job.Permissions, assumes)
		}
		if want := map[string]string{"deploy": "production", "prove": "throwaway"}[name]; job.Environment != want {
			t.Errorf("%s is in the environment %q, want %q", name, job.Environment, want)
		}
		before, jobs = name, append(jobs, name)
	}
	if !slices.Equal(jobs, order) {
		t.Errorf("jobs %v", jobs)
	}
	pinned := regexp.MustCompile(`^uses: [a-z-]+/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	commits := map[string]string{} // by action: one, everywhere
	for _, line := range strings.Split(string(source), "\n") {
		uses := strings.TrimLeft(line, " -")
		if !strings.HasPrefix(uses, "uses: ") {
			continue
		}
		action, commit, _ := strings.Cut(uses, "@")
		if !pinned.MatchString(uses) || commits[action] != "" && commits[action] != commit {
			t.Errorf("not pinned by one commit, with its release: %s", line)
		}
		commits[action] = commit
	}
	check(t, commands)
}

// TestCodePipeline: stages come one after the other, somebody approves before what is deployed, and
// only the projects that need AWS may do anything there.
func TestCodePipeline(t *testing.T) {
	type action struct {
		Name          string
		RunOrder      int
		ActionTypeID  struct{ Category string }
		Configuration struct{ ProjectName string }
	}
	var template struct {
		Resources map[string]struct {
			Type       string
			Properties struct {
				ServiceRole string
				Source      struct{ BuildSpec string }
				Stages      []struct {
					Name    string
					Actions []action
				}
			}
		}
	}
	source, err := os.ReadFile("codepipeline.yml")
	must(t, err)
	source, err = yaml.YAMLToJSON(source) // whose names have any case
	must(t, err)
	must(t, json.Unmarshal(source, &template))
	commands, stages := map[string][]string{}, []string{}
	for _, s := range template.Resources["Pipeline"].Properties.Stages[1:] { // after the source
		name := strings.ToLower(s.Name)
		stages = append(stages, name)
		built := s.Actions[len(s.Actions)-1]
		if approved := s.Actions[0].ActionTypeID.Category == "Approval" && s.Actions[0].RunOrder < built.RunOrder; approved != (name == "deploy") {
			t.Errorf("%s is approved: %v", name, approved)
		}
		project := template.Resources[built.Configuration.ProjectName]
		var spec struct {
			Version string
			Phases  map[string]struct{ Commands, Finally []string }
		}
		must(t, yaml.Unmarshal([]byte(project.Properties.Source.BuildSpec), &spec))
		if project.Type != "AWS::CodeBuild::Project" || spec.Version != "0.2" {
			t.Errorf("%s: %s of version %s", name, project.Type, spec.Version)
		}
		for _, phase := range []string{"install", "build"} {
			commands[name] = slices.Concat(commands[name], spec.Phases[phase].Commands, spec.Phases[phase].Finally)
		}
		role := map[string]string{"test": "BuildRole", "synth": "BuildRole", "diff": "DiffRole", "deploy": "DeployRole", "prove": "ProveRole"}[name]
		if got := project.Properties.ServiceRole; got != role+".Arn" {
			t.Errorf("%s has the role %v, want %s", name, got, role)
		}
	}
	if !slices.Equal(stages, order) {
		t.Errorf("stages %v", stages)
	}
	check(t, commands)
}

// check checks the commands of each job: that it does what it is called, and that there is what
// they name: targets of make with their variables, and scripts.
func check(t *testing.T, commands map[string][]string) {
	t.Helper()
	for _, name := range order {
		for other, all := range commands {
			if found := slices.ContainsFunc(all, func(c string) bool { return strings.Contains(c+" ", does[name]) }); found != (other == name) {
				t.Errorf("%s does %q: %v", other, does[name], found)
			}
		}
	}
	if len(commands) != len(order) {
		t.Errorf("jobs %v", commands)
	}
	for _, c := range slices.Concat(commands["test"], commands["synth"], commands["diff"], commands["deploy"], commands["prove"]) {
		if _, args, ok := strings.Cut(c, "make "); ok {
			dry := exec.CommandContext(t.Context(), "sh", "-c", "make --dry-run "+args)
			dry.Dir = repository.File(t)
			if out, err := dry.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", c, err, out)
			}
		}
		for _, script := range regexp.MustCompile(`sh (\S+\.sh)`).FindAllStringSubmatch(c, -1) {
			if _, err := os.Stat(repository.File(t, filepath.FromSlash(script[1]))); err != nil {
				t.Errorf("%s: %v", c, err)
			}
		}
	}
}

// TestTemplates: cfn-lint finds nothing in the templates, and the roles of GitHub can be assumed
// from exactly one place each, and do nothing but take the roles of cdk bootstrap.
func TestTemplates(t *testing.T) {
	source, err := os.ReadFile("github-roles.yml")
	must(t, err)
	if strings.Contains(string(source), "*") || strings.Contains(string(source), "StringLike") {
		t.Error("a role can be assumed from many places, or do many things")
	}
	subjects := regexp.MustCompile(`:sub: !Sub "repo:\$\{Repository\}:([a-z/]+:[a-z/]+)"`).FindAllStringSubmatch(string(source), -1)
	var got []string
	for _, s := range subjects {
		got = append(got, s[1])
	}
	if want := []string{"ref:refs/heads/main", "environment:production", "environment:throwaway"}; !slices.Equal(got, want) {
		t.Errorf("roles are assumed from %v, want %v", got, want)
	}
	if n := strings.Count(string(source), "sts:AssumeRoleWithWebIdentity"); n != len(got) {
		t.Errorf("%d roles trust GitHub, and %d name a place", n, len(got))
	}
	lint := repository.File(t, ".venv", "bin", "cfn-lint")
	if _, err := os.Stat(lint); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("cfn-lint is missing, and CI=true allows no skip")
		}
		t.Skip("skipped: cfn-lint is missing; make test installs it")
	}
	if out, err := exec.CommandContext(t.Context(), lint, "github-roles.yml", "codepipeline.yml").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
