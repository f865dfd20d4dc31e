// Package mototest starts moto, the open stand-in for AWS services, for tests.
package mototest

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"consent-receipts/shared/repository"
)

const (
	startWithin = 5 * time.Minute // until moto answers
	maxStarts   = 3               // somebody else may take the free port first
)

// Start starts a moto server for the duration of a test and returns its address.
// Without moto, which `make test` installs, the test is skipped; with CI=true that
// is a failure.
func Start(t testing.TB) (endpoint string) {
	t.Helper()
	server := repository.File(t, ".venv", "bin", "moto_server")
	if _, err := os.Stat(server); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("moto is missing, and CI=true allows no skip")
		}
		t.Skip("skipped: moto is not installed; make test installs it")
	}
	for range maxStarts {
		if endpoint = start(t, server); endpoint != "" {
			return endpoint
		}
	}
	t.Fatal("moto does not start")
	return ""
}

// start starts moto on a free port until the test ends, and returns its address when it
// answers; "" if it ended, or never does.
func start(t testing.TB, server string) (endpoint string) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	command := exec.Command(server, "-H", "127.0.0.1", "-p", port)
	command.Stdout, command.Stderr = &log, &log
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = command.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = command.Process.Kill()
		<-ended
	})
	endpoint = "http://" + address
	for begin := time.Now(); time.Since(begin) < startWithin; {
		select {
		case <-ended:
			t.Logf("moto ended:\n%s", &log)
			return ""
		case <-time.After(100 * time.Millisecond):
		}
		if res, err := http.Get(endpoint + "/moto-api/data.json"); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return endpoint
			}
		}
	}
	t.Log("moto does not answer")
	return ""
}

// Config is what clients of the stand-in share.
func Config(endpoint string) aws.Config {
	return aws.Config{
		Region: "eu-west-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("testing", "testing", ""),
	}
}

// Keys are the keys of a deployment.
type Keys struct{ Root, Pseudonym, Session, Identity, Answering string }

// NewKeys makes the keys of a deployment in the stand-in's KMS.
func NewKeys(t testing.TB, endpoint string) Keys {
	t.Helper()
	client := kms.NewFromConfig(Config(endpoint))
	key := func(spec types.KeySpec, usage types.KeyUsageType) string {
		out, err := client.CreateKey(t.Context(), &kms.CreateKeyInput{KeySpec: spec, KeyUsage: usage})
		if err != nil {
			t.Fatal(err)
		}
		return *out.KeyMetadata.KeyId
	}
	return Keys{
		Root:      key(types.KeySpecEccNistP256, types.KeyUsageTypeSignVerify),
		Pseudonym: key(types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac),
		Session:   key(types.KeySpecHmac256, types.KeyUsageTypeGenerateVerifyMac),
		Identity:  key(types.KeySpecSymmetricDefault, types.KeyUsageTypeEncryptDecrypt),
		Answering: key(types.KeySpecRsa2048, types.KeyUsageTypeSignVerify),
	}
}
