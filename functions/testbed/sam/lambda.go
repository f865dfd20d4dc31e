package sam

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"consent-receipts/functions/testbed/front"
	"consent-receipts/functions/testbed/samples"
	"consent-receipts/infra/functions"
	"consent-receipts/shared/aws/sandbox"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

// samCLI is SAM's command in the repository.
const samCLI = ".venv-sam/bin/sam"

// sam returns one of SAM's local commands with the arguments that all of them need.
func (s *Stack) sam(command string, args ...string) (program, error) {
	environment := s.file(environmentFile)
	// SAM passes on only variables that the function has in the template
	b, err := json.Marshal(map[string]any{"Parameters": s.variables})
	if err != nil {
		return program{}, err
	}
	if err := os.WriteFile(environment, b, 0o600); err != nil {
		return program{}, err
	}
	return program{
		name: filepath.Join(s.config.Root, samCLI), dir: s.config.Dir,
		args: append([]string{
			"local", command, "--template", s.template, "--skip-pull-image", "--docker-network", s.network.name,
			"--env-vars", environment, "--add-host", front.Name + ":" + s.network.gateway,
		}, args...),
		// no credentials of the user: without any, SAM does not ask AWS whose they are
		env: []string{
			"SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=" + sandbox.Region, "AWS_EC2_METADATA_DISABLED=true",
			"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull,
		},
	}, nil
}

// startLambda starts SAM's Invoke API at the address of s.Lambda with a running
// container for each of some functions, or of all.
func (s *Stack) startLambda(ctx context.Context, functions ...string) (*service, error) {
	address, err := url.Parse(s.Lambda.Address)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(address.Host)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range functions {
		names = append(names, Prefix+f)
	}
	p, err := s.sam("start-lambda", append([]string{"--host", host, "--port", port, "--warm-containers", "EAGER", "--no-watch"}, names...)...)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		lambda, err := s.serving(ctx, p, LambdaLog, s.Lambda.Address)
		if try == maxStarts || !errors.Is(err, errEnded) {
			return lambda, err
		}
	}
}

// maxStarts bounds how often SAM is started: it picks its containers' ports at random
// and all at once, and ends when two of them are the same, about once in a hundred
// times.
const maxStarts = 3

// serving starts a program that listens at an address and waits until it does.
func (s *Stack) serving(ctx context.Context, p program, log, address string) (*service, error) {
	started, err := p.start(s.file(log))
	if err != nil {
		return nil, err
	}
	ready := func(ctx context.Context) bool { return answers(ctx, address) }
	if err := started.until(ctx, readyWithin, ready); err != nil {
		started.stop()
		return nil, err
	}
	return started, nil
}

// provision runs the function of that name, as a deployment does. Besides selfsign, which it
// asks, it is the only function that needs no roots.
func (s *Stack) provision(ctx context.Context) error {
	lambda, err := s.startLambda(ctx, functions.Provision, functions.SelfSign)
	if err != nil {
		return err
	}
	defer lambda.stop()
	var result struct{ Roots string }
	err = s.player().Play(ctx, samples.Of("provision")[0], func(ctx context.Context, function string, event []byte) ([]byte, error) {
		answer, err := s.Lambda.Invoke(ctx, function, event)
		if err != nil {
			return nil, err
		}
		return answer, json.Unmarshal(answer, &result)
	})
	if err != nil {
		return err
	}
	for text := range strings.SplitSeq(result.Roots, ",") {
		der, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return err
		}
		root, err := receipt.ParseRoot(der)
		if err != nil {
			return err
		}
		s.Roots = append(s.Roots, root)
	}
	s.variables["ROOTS"] = result.Roots
	return nil
}

// openFunctions starts a container for each function.
func (s *Stack) openFunctions(ctx context.Context) error {
	lambda, err := s.startLambda(ctx)
	if err != nil {
		return err
	}
	s.onClose(func(context.Context) error {
		lambda.stop()
		return nil
	})
	return nil
}

// Invoke hands an event to a function in a container that is started for it, by
// `sam local invoke`.
func (s *Stack) Invoke(ctx context.Context, function string, event []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	file := s.file("event.json")
	if err := os.WriteFile(file, event, 0o600); err != nil {
		return nil, err
	}
	p, err := s.sam("invoke", Prefix+function, "--event", file)
	if err != nil {
		return nil, err
	}
	for tries := 1; ; tries++ {
		// a function that fails is no failure to SAM: its answer says it
		out, err := p.runUnless(ctx, notReady)
		if !errors.Is(err, errGivenUp) || tries == mostTries {
			return out, err
		}
	}
}

// notReady is what SAM says if the container did not take the event: SAM tries three times at
// once, and on a busy machine the emulator in the container may not listen yet. SAM would then
// stay until the time limit of the function.
const notReady = "No response from invoke container"

// mostTries bounds how often an event is handed to containers that do not take it.
const mostTries = 5

func (s *Stack) player() *samples.Player {
	return &samples.Player{
		Files: os.DirFS(filepath.Join(s.config.Root, "events", "invocations")), Catalogue: s.catalogue,
		Entry: func(ctx context.Context) (keys, image string, err error) {
			return sandbox.Entry(ctx, s.dynamo, s.variables["TABLE_NAME"], ledger.KindPerson)
		},
	}
}

// Script writes a shell script that hands a sample to one function in a container of
// its own, for as long as this stack runs: sh FILE FUNCTION EVENT [SAM's options].
func (s *Stack) Script() (string, error) {
	p, err := s.sam("invoke")
	if err != nil {
		return "", err
	}
	lines := []string{
		"#!/bin/sh", "export " + strings.Join(p.env, " "), "function=$1 event=$2; shift 2",
		"exec '" + p.name + "' '" + strings.Join(p.args, "' '") + `' "` + Prefix + `$function" --event "$event" "$@"`, "",
	}
	file := s.file("invoke.sh")
	return file, os.WriteFile(file, []byte(strings.Join(lines, "\n")), 0o755)
}
