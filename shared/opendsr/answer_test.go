package opendsr_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consent-receipts/shared/opendsr"
	"consent-receipts/shared/statement"
)

var update = flag.Bool("update", false, "write the golden files")

func TestBodies(t *testing.T) {
	p := opendsr.Progress{
		ControllerID: "first-example-bank", RequestID: "3f2b8c1e-90a4-4d6b-8f3e-6b1d2c7a9e50", Received: now,
		Expected: time.Date(2026, 12, 24, 0, 0, 0, 0, time.FixedZone("CET", 3600)), Status: opendsr.Pending,
	}
	done := p
	done.Status = opendsr.Completed
	_, refusal := opendsr.Parse(change(t, map[string]any{"regulation": absent{}}), opendsr.OpenDSR, domain, now)
	for name, body := range map[string][]byte{
		"accepted":           opendsr.Accepted(p, []byte("{}")),
		"status":             opendsr.OpenDSR.Status(p),
		"status-completed":   opendsr.OpenDSR.Status(done),
		"status-opengdpr":    opendsr.OpenGDPR.Status(p),
		"callback":           opendsr.OpenDSR.Callback(done, "https://first-example-bank.example/opendsr/callbacks"),
		"cancellation":       opendsr.OpenDSR.Cancellation(p, now.Add(time.Hour)),
		"discovery":          opendsr.OpenDSR.Discovery("https://" + domain + "/v2/certificate.pem"),
		"discovery-opengdpr": opendsr.OpenGDPR.Discovery("https://" + domain + "/v2/certificate.pem"),
		"error":              refusal.(*opendsr.Refusal).Body(),
		"error-no-such":      opendsr.ErrorBody(404, "no such request"),
	} {
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
}

// TestTypes: what of ours can be asked for, and by which name; the rest cannot.
func TestTypes(t *testing.T) {
	names := map[statement.RequestType]string{statement.Access: "access", statement.Portability: "portability", statement.Erasure: "erasure"}
	for _, d := range []opendsr.Dialect{opendsr.OpenGDPR, opendsr.OpenDSR} {
		if d == opendsr.OpenDSR {
			names[statement.Rectification], names[statement.LimitSensitiveUse] = "correction", "limit"
		}
		for _, kind := range statement.RequestTypes() {
			if got, ok := d.TypeOf(names[kind]); ok != (names[kind] != "") || ok && got != kind {
				t.Errorf("%s: %s, %v", kind, got, ok)
			}
			if _, ok := d.TypeOf(string(kind)); ok && names[kind] != string(kind) {
				t.Errorf("%s can be asked for by our name", kind)
			}
		}
	}
}

func TestStates(t *testing.T) {
	if got := opendsr.States["denied"]; got != opendsr.Cancelled {
		t.Errorf("a denial is told as %s: completed would say that it was fulfilled", got)
	}
	if _, ok := opendsr.States["no-state"]; ok {
		t.Error("an unknown state has a status")
	}
}
