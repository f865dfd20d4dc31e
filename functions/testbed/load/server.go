// Package load drives the local server over HTTP with many people at once: `make load`.
package load

import (
	"bufio"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"consent-receipts/functions/local/devissuer"
	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
)

// server is a local server in a process of its own.
type server struct {
	base    string // http://localhost:<port>
	data    string // its folder
	command *exec.Cmd
}

// start starts the binary of the local server on a free port, with a folder for its data.
func start(ctx context.Context, binary, data string) (*server, error) {
	s := &server{data: data, command: exec.CommandContext(ctx, binary, "serve", "-port", "0", "-data", data)}
	s.command.Stderr = os.Stderr
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if address, _, found := strings.Cut(line, "/ "); found && strings.HasPrefix(address, "http://localhost:") {
			s.base = address
		}
		if strings.HasSuffix(line, "Ctrl-C ends this.") {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return s, nil
		}
	}
	return nil, errors.Join(errors.New("the server did not start"), s.command.Wait())
}

// stop ends the server as Ctrl-C does.
func (s *server) stop() error {
	if err := s.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	return s.command.Wait()
}

// tokens mints an access token for each of many people, with the key of the server's own
// development issuer.
func (s *server) tokens(people []string) (tokens []string, err error) {
	b, err := os.ReadFile(filepath.Join(s.data, system.IssuerKeyFile))
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(b)
	if block == nil {
		return nil, fmt.Errorf("%s: not a PEM key", system.IssuerKeyFile)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	config := devissuer.Config{
		Issuer: s.base + "/dev-issuer", Audience: system.Audience, Scopes: []string{"openid", api.ScopeSelf}, Key: key.(*rsa.PrivateKey), Now: time.Now,
		Clients: []devissuer.Client{{ID: system.ClientID, RedirectURIs: []string{s.base + "/callback"}}},
	}
	for _, id := range people {
		config.People = append(config.People, devissuer.Person{ID: id, Name: id, Language: "en"})
	}
	issuer, err := devissuer.New(config)
	if err != nil {
		return nil, err
	}
	for _, id := range people {
		token, err := issuer.Mint(id)
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, token)
	}
	return tokens, nil
}
