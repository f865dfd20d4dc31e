package deploytest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// testProve has the command prove deploy what moto takes, try it, and tear it down, in an account of
// its own. What moto has no part of is not tried, and nothing passes that was not seen.
func (d *deployment) testProve(t *testing.T) {
	if report, said := d.prove(t, "no-app"); report != nil || !strings.Contains(said, "has the stack "+stackName+" already") {
		t.Fatalf("beside the stack that is deployed: %v %s", report, said)
	}
	other := &deployment{root: d.root, dist: d.dist}
	other.inAccount(t)
	app, args := other.prepare(t, "firstDeployment=true")

	// moto describes no stack of which it could not make all. So the command fails once it has made it.
	t.Run("cdk deploy fails", func(t *testing.T) {
		noFile := filepath.Join(app, "manifest.json", "outputs.json")
		report, said := other.prove(t, app, slices.Concat(args, []string{"--outputs-file", noFile})...)
		expect(t, report, said, map[string]string{
			"cdk deploy": "fail", "nothing stopped this on the way": "pass",
			"what there is to remove": "pass", "cdk destroy": "pass", "remove LedgerB7379752, which outlives the stack": "pass",
		})
	})
	t.Run("whole", func(t *testing.T) {
		report, said := other.prove(t, app, args...)
		expect(t, report, said, map[string]string{
			"cdk deploy": "pass", "what the stack consists of": "pass", "nothing stopped this on the way": "pass",
			"point-in-time recovery is on": "fail", // moto's CloudFormation does not turn it on
			"restore it":                   "pass", "remove the copy": "pass",
			"what there is to remove": "pass", "cdk destroy": "pass", "remove LedgerB7379752, which outlives the stack": "pass",
		})
	})
}

// prove runs the command, and returns what became of each line of its report, and what it said. The
// report is nil if it did nothing.
func (d *deployment) prove(t *testing.T, app string, args ...string) (report map[string]string, said string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "prove.md")
	out, failure, err := d.try(t, nil, "go", append([]string{"run", "./infra/prove", "-app", app, "-account", account, "-report", file, "--"}, args...)...)
	if err == nil {
		t.Errorf("prove does not say that something failed:\n%s", out)
	}
	written, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil, string(out) + string(failure)
	}
	must(t, err)
	report = map[string]string{}
	for _, row := range strings.Split(string(written), "\n")[4:] {
		if cells := strings.Split(row, " | "); len(cells) == 4 {
			report[cells[1]] = strings.TrimPrefix(cells[0], "| ")
		}
	}
	return report, string(out) + string(failure)
}

// expect checks a report. Lines that are not in want were not tried.
func expect(t *testing.T, report map[string]string, said string, want map[string]string) {
	t.Helper()
	for tried, status := range report {
		expected, ok := want[tried]
		if !ok {
			expected = "not tried"
		}
		if status != expected {
			t.Errorf("%s: %s, want %s", tried, status, expected)
		}
		delete(want, tried)
	}
	if len(want) > 0 || len(report) < 30 {
		t.Errorf("%d lines, without %v", len(report), want)
	}
	if t.Failed() {
		t.Log(said)
	}
}
