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

// TestRemoveFile: a file goes out of an answer that is not given yet, and no more goes out than is in.
func TestRemoveFile(t *testing.T) {
	file := statement.Part{Name: "a.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("00", 32), Size: 7, Attached: true, Where: "here"}
	elsewhere := file
	elsewhere.Attached = false
	r := statement.Request{Type: statement.Access, State: statement.Received}
	for _, p := range []statement.Part{file, elsewhere, file} {
		var err error
		r, err = datarequest.AddPart(r, p)
		must(t, err)
	}
	for left := 1; left >= 0; left-- {
		var err error
		if r, err = datarequest.RemoveFile(r, file); err != nil || datarequest.Files(r) != (statement.Attached{Files: left, Bytes: 7 * int64(left)}) || r.Parts != left+1 {
			t.Errorf("%d left: %+v, %v", left, r, err)
		}
	}
	for name, p := range map[string]statement.Part{"one more": file, "what this service does not keep": elsewhere} {
		if _, err := datarequest.RemoveFile(r, p); r.Attached != nil || !errors.Is(err, datarequest.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.State = statement.Completed
	if _, err := datarequest.RemoveFile(r, file); !errors.Is(err, datarequest.ErrEnded) {
		t.Errorf("after the answer: %v", err)
	}
}

// TestFilesOfAnswer: an answer has the files that were made ready, and says until when they are kept.
func TestFilesOfAnswer(t *testing.T) {
	c := calendar(t, "Europe/Madrid", nil)
	received := moment(t, "2026-06-01T12:00:00Z")
	r, _, err := datarequest.Open("id", statement.Access, "gdpr", "", received, nil, c)
	must(t, err)
	r, err = datarequest.AddPart(r, statement.Part{Name: "a.csv", MediaType: "text/csv", Digest: "sha256:" + strings.Repeat("00", 32), Size: 7, Attached: true, Where: "here"})
	must(t, err)
	late := moment(t, "2026-06-29T12:00:00Z")
	step := datarequest.Step{Act: datarequest.Complete, By: datarequest.Staff, FilesUntil: "2026-12-27", Ready: datarequest.Files(r)}
	if done, err := datarequest.Apply(r, step, late, nil, c); err != nil || done.FilesUntil != "2026-12-27" {
		t.Errorf("%q, %v", done.FilesUntil, err)
	}
	step.Ready.Files++
	if _, err := datarequest.Apply(r, step, late, nil, c); !errors.Is(err, datarequest.ErrForbidden) {
		t.Errorf("with a file more: %v", err)
	}
	r.Attached, step.Ready = nil, statement.Attached{}
	if done, err := datarequest.Apply(r, step, late, nil, c); err != nil || done.FilesUntil != "" {
		t.Errorf("without files: %q, %v", done.FilesUntil, err)
	}
}
