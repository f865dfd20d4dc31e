package system

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"time"

	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/drp"
)

// These are samples for the protocols: a client of a controller at the development issuer,
// and an agent whose key lies in the data folder.
const (
	SampleController = "controller-0001"
	SampleAgent      = "SAMPLE_AGENT_001"
	SampleBusiness   = "FIRST_EXAMPLE_BANK"
	sampleBankID     = "first-example-bank"

	protocolsFolder = "protocols"
	openDSRKeyFile  = "opendsr.key"
	AgentKeyFile    = "sample-agent.key" // its Ed25519 key, in PKCS #8
	tokensFile      = "agent-tokens.key"
)

// openDSRDomain is the name of this machine in its certificate.
const openDSRDomain = "localhost"

// newProtocols makes what the protocols need in the data folder, and the function.
func newProtocols(dir string, counter *counter.Counter, now func() time.Time, log *slog.Logger) (*protocols.API, error) {
	folder := filepath.Join(dir, protocolsFolder)
	key, err := loadRSAKey(filepath.Join(dir, openDSRKeyFile))
	if err != nil {
		return nil, err
	}
	agent, err := loadKey(filepath.Join(dir, AgentKeyFile), func() (ed25519.PrivateKey, error) {
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	})
	if err != nil {
		return nil, err
	}
	secret, err := loadSecret(filepath.Join(dir, tokensFile))
	if err != nil {
		return nil, err
	}
	if err := WriteSettings(folder, &key.PublicKey, agent.Public().(ed25519.PublicKey), now()); err != nil {
		return nil, err
	}
	files := os.DirFS(folder)
	api := &protocols.API{Counter: counter, Clock: now, Log: log}
	if api.OpenDSR, err = protocols.LoadOpenDSR(files, func(context.Context, *rsa.PublicKey) crypto.Signer { return key }, rand.Reader, now()); err != nil {
		return nil, err
	}
	if api.DRP, err = protocols.LoadDRP(files, secret, rand.Reader); err != nil {
		return nil, err
	}
	return api, nil
}

// WriteSettings writes the settings of the protocols that are missing in a folder, which
// it makes: a certificate for the key that answers are signed with, and the sample
// agent. What is there stays, so that an engineer can change it.
func WriteSettings(folder string, key *rsa.PublicKey, agent ed25519.PublicKey, now time.Time) error {
	if err := os.MkdirAll(folder, 0o755); err != nil { // nothing in it is secret
		return err
	}
	chain, err := certificate(key, now)
	if err != nil {
		return err
	}
	openDSR, err1 := json.MarshalIndent(map[string]any{"domain": openDSRDomain, "controllers": map[string]string{SampleController: sampleBankID}}, "", "  ")
	business, err2 := json.MarshalIndent(map[string]string{"business": SampleBusiness}, "", "  ")
	agents, err3 := json.MarshalIndent([]drp.Agent{{
		ID: SampleAgent, Name: "Sample Agent", VerifyKey: base64.StdEncoding.EncodeToString(agent), WebURL: "https://agent.example", TechnicalContact: "ops@agent.example",
	}}, "", "  ")
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	for name, body := range map[string][]byte{
		protocols.OpenDSRFile: openDSR, protocols.ChainFile: chain, protocols.DRPFile: business, protocols.AgentsFile: agents,
	} {
		if _, err := keep(filepath.Join(folder, name), 0o644, func() ([]byte, error) { return body, nil }); err != nil {
			return err
		}
	}
	return nil
}

// certificate makes one for this machine, by an authority that is made for it and forgotten:
// OpenDSR allows no certificate that signed itself.
func certificate(key *rsa.PublicKey, now time.Time) ([]byte, error) {
	authority, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Local authority of consent receipts"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: openDSRDomain}, DNSNames: []string{openDSRDomain},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(10, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	var chain []byte
	for _, c := range []struct {
		cert   *x509.Certificate
		public crypto.PublicKey
	}{{leaf, key}, {root, authority.Public()}} {
		der, err := x509.CreateCertificate(rand.Reader, c.cert, root, c.public, authority)
		if err != nil {
			return nil, err
		}
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return chain, nil
}

// SampleMail is the address by which the sample person is found.
const SampleMail = "alex@example.com"

// sampleMails are the addresses by which the sample people are found, as a controller's
// own systems would.
var sampleMails = map[string]string{SampleMail: SamplePerson, "lucia@example.com": OtherPerson}

// Match finds a sample person by a mail address that the agent has verified; see
// counter.Match.
func Match(_ context.Context, person *drp.Person) (customer, refusal string, err error) {
	customer, known := sampleMails[person.Email]
	switch {
	case !known:
		return "", "no-such-person", nil
	case !person.EmailVerified:
		return "", "identity-not-proven", nil
	}
	return customer, "", nil
}
