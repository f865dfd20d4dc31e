package drp_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"consent-receipts/shared/drp"
	"consent-receipts/shared/errtest"
)

const (
	ours  = "FIRST_EXAMPLE_BANK"
	agent = "EXAMPLE_AGENT_001"
	other = "OTHER_AGENT_002"
)

var now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

var must = errtest.None

// seed is an agent's signing key; a test's, so that it may be told.
func seed(id string) []byte { return bytes.Repeat([]byte{id[0]}, ed25519.SeedSize) }

func publicKey(id string) string {
	return base64.StdEncoding.EncodeToString(ed25519.NewKeyFromSeed(seed(id)).Public().(ed25519.PublicKey))
}

func receiver(t testing.TB) *drp.Receiver {
	t.Helper()
	entries, err := json.Marshal([]drp.Agent{
		{ID: agent, Name: "Example Agent", VerifyKey: publicKey(agent)},
		{ID: other, Name: "Other Agent", VerifyKey: publicKey(other)},
	})
	must(t, err)
	d, err := drp.ParseDirectory(entries)
	must(t, err)
	return &drp.Receiver{Business: ours, Agents: d}
}

// sample is what an agent asks, with every claim that there is.
func sample() map[string]any {
	return map[string]any{
		"agent-id": agent, "business-id": ours, "issued-at": "2026-11-23T13:59:00.000+00:00", "expires-at": "2026-11-23T14:09:00Z",
		"agent-request-id": "case-7", "drp.version": "1.0", "exercise": "deletion", "regime": "ccpa",
		"relationships": []string{"customer", "marketing"}, "status_callback": "https://agent.example/update_status",
		"name": "Doe, Jane", "email": "jane@mail.example", "email_verified": true,
		"phone_number": "+15555550100", "phone_number_verified": false,
		"address":          map[string]any{"street_address": "1 Example Street\nFlat 2", "locality": "Exampleville", "region": "CA", "postal_code": "90000"},
		"address_verified": true, "power_of_attorney": "https://agent.example/poa/7",
	}
}

type absent struct{}

// text is the sample with some claims changed, as JSON.
func text(t testing.TB, changes map[string]any) string {
	t.Helper()
	m := sample()
	for name, v := range changes {
		if _, gone := v.(absent); gone {
			delete(m, name)
		} else {
			m[name] = v
		}
	}
	b, err := json.Marshal(m)
	must(t, err)
	return string(b)
}

// signing is an agent's side: it signs messages with the key of an agent.
type signing func(t *testing.T, by string, messages ...string) [][]byte

func signers() map[string]signing {
	return map[string]signing{"crypto/ed25519": signGo, "PyNaCl": signPyNaCl}
}

func signGo(_ *testing.T, by string, messages ...string) (out [][]byte) {
	for _, m := range messages {
		out = append(out, combined(ed25519.Sign(ed25519.NewKeyFromSeed(seed(by)), []byte(m)), m))
	}
	return out
}

func combined(signature []byte, message string) []byte {
	return []byte(base64.StdEncoding.EncodeToString(append(signature, message...)))
}

func signPyNaCl(t *testing.T, by string, messages ...string) (out [][]byte) {
	t.Helper()
	type task struct {
		Seed    []byte `json:"seed"`
		Message string `json:"message"`
	}
	var tasks []task
	for _, m := range messages {
		tasks = append(tasks, task{seed(by), m})
	}
	in, err := json.Marshal(tasks)
	must(t, err)
	cmd := exec.Command(python(t), filepath.Join("testdata", "agent.py"))
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var signed []string
	must(t, json.Unmarshal(answer, &signed))
	for _, s := range signed {
		out = append(out, []byte(s))
	}
	return out
}

// python finds an interpreter that has PyNaCl. Without one the test is skipped, and
// where CI=true it fails.
func python(t *testing.T) string {
	t.Helper()
	name, err := filepath.Abs(filepath.Join("..", "..", ".venv", "bin", "python"))
	must(t, err)
	if _, err := os.Stat(name); err == nil && exec.Command(name, "-c", "import nacl").Run() == nil {
		return name
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("PyNaCl is missing in .venv")
	}
	t.Skip("PyNaCl is missing in .venv: make test installs it")
	return ""
}
