package datarequest_test

import (
	"errors"
	"strings"
	"testing"

	"consent-receipts/shared/datarequest"
)

func TestPart(t *testing.T) {
	good := datarequest.Part{Name: "payments 2026.csv", MediaType: "text/csv; charset=utf-8", Digest: "sha256:" + strings.Repeat("0a", 32), Size: 12, Where: "https://bank.example/downloads/7"}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*datarequest.Part){
		"no name":                  func(p *datarequest.Part) { p.Name = "" },
		"a path":                   func(p *datarequest.Part) { p.Name = "../passwd" },
		"a path of Windows":        func(p *datarequest.Part) { p.Name = `a\b` },
		"a hidden file":            func(p *datarequest.Part) { p.Name = ".profile" },
		"a control character":      func(p *datarequest.Part) { p.Name = "a\x1bb" },
		"a name that turns around": func(p *datarequest.Part) { p.Name = "a\u202efdp.exe" },
		"bytes that are no text":   func(p *datarequest.Part) { p.Name = "a\xff" },
		"a long name":              func(p *datarequest.Part) { p.Name = strings.Repeat("a", 129) },
		"no media type":            func(p *datarequest.Part) { p.MediaType = "" },
		"a malformed media type":   func(p *datarequest.Part) { p.MediaType = "text/" },
		"no digest":                func(p *datarequest.Part) { p.Digest = "" },
		"another digest":           func(p *datarequest.Part) { p.Digest = "md5:" + strings.Repeat("0a", 16) },
		"a negative size":          func(p *datarequest.Part) { p.Size = -1 },
		"nowhere":                  func(p *datarequest.Part) { p.Where = "" },
		"a long way":               func(p *datarequest.Part) { p.Where = strings.Repeat("é", 301) },
	} {
		p := good
		if spoil(&p); !errors.Is(p.Check(), datarequest.ErrPart) {
			t.Errorf("%s: %v", name, p.Check())
		}
	}
}

// TestAddPart: only what is at work, and asked for data, gets parts; and not too many.
func TestAddPart(t *testing.T) {
	part := datarequest.Part{Name: "a.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("00", 32), Where: "at the branch"}
	r := datarequest.Request{Type: datarequest.Access, State: datarequest.Received}
	for n := range datarequest.MaxParts {
		var err error
		if r, err = datarequest.AddPart(r, part); err != nil || r.Parts != n+1 || r.State != datarequest.Received {
			t.Fatalf("part %d: %+v, %v", n+1, r, err)
		}
	}
	if _, err := datarequest.AddPart(r, part); !errors.Is(err, datarequest.ErrForbidden) {
		t.Errorf("one more: %v", err)
	}
	for _, state := range datarequest.States() {
		_, err := datarequest.AddPart(datarequest.Request{Type: datarequest.Portability, State: state}, part)
		switch {
		case state.Ended():
			if !errors.Is(err, datarequest.ErrEnded) {
				t.Errorf("%s: %v", state, err)
			}
		case state == datarequest.WantsIdentity || state == datarequest.ToBeErased:
			if !errors.Is(err, datarequest.ErrForbidden) {
				t.Errorf("%s: %v", state, err)
			}
		case err != nil:
			t.Errorf("%s: %v", state, err)
		}
	}
	if _, err := datarequest.AddPart(datarequest.Request{Type: datarequest.Erasure, State: datarequest.Received}, part); !errors.Is(err, datarequest.ErrForbidden) {
		t.Errorf("an erasure: %v", err)
	}
}
