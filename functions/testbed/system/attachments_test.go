package system_test

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/api"
	"consent-receipts/shared/attachment"
	"consent-receipts/shared/attachment/attachmenttest"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/statement"
)

// answering is a request for data of Alex, which a clerk answers.
type answering struct {
	*here
	t                      *testing.T
	person, clerk          string // tokens
	id, own, desk, subject string
}

func openAnswering(t *testing.T) *answering {
	t.Helper()
	a := &answering{here: open(t), t: t}
	a.person, a.clerk = a.token(t, alex), a.token(t, system.SampleOperator)
	var asked struct{ Request struct{ ID string } }
	a.ask(t, a.person, "POST", "/v1/data-requests", `{"type":"access"}`).into(t, &asked)
	subject, err := a.sys.API.Pseudonyms.Of(alex)
	must(t, err)
	a.subject, a.id = subject, asked.Request.ID
	a.own, a.desk = api.Own.Request(a.id), api.Of(subject).Request(a.id)
	return a
}

// act asks as the clerk, for a case.
func (a *answering) act(path, body string) answer {
	a.t.Helper()
	return a.ask(a.t, a.clerk, "POST", a.desk+path, body, "Case-Reference", "DR-9")
}

// upload begins an upload and posts the file.
func (a *answering) upload(body, content string) api.Upload {
	a.t.Helper()
	var upload api.Upload
	a.act("/uploads", body).into(a.t, &upload)
	if status := a.post(upload, content); status != http.StatusNoContent {
		a.t.Fatalf("the upload: %d", status)
	}
	return upload
}

// post sends a file by the form of an upload.
func (a *answering) post(upload api.Upload, content string) (status int) {
	a.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(upload.Fields)) {
		must(a.t, w.WriteField(name, upload.Fields[name]))
	}
	part, err := w.CreateFormFile(upload.FileField, "chosen")
	must(a.t, err)
	_, err = io.WriteString(part, content)
	must(a.t, err)
	must(a.t, w.Close())
	r := httptest.NewRequest("POST", upload.Action, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	recorder := httptest.NewRecorder()
	a.Handler.ServeHTTP(recorder, r)
	return recorder.Code
}

// read reads what an address leads to, without a token.
func (a *answering) read(address string) string {
	a.t.Helper()
	got := a.ask(a.t, "", "GET", strings.TrimPrefix(address, a.Base), "")
	if got.status != http.StatusOK {
		a.t.Fatalf("%d: %s", got.status, got.body)
	}
	return string(got.body)
}

const letters = `{"name":"letters.pdf","media_type":"application/pdf"}`

// TestAttachment: a file is uploaded, added and read; the manifest names it by its digest; and
// the person reads it once there is an answer.
func TestAttachment(t *testing.T) {
	a := openAnswering(t)
	if slug, detail := a.act("/steps", `{"act":"complete"}`).problem(t); slug != "invalid-body" || !strings.Contains(detail, "no part") {
		t.Errorf("an answer without contents: %s, %s", slug, detail)
	}
	upload := a.upload(letters, attachmenttest.PDF)
	var added issued
	a.act("/uploads/"+upload.ID, "").into(t, &added)
	digest := statement.Digest([]byte(attachmenttest.PDF))
	if slug, _ := a.ask(t, a.person, "GET", api.Own.Attachment(a.id, digest), "").problem(t); slug != "request-state" {
		t.Errorf("read before there is an answer: %s", slug)
	}
	if slug, _ := a.act("/steps", `{"act":"complete","nothing_held":true}`).problem(t); slug != "invalid-body" {
		t.Errorf("a file and nothing: %s", slug)
	}

	// What is uploaded later by the same form changes nothing, and is not added.
	if status := a.post(upload, strings.Replace(attachmenttest.PDF, "1.4", "1.7", 1)); status != http.StatusNoContent {
		t.Fatalf("the same form again: %d", status)
	}
	if slug, _ := a.act("/uploads/"+upload.ID, "").problem(t); slug != "idempotency-mismatch" {
		t.Errorf("another content by the same upload: %s", slug)
	}
	var shown api.Preview
	a.act("/steps/preview", `{"act":"complete"}`).into(t, &shown)
	until := a.sys.API.Registrar.Clock().AddDate(0, 0, 180).Format(time.DateOnly)
	if shown.Request.FilesUntil != until {
		t.Errorf("the preview says %q, want %q", shown.Request.FilesUntil, until)
	}
	a.act("/steps", `{"act":"complete"}`).into(t, &added)

	var file api.Attachment
	for who, path := range map[string]string{a.person: api.Own.Attachment(a.id, digest), a.clerk: api.Of(a.subject).Attachment(a.id, digest)} {
		a.ask(t, who, "GET", path, "").into(t, &file)
		if got := a.read(file.Address); statement.Digest([]byte(got)) != digest || file.Name != "letters.pdf" || !strings.HasSuffix(file.Where, attachment.Path(a.id, digest)) {
			t.Errorf("%+v: %q", file, got)
		}
	}
	var manifest api.Manifest
	a.ask(t, a.person, "GET", a.own+"/manifest", "").into(t, &manifest)
	if len(manifest.Parts) != 1 || manifest.Parts[0].Part != file.Part || manifest.Request.Attached.Files != 1 || manifest.Request.FilesUntil != until {
		t.Errorf("the manifest: %+v", manifest.Manifest)
	}
	a.checkBundle("letters.pdf", attachmenttest.PDF)
	other := a.token(t, lucia)
	for name, token := range map[string]string{"another person": other, "nobody": ""} {
		if got := a.ask(t, token, "GET", api.Own.Attachment(a.id, digest), ""); got.status != http.StatusNotFound && got.status != http.StatusUnauthorized {
			t.Errorf("%s reads it: %d", name, got.status)
		}
	}

	// Changed where it is kept: the manifest tells.
	kept := filepath.Join(a.dir, system.FilesFolder, "kept", a.subject, a.id, until, strings.TrimPrefix(digest, "sha256:"))
	must(t, os.WriteFile(kept, []byte("changed"), 0o600))
	if got := a.read(file.Address); statement.Digest([]byte(got)) == manifest.Parts[0].Digest {
		t.Error("a changed file has the digest of the manifest")
	}
	must(t, os.Remove(kept))
	if slug, _ := a.ask(t, a.person, "GET", api.Own.Attachment(a.id, digest), "").problem(t); slug != "not-found" {
		t.Errorf("a file that is no longer kept: %s", slug)
	}
	if log := a.log.String(); strings.Contains(log, alex) || strings.Contains(log, "letters") {
		t.Error("the log names the customer, or the file")
	}
}

// checkBundle checks that the person's bundle names the file of the answer, and tells it from a
// changed one and from one that is not given.
func (a *answering) checkBundle(name, content string) {
	a.t.Helper()
	folder := a.t.TempDir()
	put := func(name, content string) string {
		path := filepath.Join(folder, name)
		must(a.t, os.WriteFile(path, []byte(content), 0o600))
		return path
	}
	bundle := a.ask(a.t, a.person, "GET", "/v1/receipts/bundle", "").body
	archive, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	must(a.t, err)
	index, err := fs.ReadFile(archive, "index.html")
	must(a.t, err)
	if digest := statement.Digest([]byte(content)); !strings.Contains(string(index), digest) || !strings.Contains(string(index), "<bdi>"+name) {
		a.t.Error("the index of the bundle does not list the file")
	}
	of := put("bundle.zip", string(bundle))
	for given, want := range map[string]receipt.Verdict{"": receipt.Genuine, content: receipt.Genuine, content + "x": receipt.Changed} {
		paths := []string{of}
		if given != "" {
			paths = append(paths, put(name, given))
		}
		report, err := check.Run(a.t.Context(), paths, check.Options{Roots: receipt.Roots{a.sys.Root}})
		must(a.t, err)
		if report.Verdict != want || len(report.Answers) != 1 || report.Answers[0].Name != name || report.Answers[0].Changed != (want == receipt.Changed) || (report.Answers[0].File == "") != (given == "") {
			a.t.Errorf("with %q: %s, %+v", given, report.Verdict, report.Answers)
		}
	}
}

// TestAttachmentRemoved: a file is taken out once, a receipt says so, and nobody gets it; after the
// answer nothing is taken out.
func TestAttachmentRemoved(t *testing.T) {
	a := openAnswering(t)
	at, digest := api.Of(a.subject).Attachment(a.id, statement.Digest([]byte(attachmenttest.PDF))), statement.Digest([]byte(attachmenttest.PDF))
	remove := func() answer { return a.ask(t, a.clerk, "DELETE", at, "", "Case-Reference", "DR-9") }
	if got := remove(); got.status != http.StatusNotFound {
		t.Errorf("what was never added: %d", got.status)
	}
	var first, second, again issued
	for range 2 { // the same file, twice
		a.act("/uploads/"+a.upload(letters, attachmenttest.PDF).ID, "").into(t, &first)
	}
	var life api.Life
	for left := 1; left >= 0; left-- {
		life = api.Life{}
		remove().into(t, &second)
		a.ask(t, a.clerk, "GET", a.desk, "").into(t, &life)
		if len(life.Parts) != left || life.Request.Parts != left {
			t.Errorf("%d are left, want %d", len(life.Parts), left)
		}
	}
	if remove().into(t, &again); again.Digest == first.Digest || len(life.History) != 5 {
		t.Errorf("once more: %+v, after %d receipts", again, len(life.History))
	}
	if h := life.History[4]; h.Event != statement.EventPartRemoved || h.Part != nil {
		t.Errorf("the receipt: %+v", h)
	}
	if got := a.ask(t, a.clerk, "GET", at, ""); got.status != http.StatusNotFound {
		t.Errorf("read after it was taken out: %d", got.status)
	}
	if slug, _ := a.act("/steps", `{"act":"complete"}`).problem(t); slug != "invalid-body" {
		t.Errorf("an answer with nothing left: %s", slug)
	}

	// Added again, and answered: it stays.
	a.act("/uploads/"+a.upload(letters, attachmenttest.PDF).ID, "").into(t, &first)
	a.act("/steps", `{"act":"complete"}`).into(t, &second)
	if slug, _ := remove().problem(t); slug != "request-state" {
		t.Errorf("after the answer: %s", slug)
	}
	var manifest api.Manifest
	a.ask(t, a.person, "GET", a.own+"/manifest", "").into(t, &manifest)
	if len(manifest.Parts) != 1 || manifest.Parts[0].Digest != digest || manifest.Parts[0].Receipt != first.Seq {
		t.Errorf("the manifest: %+v", manifest.Parts)
	}
}

// TestAttachmentGone: no answer promises a file that cannot be kept.
func TestAttachmentGone(t *testing.T) {
	a := openAnswering(t)
	var added issued
	a.act("/uploads/"+a.upload(letters, attachmenttest.PDF).ID, "").into(t, &added)
	digest := statement.Digest([]byte(attachmenttest.PDF))
	waiting := filepath.Join(a.dir, system.FilesFolder, "added", a.subject, a.id, strings.TrimPrefix(digest, "sha256:"))
	must(t, os.WriteFile(waiting, []byte("changed"), 0o600))
	for _, spoilt := range []string{"changed", "gone"} {
		if slug, detail := a.act("/steps", `{"act":"complete"}`).problem(t); slug != "request-state" || !strings.Contains(detail, "letters.pdf") {
			t.Errorf("%s: %s, %s", spoilt, slug, detail)
		}
		_ = os.Remove(waiting)
	}
	var life api.Life
	a.ask(t, a.clerk, "GET", a.desk, "").into(t, &life)
	if !life.Request.Open() {
		t.Errorf("it is %s", life.Request.State)
	}
	a.ask(t, a.clerk, "DELETE", api.Of(a.subject).Attachment(a.id, digest), "", "Case-Reference", "DR-9").into(t, &added)
	a.act("/uploads/"+a.upload(letters, attachmenttest.PDF).ID, "").into(t, &added)
	a.act("/steps", `{"act":"complete"}`).into(t, &added)
}

// TestAttachmentRefused: what is wrong with a file is found before it is part of an answer.
func TestAttachmentRefused(t *testing.T) {
	a := openAnswering(t)
	for body, slug := range map[string]string{
		`{"name":"a.html","media_type":"text/html"}`:                           "invalid-body",
		`{"name":"../a.pdf","media_type":"application/pdf"}`:                   "invalid-body",
		`{"name":"a\u202efdp.pdf","media_type":"application/pdf"}`:             "file-refused",
		`{"name":"a.exe","media_type":"application/pdf"}`:                      "file-refused",
		`{"name":"a.pdf","media_type":"application/pdf","size":10485761}`:      "invalid-body",
		`{"name":"a.pdf","media_type":"application/pdf","back":"javascript:"}`: "invalid-body",
		`{"name":"a.pdf","media_type":"application/pdf","back":"https://"}`:    "invalid-body",
	} {
		if got, _ := a.act("/uploads", body).problem(t); got != slug {
			t.Errorf("%s: %s, want %s", body, got, slug)
		}
	}
	for name, content := range map[string]string{
		"a script": "<html><script>alert(1)</script>", "cut off": attachmenttest.PDF[:40],
	} {
		upload := a.upload(letters, content)
		if slug, _ := a.act("/uploads/"+upload.ID, "").problem(t); slug != "file-refused" {
			t.Errorf("%s: %s", name, slug)
		}
	}
	var unsent api.Upload
	a.act("/uploads", letters).into(t, &unsent)
	for _, id := range []string{unsent.ID, "8f14e45f-ceea-467f-a1d5-9b2c3d4e5f60", "x", strings.ToUpper(unsent.ID)} {
		if got := a.act("/uploads/"+id, ""); got.status != http.StatusNotFound {
			t.Errorf("%s was added: %d", id, got.status)
		}
	}

	// Many at once, and each once: no file is added twice, and none too many.
	upload := a.upload(letters, attachmenttest.PDF)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() { a.act("/uploads/"+upload.ID, "") })
	}
	all.Wait()
	for range 19 {
		more := a.upload(letters, attachmenttest.PDF)
		a.act("/uploads/"+more.ID, "")
	}
	if got := a.act("/uploads", letters); got.status != http.StatusConflict {
		t.Errorf("one more is begun: %d", got.status)
	}
	var manifest api.Manifest
	a.ask(t, a.person, "GET", a.own+"/manifest", "").into(t, &manifest)
	if n := len(manifest.Parts); n != 20 || manifest.Request.Attached.Files != n {
		t.Errorf("%d files, and %+v", n, manifest.Request.Attached)
	}
}
