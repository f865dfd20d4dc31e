package system_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"consent-receipts/functions/local/system"
)

// TestDeskCommand runs testdata/desk: the real commands against the real system.
func TestDeskCommand(t *testing.T) {
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin, "consent-receipts/shared/cmd/desk", "consent-receipts/shared/cmd/receipt").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	command := func(name string) func(*testscript.TestScript, bool, []string) {
		return func(ts *testscript.TestScript, neg bool, args []string) {
			if err := ts.Exec(filepath.Join(bin, name), args...); (err == nil) == neg {
				ts.Fatalf("%v: %v", args, err)
			}
		}
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "desk"),
		Setup: func(env *testscript.Env) error {
			if filepath.Base(env.WorkDir) == "script-approve" {
				return approving(t, env)
			}
			h := serve(t)
			person := h.token(t, alex)
			yes := h.optIn(t, person)
			var asked struct{ Request struct{ ID string } }
			h.ask(t, person, "POST", "/v1/data-requests", `{"type":"erasure","scope":{"data":["balances"]},"details":"Please erase it."}`).into(t, &asked)
			subject, err := h.sys.API.Pseudonyms.Of(alex)
			must(t, err)
			for file, who := range map[string]string{"operator": system.SampleOperator, "auditor": system.SampleAuditor} {
				must(t, os.WriteFile(filepath.Join(env.WorkDir, file), []byte(h.token(t, who)+"\n"), 0o600))
			}
			for name, value := range map[string]string{
				"API": h.Base, "PERSON": subject, "REQUEST": asked.Request.ID, "CUSTOMER": person, "DIGEST": yes.Digest, "OTHER": "sha256:" + strings.Repeat("0", 64), "ROOT": filepath.Join(h.dir, system.RootFile),
				"TODAY":    time.Now().UTC().Format(time.DateOnly),
				"RECEIVED": time.Now().AddDate(0, 0, -3).Format(time.DateOnly),
			} {
				env.Setenv(name, value)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"edit": func(ts *testscript.TestScript, _ bool, args []string) { // edit FILE OLD NEW
				before := ts.ReadFile(args[0])
				after := strings.Replace(before, args[1], args[2], 1)
				if after == before {
					ts.Fatalf("%s is not in %s", args[1], args[0])
				}
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o600))
			},
			"captured": func(ts *testscript.TestScript, _ bool, args []string) { // captured NAME PATTERN, of what the last command printed
				found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
				if found == nil {
					ts.Fatalf("nothing matches %s", args[1])
				}
				ts.Setenv(args[0], found[1])
			},
			"desk":    command("desk"),
			"receipt": command("receipt"),
		},
	})
}

// approving sets up what the script about a second pair of eyes has: two clerks, and a request for
// erasure at the sample hospital.
func approving(t *testing.T, env *testscript.Env) error {
	h, at := hospital(t)
	parts := strings.Split(strings.TrimPrefix(at, "/v1/operator/people/"), "/data-requests/")
	for name, value := range map[string]string{"API": h.Base, "PERSON": parts[0], "REQUEST": parts[1]} {
		env.Setenv(name, value)
	}
	for file, who := range map[string]string{"robin": system.SampleOperator, "kim": system.OtherOperator} {
		if err := os.WriteFile(filepath.Join(env.WorkDir, file), []byte(h.token(t, who)), 0o600); err != nil {
			return err
		}
	}
	return nil
}
