package system_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/drp"
)

// otherAgent is another agent in the directory.
const otherAgent = "OTHER_AGENT_002"

// TestAgent: an agent in the directory makes a request in a person's name, sees how the
// request stands, and revokes it. The controller's systems say who the person is.
func TestAgent(t *testing.T) {
	p := openPeers(t)
	asked := alexAsks("sale:opt-out", "agent-request-id", "ours-1")
	first := p.exercised(t, asked)
	if first.Status != "in_progress" || !strings.Contains(first.Details, "in force here since it was received") {
		t.Errorf("asked: %+v", first)
	}
	p.now = p.now.Add(20 * time.Minute) // no answer came: signed again
	if again := p.exercised(t, asked); again.ID != first.ID {
		t.Errorf("asked again: %+v, was %+v", again, first)
	}
	if other := p.exercise(t, alexAsks("deletion", "agent-request-id", "ours-1")); other.status != http.StatusBadRequest {
		t.Errorf("the same id for another request: %d %s", other.status, other.body)
	}
	person := p.token(t, alex)
	s := p.standing(t, person)
	if s.Seq != 1 || len(s.Requests) != 1 {
		t.Fatalf("the person has %d receipts, %+v", s.Seq, s.Requests)
	}
	id := s.Requests[0].ID
	for email, want := range map[string]string{"nobody@example.com": "no_match", "lucia@example.com": "insuf_verification"} {
		claims := alexAsks("deletion")
		claims["email"], claims["email_verified"] = email, false
		if got := p.exercised(t, claims); got.Status != "denied" || got.Reason != want || got.Details == "" {
			t.Errorf("%s: %+v", email, got)
		}
	}
	path := "/v1/data-rights-request/" + first.ID
	revoke := p.sign(t, map[string]any{"reason": "changed their mind"})
	for range 2 {
		var revoked progress
		p.ask(t, p.agent, "DELETE", path, revoke, "Content-Type", "text/plain").into(t, &revoked)
		if revoked.Status != "revoked" {
			t.Errorf("revoked: %+v", revoked)
		}
	}
	if slug, _ := p.ask(t, person, "DELETE", "/v1/data-requests/"+id, "").problem(t); slug != "request-state" {
		t.Errorf("the person takes back what was revoked: %s", slug)
	}
	done := p.exercised(t, alexAsks("access"))
	p.desk(t, alex, "complete")
	if a := p.ask(t, p.agent, "DELETE", "/v1/data-rights-request/"+done.ID, revoke, "Content-Type", "text/plain"); a.status != http.StatusConflict {
		t.Errorf("revoke what is fulfilled: %d %s", a.status, a.body)
	}
	for _, secret := range []string{"alex@example.com", "Rivera", "ours-1"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log names %s", secret)
		}
	}
}

// TestReplay: a message opens one request, and after its validity it opens none.
func TestReplay(t *testing.T) {
	p := openPeers(t)
	message := p.sign(t, p.envelope(alexAsks("access:categories")))
	send := func() (a answer, out progress) {
		a = p.ask(t, p.agent, "POST", "/v1/data-rights-request", message, "Content-Type", "text/plain")
		_ = json.Unmarshal(a.body, &out)
		return a, out
	}
	_, first := send()
	if _, again := send(); first.ID == "" || again.ID != first.ID {
		t.Errorf("%+v, and again %+v", first, again)
	}
	p.now = p.now.Add(10 * time.Minute)
	if late, _ := send(); late.status != http.StatusForbidden || !strings.Contains(string(late.body), `"fatal":true`) || !strings.Contains(string(late.body), "expires-at: expired") {
		t.Errorf("late: %d %s", late.status, late.body)
	}
	if s := p.standing(t, p.token(t, alex)); len(s.Requests) != 1 || s.Requests[0].Type != "access-categories" {
		t.Errorf("requests %+v", s.Requests)
	}
}

// TestForeignAgent: an agent written in Python with PyNaCl plays the whole story over HTTP,
// and tampers with every claim.
func TestForeignAgent(t *testing.T) {
	python := engine(t, ".venv", "bin", "python")
	dir := t.TempDir()
	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	otherSeed := bytes.Repeat([]byte{8}, ed25519.SeedSize)
	var agents []drp.Agent
	for id, seed := range map[string][]byte{system.SampleAgent: seed, otherAgent: otherSeed} {
		public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		agents = append(agents, drp.Agent{ID: id, Name: id, VerifyKey: base64.StdEncoding.EncodeToString(public)})
	}
	must(t, os.MkdirAll(filepath.Join(dir, "protocols"), 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "protocols", "agents.json"), marshal(t, agents), 0o644)) // ours stays
	h := serveIn(t, dir)
	b64 := base64.StdEncoding.EncodeToString
	cmd := exec.Command(python, filepath.Join("testdata", "agent.py"), h.Base, system.SampleAgent, b64(seed), otherAgent, b64(otherSeed), system.SampleBusiness)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var story []struct {
		What   string
		Status int
		Body   map[string]any
		Want   map[string]any // what the agent expects of the answer
	}
	must(t, json.Unmarshal(out, &story))
	if len(story) < 60 {
		t.Fatalf("%d steps", len(story))
	}
	for _, step := range story {
		for name, want := range step.Want {
			got := step.Body[name]
			if name == "HTTP" {
				got = float64(step.Status)
			}
			if got != want {
				t.Errorf("%s: %s is %v, want %v", step.What, name, got, want)
			}
		}
	}
	if s := h.standing(t, h.token(t, alex)); s.Seq != 2 { // asked, revoked
		t.Errorf("%d receipts", s.Seq)
	}
	for _, secret := range []string{"alex@example.com", "Rivera", "case-7"} {
		if strings.Contains(h.log.String(), secret) {
			t.Errorf("the log names %s", secret)
		}
	}
}
