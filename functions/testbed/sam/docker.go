package sam

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// engineWithin bounds the wait for an engine that was started here.
const engineWithin = 5 * time.Minute

// dockerWithin bounds one command; the download of an image is the longest.
const dockerWithin = 10 * time.Minute

// docker runs the Docker CLI and returns what it printed.
func docker(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, dockerWithin)
	defer cancel()
	out, err := program{name: "docker", args: args}.run(ctx)
	return strings.TrimSpace(string(out)), err
}

// openEngine finds a container engine that answers. Where none does, and this is
// root, it starts one: machines of CI have no service manager. The engine that was
// started here is stopped by what is returned.
func openEngine(ctx context.Context, dir string) (stop func(), err error) {
	answers := func(ctx context.Context) bool {
		_, err := docker(ctx, "version", "--format", "{{.Server.Version}}")
		return err == nil
	}
	if answers(ctx) {
		return func() {}, nil
	}
	if _, err := exec.LookPath("dockerd"); err != nil || os.Getuid() != 0 {
		return nil, fmt.Errorf("%w: no Docker engine answers, and only root can start one", ErrMissing)
	}
	// in a session of its own, so that Ctrl-C does not end it before its containers
	engine, err := program{name: "setsid", args: []string{"dockerd"}}.start(filepath.Join(dir, "dockerd.log"))
	if err != nil {
		return nil, err
	}
	if err := engine.until(ctx, engineWithin, answers); err != nil {
		engine.stop()
		return nil, fmt.Errorf("%w: Docker cannot run here: %w", ErrMissing, err)
	}
	return engine.stop, nil
}

// network is a docker network of our own with the containers on it.
type network struct {
	name    string
	gateway string // this machine's address on it
}

func newNetwork(ctx context.Context, name string) (*network, error) {
	if _, err := docker(ctx, "network", "create", name); err != nil {
		return nil, err
	}
	n := &network{name: name}
	var err error
	if n.gateway, err = docker(ctx, "network", "inspect", name, "--format", "{{(index .IPAM.Config 0).Gateway}}"); err != nil {
		return nil, errors.Join(err, n.remove(ctx))
	}
	return n, nil
}

// run starts a container under a name that the network's other containers know,
// and returns the address at which this machine reaches its port.
func (n *network) run(ctx context.Context, image, alias string, port int) (string, error) {
	id, err := docker(ctx, "run", "--detach", "--rm", "--network", n.name, "--network-alias", alias,
		"--publish", fmt.Sprintf("127.0.0.1::%d", port), image)
	if err != nil {
		return "", err
	}
	published, err := docker(ctx, "port", id, fmt.Sprintf("%d/tcp", port))
	return "http://" + strings.Fields(published + " ")[0], err
}

// remove removes the network with every container on it, SAM's too should SAM have
// left any. A container that SAM is removing at the same time is waited for.
func (n *network) remove(ctx context.Context) error {
	var err error
	for {
		var ids string
		ids, err = docker(ctx, "ps", "--all", "--quiet", "--filter", "network="+n.name)
		if err == nil && ids != "" {
			_, err = docker(ctx, append([]string{"rm", "--force", "--volumes"}, strings.Fields(ids)...)...)
		}
		if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "already in progress") {
			break
		}
		time.Sleep(pause)
	}
	_, removal := docker(ctx, "network", "rm", n.name)
	return errors.Join(err, removal)
}

// importImage makes an image of a root file system in a tar file. Changes are
// instructions of a Dockerfile.
func importImage(ctx context.Context, tar []byte, image string, changes ...string) error {
	args := []string{"import"}
	for _, c := range changes {
		args = append(args, "--change", c)
	}
	_, err := program{name: "docker", args: append(args, "-", image), stdin: bytes.NewReader(tar)}.run(ctx)
	return err
}
