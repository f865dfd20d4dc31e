package sam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// debugPort is where the debugger in a function's container listens.
const debugPort = "2345"

// timeout is what an event may take, in seconds: the most that Lambda allows. The machine
// may be busy, and somebody may look at the function under a debugger.
const timeout = 900

// debugBootstrap starts a function under the debugger, which waits for its client
// before it lets the function run. SAM's own -d knows no provided.al2023.
const debugBootstrap = `#!/bin/sh
exec /var/task/dlv exec /var/task/function --headless --listen=:` + debugPort + ` --api-version=2 --accept-multiclient
`

// packDebugger makes a function's package anew: built without optimisation, with the
// debugger beside it.
func (s *Stack) packDebugger(ctx context.Context, folder string) error {
	debugger, err := exec.LookPath("dlv")
	if err != nil {
		return fmt.Errorf("%w: dlv on the PATH (a static one: CGO_ENABLED=0)", ErrMissing)
	}
	dlv, err := os.ReadFile(debugger)
	if err != nil {
		return err
	}
	build := program{
		name: "go", dir: s.config.Root, env: []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"},
		args: []string{"build", "-buildvcs=false", "-tags", "lambda.norpc", "-gcflags", "all=-N -l",
			"-o", filepath.Join(folder, "function"), "./functions/" + s.config.Debug},
	}
	if _, err := build.run(ctx); err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "dlv"), dlv, 0o755),
		os.Remove(filepath.Join(folder, "bootstrap")),
		os.WriteFile(filepath.Join(folder, "bootstrap"), []byte(debugBootstrap), 0o755),
	)
}

// giveTime lets every function of the template take its time.
func (s *Stack) giveTime() error {
	b, err := os.ReadFile(s.template)
	if err != nil {
		return err
	}
	var template map[string]any
	if err := json.Unmarshal(b, &template); err != nil {
		return err
	}
	resources, _ := template["Resources"].(map[string]any)
	for _, resource := range resources {
		if r, _ := resource.(map[string]any); r["Type"] == "AWS::Lambda::Function" {
			if properties, ok := r["Properties"].(map[string]any); ok {
				properties["Timeout"] = timeout
			}
		}
	}
	if b, err = json.Marshal(template); err != nil {
		return err
	}
	return os.WriteFile(s.template, b, 0o644)
}

// Debugger returns the address of the debugger in the warm container of the function
// under it.
func (s *Stack) Debugger(ctx context.Context) (string, error) {
	ids, err := docker(ctx, "ps", "--quiet", "--filter", "network="+s.network.name)
	if err != nil {
		return "", err
	}
	for id := range strings.FieldsSeq(ids) {
		address := fmt.Sprintf("{{(index .NetworkSettings.Networks %q).IPAddress}}{{range .Mounts}} {{.Source}}{{end}}", s.network.name)
		found, err := docker(ctx, "inspect", id, "--format", address)
		if err != nil {
			return "", err
		}
		ip, mounted, _ := strings.Cut(found, " ")
		if _, err := os.Stat(filepath.Join(mounted, "dlv")); mounted != "" && err == nil {
			return ip + ":" + debugPort, nil
		}
	}
	return "", errors.New("no container with a debugger")
}
