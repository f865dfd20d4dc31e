package drp_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consent-receipts/shared/drp"
)

var update = flag.Bool("update", false, "write the golden files")

func TestBodies(t *testing.T) {
	received := drp.Progress{
		RequestID: "9d3e7c1a-5b2f-4a68-8c70-1e4f6a2b3c4d", AgentRequestID: "case-7", Status: drp.InProgress, Received: now, Expected: now.AddDate(0, 0, 45),
	}
	verify := received
	verify.Reason = drp.NeedUserVerification
	verify.VerificationURL = "https://portal.first-example-bank.example/requests/verify"
	denied := received
	denied.Status, denied.Reason, denied.Details = drp.Denied, drp.NoMatch, "We hold nothing about this person."
	fulfilled := received
	fulfilled.Status, fulfilled.ResultsURL = drp.Fulfilled, "https://portal.first-example-bank.example/results"
	for name, p := range map[string]drp.Progress{"received": received, "verify": verify, "denied": denied, "fulfilled": fulfilled} {
		body, err := p.Body()
		must(t, err)
		golden(t, name, body)
	}
	golden(t, "token", drp.TokenBody(agent, "opaque"))
	golden(t, "error", drp.ErrorBody(400, "unsupported rights action", true))

	incomplete := func(change func(*drp.Progress)) {
		p := verify
		change(&p)
		if body, err := p.Body(); !errors.Is(err, drp.ErrStatus) {
			t.Errorf("%s, %v", body, err)
		}
	}
	incomplete(func(p *drp.Progress) { p.RequestID = "" })
	incomplete(func(p *drp.Progress) { p.Status = "" })
	incomplete(func(p *drp.Progress) { p.Received = time.Time{} })
	incomplete(func(p *drp.Progress) { p.Expected = time.Time{} })
	incomplete(func(p *drp.Progress) { p.VerificationURL = "" })
	incomplete(func(p *drp.Progress) { p.Status, p.Reason = drp.Denied, "" })
}

func golden(t *testing.T, name string, body []byte) {
	t.Helper()
	var indented bytes.Buffer
	must(t, json.Indent(&indented, body, "", "  "))
	indented.WriteByte('\n')
	file := filepath.Join("testdata", "golden", name+".json")
	if *update {
		must(t, os.MkdirAll(filepath.Dir(file), 0o755))
		must(t, os.WriteFile(file, indented.Bytes(), 0o644))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if !bytes.Equal(indented.Bytes(), want) {
		t.Errorf("%s is not as in %s:\n%s", name, file, indented.Bytes())
	}
}
