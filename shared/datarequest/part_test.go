package datarequest_test

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/statement"
)

func TestPart(t *testing.T) {
	good := statement.Part{Name: "payments 2026.csv", MediaType: "text/csv; charset=utf-8", Digest: "sha256:" + strings.Repeat("0a", 32), Size: 12, Where: "https://bank.example/downloads/7"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*statement.Part){
		"no name":                  func(p *statement.Part) { p.Name = "" },
		"a path":                   func(p *statement.Part) { p.Name = "../passwd" },
		"a path of Windows":        func(p *statement.Part) { p.Name = `a\b` },
		"a hidden file":            func(p *statement.Part) { p.Name = ".profile" },
		"a control character":      func(p *statement.Part) { p.Name = "a\x1bb" },
		"a name that turns around": func(p *statement.Part) { p.Name = "a\u202efdp.exe" },
		"bytes that are no text":   func(p *statement.Part) { p.Name = "a\xff" },
		"a long name":              func(p *statement.Part) { p.Name = strings.Repeat("a", 129) },
		"no media type":            func(p *statement.Part) { p.MediaType = "" },
		"a malformed media type":   func(p *statement.Part) { p.MediaType = "text/" },
		"no digest":                func(p *statement.Part) { p.Digest = "" },
		"another digest":           func(p *statement.Part) { p.Digest = "md5:" + strings.Repeat("0a", 16) },
		"a negative size":          func(p *statement.Part) { p.Size = -1 },
		"nowhere":                  func(p *statement.Part) { p.Where = "" },
		"a long way":               func(p *statement.Part) { p.Where = strings.Repeat("é", 301) },
	} {
		p := good
		if spoil(&p); !errors.Is(p.Check(), statement.ErrPart) {
			t.Errorf("%s: %v", name, p.Check())
		}
	}
}

// TestAddPart: only what is at work, and asked for data, gets parts; and not too many.
func TestAddPart(t *testing.T) {
	part := statement.Part{Name: "a.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("00", 32), Where: "at the branch"}
	r := statement.Request{Type: statement.Access, State: statement.Received}
	for n := range datarequest.MaxParts {
		var err error
		if r, err = datarequest.AddPart(r, part); err != nil || r.Parts != n+1 || r.State != statement.Received {
			t.Fatalf("part %d: %+v, %v", n+1, r, err)
		}
	}
	if _, err := datarequest.AddPart(r, part); !errors.Is(err, datarequest.ErrForbidden) {
		t.Errorf("one more: %v", err)
	}
	for _, state := range statement.RequestStates() {
		_, err := datarequest.AddPart(statement.Request{Type: statement.Portability, State: state}, part)
		switch {
		case state.Ended():
			if !errors.Is(err, datarequest.ErrEnded) {
				t.Errorf("%s: %v", state, err)
			}
		case state == statement.WantsIdentity || state == statement.ToBeErased:
			if !errors.Is(err, datarequest.ErrForbidden) {
				t.Errorf("%s: %v", state, err)
			}
		case err != nil:
			t.Errorf("%s: %v", state, err)
		}
	}
	if _, err := datarequest.AddPart(statement.Request{Type: statement.Erasure, State: statement.Received}, part); !errors.Is(err, datarequest.ErrForbidden) {
		t.Errorf("an erasure: %v", err)
	}
}
