// Package sam runs the functions' real binaries in containers, as SAM CLI does it,
// with stand-ins for what they need: DynamoDB, KMS and EventBridge in containers on
// one docker network, the table and the keys made in them, the stack synthesized
// with their addresses. Before the containers stands the local server, with the
// development issuer and the authorizer.
//
//	browser, demo -> local server -> sam local start-lambda -> container per function
//	                      ^                    ^                      |
//	                      '- portal's container '- certify, asked by  '-> dynamodb, kms
//
// Nothing here knows IAM, and SAM's gateway ignores JWT authorizers. Linux only.
package sam

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"consent-receipts/shared/receipt"

	"consent-receipts/functions/local/server"
	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/front"
	"consent-receipts/functions/testbed/matching"
)

// ErrMissing is something that has to be installed first; the text names it.
var ErrMissing = errors.New("missing")

// LambdaLog is the file in Config.Dir with what SAM and the functions in warm
// containers say.
const LambdaLog = "lambda.log"

// stackName is the stack's, and Prefix what its functions' names begin with.
const (
	stackName = "ConsentReceipts"
	Prefix    = stackName + "-"
)

// Other files and folders in Config.Dir.
const (
	distDir         = "dist"    // functions' packages
	outDir          = "cdk.out" // template
	environmentFile = "environment.json"
	synthLog        = "synth.log"
	apiLog          = "api.log" // of start-api
)

// Bounds of waiting, for a machine that is busy.
const (
	closeWithin = 5 * time.Minute
	buildWithin = 30 * time.Minute // from empty caches
	readyWithin = 10 * time.Minute
	askWithin   = timeout * time.Second // one event, with the start of a container
)

// Config says where things are.
type Config struct {
	Root      string    // the repository
	Dir       string    // folder for what is built and logged
	Port      int       // of the local server; 0 picks a free one
	Catalogue string    // file; "" for the sample
	Debug     string    // function to run under a debugger; "" for none
	Print     io.Writer // progress: a line for each step
}

// Stack is the functions in containers, with what they need around them.
type Stack struct {
	Image  string        // the base image, in words
	Site   *system.Site  // the local server
	Roots  receipt.Roots // made by provision
	Lambda front.Lambda  // sam local start-lambda

	config    Config
	network   *network
	images    []string           // made for this run
	answering *rsa.PublicKey     // the RSA key that signs OpenDSR's answers
	agentKey  ed25519.PrivateKey // of the sample agent in the directory
	dynamo    string             // address of DynamoDB's stand-in for this machine
	variables map[string]string  // of the functions' environment
	template  string             // file
	catalogue string             // digest of the one in use
	closers   []func(context.Context) error
}

// Open starts everything. What is missing on this machine is an ErrMissing.
func Open(ctx context.Context, c Config) (*Stack, error) {
	s := &Stack{config: c, variables: map[string]string{}}
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"container engine, base image, network", s.openNetwork},
		{"local server", s.openFront},
		{"stand-ins for DynamoDB, KMS and EventBridge", s.openStandIns},
		{"functions and template", s.synthesize},
		{"provision", s.provision},
		{"a container for each function", s.openFunctions},
	} {
		begin := time.Now()
		if err := step.do(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", step.what, err), s.Close())
		}
		fmt.Fprintf(c.Print, "%5.1f s  %s\n", time.Since(begin).Seconds(), step.what)
	}
	return s, nil
}

// Close stops what was started, the last first.
func (s *Stack) Close() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), closeWithin)
	defer cancel()
	for len(s.closers) > 0 {
		last := len(s.closers) - 1
		err = errors.Join(err, s.closers[last](ctx))
		s.closers = s.closers[:last]
	}
	return err
}

func (s *Stack) onClose(do func(context.Context) error) { s.closers = append(s.closers, do) }

func (s *Stack) file(name string) string { return filepath.Join(s.config.Dir, name) }

// openNetwork finds what is installed, the engine and the base image, and makes a
// network and the addresses on it.
func (s *Stack) openNetwork(ctx context.Context) error {
	if err := s.installed(); err != nil {
		return err
	}
	if err := s.emptyDir(); err != nil {
		return err
	}
	stop, err := openEngine(ctx, s.config.Dir)
	if err != nil {
		return err
	}
	s.onClose(func(context.Context) error {
		stop()
		return nil
	})
	if s.Image, err = baseImage(ctx); err != nil {
		return err
	}
	s.onClose(s.removeImages)
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails
	if s.network, err = newNetwork(ctx, "consent-receipts-"+hex.EncodeToString(id)); err != nil {
		return err
	}
	s.onClose(s.network.remove)
	return nil
}

// emptyDir makes the folder and removes from it what an earlier run left.
func (s *Stack) emptyDir() error {
	err := os.MkdirAll(s.config.Dir, 0o755)
	for _, name := range []string{distDir, outDir, environmentFile, synthLog, LambdaLog, apiLog} {
		err = errors.Join(err, os.RemoveAll(s.file(name)))
	}
	return err
}

// installed checks that the programs that are needed beside an engine are there.
func (s *Stack) installed() error {
	if _, err := exec.LookPath("docker"); err != nil {
		return fmt.Errorf("%w: docker (Debian: docker.io)", ErrMissing)
	}
	for file, what := range map[string]string{
		samCLI: "SAM CLI in .venv-sam", python: "Python packages in .venv",
		"node_modules/.bin/cdk": "the CDK CLI in node_modules", dynoxide: "dynoxide in node_modules",
	} {
		if _, err := os.Stat(filepath.Join(s.config.Root, file)); err != nil {
			return fmt.Errorf("%w: %s", ErrMissing, what)
		}
	}
	return nil
}

// openFront starts the local server, where browsers and containers reach it.
func (s *Stack) openFront(context.Context) error {
	free, port, err := front.Listen(0, s.network.gateway)
	if err != nil {
		return err
	}
	_ = free[0].Close() // for SAM, which cannot be handed a listener
	address := "http://" + net.JoinHostPort(s.network.gateway, strconv.Itoa(port))
	s.Lambda = front.Lambda{Address: address, Prefix: Prefix, Client: &http.Client{Timeout: askWithin}}
	listeners, port, err := front.Listen(s.config.Port, "127.0.0.1", s.network.gateway)
	if err != nil {
		return err
	}
	if s.Site, err = front.New(port, s.Lambda); err != nil {
		return err
	}
	s.serve(s.Site.Handler, listeners)
	match, err := s.openMatching(address)
	if err != nil {
		return err
	}
	maps.Copy(s.variables, map[string]string{
		"AWS_ENDPOINT_URL_LAMBDA": match, "MATCH_FUNCTION": matching.Function,
		"BASE_URL": s.Site.Base, "OIDC_ISSUER": s.Site.IssuerURL(), "OIDC_CLIENT_ID": system.ClientID,
		"STAFF_OIDC_ISSUER": s.Site.IssuerURL(), "STAFF_OIDC_CLIENT_ID": system.ClientID,
	})
	return nil
}

// openMatching puts a matching function before SAM's Invoke API, where containers call
// certify: it is the controller's, so that the template has none.
func (s *Stack) openMatching(lambda string) (address string, err error) {
	others, err := url.Parse(lambda)
	if err != nil {
		return "", err
	}
	listeners, port, err := front.Listen(0, s.network.gateway)
	if err != nil {
		return "", err
	}
	s.serve(matching.Serve(httputil.NewSingleHostReverseProxy(others)), listeners)
	return "http://" + net.JoinHostPort(s.network.gateway, strconv.Itoa(port)), nil
}

// serve serves on this machine until the stack is closed.
func (s *Stack) serve(handler http.Handler, listeners []net.Listener) {
	serving, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Run(serving, handler, listeners...) }()
	s.onClose(func(context.Context) error {
		end()
		return <-done
	})
}
