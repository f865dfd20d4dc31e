package protocols_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/internal/protocols"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/drp"
)

// TestDRPAgent: an agent written in Python with PyNaCl plays the whole story.
func TestDRPAgent(t *testing.T) {
	python, err := filepath.Abs(filepath.Join("..", "..", "..", ".venv", "bin", "python"))
	must(t, err)
	if exec.Command(python, "-c", "import nacl").Run() != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("PyNaCl is missing in .venv")
		}
		t.Skip("PyNaCl is missing in .venv: make test installs it")
	}
	s := newSite(t)
	b64 := base64.StdEncoding.EncodeToString
	cmd := exec.Command(python, filepath.Join("testdata", "agent.py"), s.URL, agentID, b64(seed(agentID)), otherID, b64(seed(otherID)), business, now.Format(time.RFC3339))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var story [][3]any
	must(t, json.Unmarshal(out, &story))
	want := []struct {
		what   string
		status float64
		body   map[string]any
	}{
		{"key setup", 200, map[string]any{"agent-id": agentID}},
		{"other's key setup", 200, map[string]any{"agent-id": otherID}},
		{"key setup in another's name", 403, nil},
		{"information", 200, nil},
		{"information, another's token", 403, map[string]any{"code": "403"}},
		{"exercise", 200, map[string]any{"status": "open", "agent_request_id": "case-7", "received_at": "2026-11-23T14:00:00Z", "expected_by": "2026-12-23T14:00:00Z"}},
		{"exercise again", 200, map[string]any{"status": "open", "request_id": "9d3e7c1a-5b2f-4a68-8c70-000000000000"}},
		{"exercise, another's token", 403, map[string]any{"code": "403", "fatal": true}},
		{"exercise, no token", 401, map[string]any{"code": "401"}},
		{"sale:opt-in", 400, map[string]any{"code": "400", "message": "exercise: unsupported rights action", "fatal": true}},
		{"status", 200, map[string]any{"status": "open"}},
		{"status, another's token", 403, map[string]any{"code": "403"}},
		{"status of nothing", 403, map[string]any{"code": "403"}},
		{"revoke, another's token", 403, map[string]any{"code": "403"}},
		{"revoke, another's key", 403, map[string]any{"code": "403", "fatal": true}},
		{"revoke", 200, map[string]any{"status": "revoked"}},
		{"revoke again", 200, map[string]any{"status": "revoked"}},
	}
	if len(story) != len(want) {
		t.Fatalf("%d steps: %s", len(story), out)
	}
	for i, w := range want {
		got, _ := story[i][2].(map[string]any)
		if story[i][0] != w.what || story[i][1] != w.status {
			t.Errorf("%v: %v, want %v %v", story[i][0], story[i][1], w.what, w.status)
		}
		for name, v := range w.body {
			if got[name] != v {
				t.Errorf("%s: %s is %v, want %v", w.what, name, got[name], v)
			}
		}
	}
	asked := s.desk.only(t) // the repetition opened nothing
	if asked.Type != datarequest.Erasure || asked.Regulation != "ccpa" || asked.Person.Email != "jane@mail.example" || asked.CustomerID != "" {
		t.Errorf("%+v", asked)
	}
	if log := s.log.String(); strings.Contains(log, "jane") || strings.Contains(log, "case-7") {
		t.Errorf("the log says too much:\n%s", log)
	}
}

func exerciseBody(t *testing.T, by, action string) []byte {
	t.Helper()
	claims, err := json.Marshal(map[string]any{
		"agent-id": by, "business-id": business, "issued-at": "2026-11-23T13:59:00Z", "expires-at": "2026-11-23T14:09:00Z",
		"drp.version": "1.0", "exercise": action, "status_callback": "https://agent.example/update_status",
	})
	must(t, err)
	return []byte(base64.StdEncoding.EncodeToString(append(ed25519.Sign(ed25519.NewKeyFromSeed(seed(by)), claims), claims...)))
}

// TestDRPReplay: the same message opens one request, and after its validity none.
func TestDRPReplay(t *testing.T) {
	s := newSite(t)
	token, err := s.api.DRP.Tokens.New(agentID)
	must(t, err)
	body := exerciseBody(t, agentID, "access:categories")
	first := s.call(t, "POST", "/v1/data-rights-request", token, body)
	again := s.call(t, "POST", "/v1/data-rights-request", token, append(body, '\n'))
	if first.status != 200 || first.body["request_id"] == "" || again.body["request_id"] != first.body["request_id"] {
		t.Errorf("%s\n%s", first.raw, again.raw)
	}
	if r := s.desk.only(t); r.Type != datarequest.Access || r.Detail != "categories" || r.Regulation != "" {
		t.Errorf("%+v", r)
	}
	s.now = now.Add(9 * time.Minute)
	if late := s.call(t, "POST", "/v1/data-rights-request", token, body); late.status != 403 || late.body["fatal"] != true || late.body["message"] != "expires-at: expired" {
		t.Errorf("%d %s", late.status, late.raw)
	}
	s.desk.only(t)
}

// TestDRPStates: what an agent is told, asked or by callback.
func TestDRPStates(t *testing.T) {
	s := newSite(t)
	token, err := s.api.DRP.Tokens.New(agentID)
	must(t, err)
	id := s.call(t, "POST", "/v1/data-rights-request", token, exerciseBody(t, agentID, "deletion")).body["request_id"].(string)
	for _, c := range []struct {
		state          datarequest.State
		denial         string
		status, reason any
	}{
		{"identity-wanted", "", "in_progress", "need_user_verification"},
		{"extended", "", "in_progress", nil},
		{"denied", "no-such-person", "denied", "no_match"},
		{"completed", "", "fulfilled", nil},
	} {
		ticket := s.desk.set(t, id, func(t *protocols.Ticket) {
			t.State, t.Denial, t.VerificationURL = c.state, c.denial, "https://portal.first-example-bank.example/verify"
		})
		got := s.call(t, "GET", "/v1/data-rights-request/"+id, token, nil)
		if got.status != 200 || got.body["status"] != c.status || got.body["reason"] != c.reason {
			t.Errorf("%s: %d %s", c.state, got.status, got.raw)
		}
		messages, err := s.api.Callbacks(ticket)
		must(t, err)
		if len(messages) != 1 || messages[0].URL != "https://agent.example/update_status" || !bytes.Equal(messages[0].Body, got.raw) {
			t.Errorf("%s: %+v", c.state, messages)
		}
	}
	claims := []byte(`{"reason":"late"}`)
	revoke := base64.StdEncoding.EncodeToString(append(ed25519.Sign(ed25519.NewKeyFromSeed(seed(agentID)), claims), claims...))
	if got := s.call(t, "DELETE", "/v1/data-rights-request/"+id, token, []byte(revoke)); got.status != 409 || got.body["code"] != "409" {
		t.Errorf("revoke what is fulfilled: %d %s", got.status, got.raw)
	}
	s.api.DRP = nil
	for _, path := range []string{"/v1/data-rights-request/" + id, "/v1/agent/" + agentID} {
		if got := s.call(t, "GET", path, token, nil); got.status != 404 {
			t.Errorf("not configured: %d", got.status)
		}
	}
	if _, err := s.api.Callbacks(protocols.Ticket{Origin: protocols.Origin{Party: protocols.Party{Protocol: "drp"}, Callbacks: []string{"https://agent.example/"}}}); err == nil {
		t.Error("a callback of a protocol that is not configured")
	}
}

// TestStatesAgree: both protocols tell the same states of ours.
func TestStatesAgree(t *testing.T) {
	if len(drp.States) != len(openDSRStates()) {
		t.Fatal("one protocol knows states that the other does not")
	}
	for _, row := range drp.States {
		if !openDSRStates()[row.State] {
			t.Errorf("OpenDSR has no row for %s", row.State)
		}
	}
}
