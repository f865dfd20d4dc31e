package folder_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"consent-receipts/shared/attachment"
	"consent-receipts/shared/attachment/attachmenttest"
	"consent-receipts/shared/attachment/folder"
)

// open serves a Store, whose clock the test moves.
func open(t *testing.T) (*folder.Store, *time.Time) {
	now := time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)
	s := &folder.Store{Dir: t.TempDir(), Key: bytes.Repeat([]byte{1}, 32), Now: func() time.Time { return now }}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.Base = server.URL + "/dev-files"
	return s, &now
}

func TestContract(t *testing.T) {
	s, _ := open(t)
	attachmenttest.Run(t, s)
}

// TestRefused: a form takes one file, of the declared size, for a while.
func TestRefused(t *testing.T) {
	s, now := open(t)
	large := strings.Repeat("x", attachment.MaxSize)
	text := attachment.Declared{Name: "a.txt", MediaType: "text/plain"}
	sized := text
	sized.Size = 5
	for name, test := range map[string]struct {
		d       attachment.Declared
		content string
		spoil   func(*attachment.Form)
		want    int
	}{
		"as declared":           {sized, "hello", nil, http.StatusNoContent},
		"as large as it may be": {text, large, nil, http.StatusNoContent},
		"too large":             {text, large + "x", nil, http.StatusBadRequest},
		"much too large":        {text, large + large, nil, http.StatusBadRequest},
		"larger than declared":  {sized, "hello!", nil, http.StatusBadRequest},
		"smaller than declared": {sized, "hell", nil, http.StatusBadRequest},
		"nothing":               {text, "", nil, http.StatusBadRequest},
		"another key": {text, "hello", func(f *attachment.Form) {
			f.Fields["key"] = strings.Replace(f.Fields["key"], attachmenttest.Alex.Person, attachmenttest.Sam.Person, 1)
		}, http.StatusForbidden},
		"the key of an added file": {text, "hello", func(f *attachment.Form) { f.Fields["key"] = strings.Replace(f.Fields["key"], "uploads", "added", 1) }, http.StatusForbidden},
		"a field more":             {text, "hello", func(f *attachment.Form) { f.Fields["x-amz-tagging"] = "clean" }, http.StatusForbidden},
		"another way back":         {text, "hello", func(f *attachment.Form) { f.Fields["success_action_redirect"] = "https://elsewhere.example" }, http.StatusForbidden},
		"too late":                 {text, "hello", func(*attachment.Form) { *now = now.Add(attachment.Window) }, http.StatusForbidden},
	} {
		upload := uuid.NewString()
		form, err := s.Begin(t.Context(), attachmenttest.Alex, upload, test.d, "")
		must(t, err)
		if test.spoil != nil {
			test.spoil(form)
		}
		res, err := form.Post(t.Context(), []byte(test.content))
		must(t, err)
		must(t, res.Body.Close())
		_, content, err := s.Uploaded(t.Context(), attachmenttest.Alex, upload)
		kept := err == nil && string(content) == test.content
		if res.StatusCode != test.want || kept != (test.want == http.StatusNoContent) || !kept && !errors.Is(err, attachment.ErrNotUploaded) {
			t.Errorf("%s: %d, %v", name, res.StatusCode, err)
		}
	}
}

// TestCutOff: of an upload that ends in its middle nothing is left.
func TestCutOff(t *testing.T) {
	s, _ := open(t)
	upload := uuid.NewString()
	form, err := s.Begin(t.Context(), attachmenttest.Alex, upload, attachmenttest.Letters, "")
	must(t, err)
	var body strings.Builder
	for name, value := range form.Fields {
		body.WriteString("--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
	}
	body.WriteString("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n" + attachmenttest.PDF[:20])
	connection, err := net.Dial("tcp", strings.TrimPrefix(strings.TrimSuffix(s.Base, "/dev-files"), "http://"))
	must(t, err)
	_, err = io.WriteString(connection, "POST /dev-files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: "+
		strconv.Itoa(body.Len()+100)+"\r\n\r\n"+body.String())
	must(t, err)
	must(t, connection.(*net.TCPConn).CloseWrite())
	_, _ = io.Copy(io.Discard, connection) // until the server has answered
	must(t, connection.Close())
	if _, _, err := s.Uploaded(t.Context(), attachmenttest.Alex, upload); !errors.Is(err, attachment.ErrNotUploaded) {
		t.Errorf("half an upload: %v", err)
	}
}

// TestAtOnce: the same upload taken in many times at once is one file.
func TestAtOnce(t *testing.T) {
	s, _ := open(t)
	upload, _ := attachmenttest.Upload(t, s, attachmenttest.Alex, attachmenttest.Letters, attachmenttest.PDF)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := attachment.TakeIn(t.Context(), s, "https://bank.example", attachmenttest.Alex, upload); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestAddress: an address opens one file, for a while.
func TestAddress(t *testing.T) {
	s, now := open(t)
	upload, _ := attachmenttest.Upload(t, s, attachmenttest.Alex, attachmenttest.Letters, attachmenttest.PDF)
	part, err := attachment.TakeIn(t.Context(), s, "https://bank.example", attachmenttest.Alex, upload)
	must(t, err)
	address, err := s.Address(t.Context(), attachmenttest.Alex, part, "")
	must(t, err)
	get := func(address string) int {
		res, err := http.Get(address)
		must(t, err)
		must(t, res.Body.Close())
		return res.StatusCode
	}
	if got := get(address); got != http.StatusOK {
		t.Errorf("%d", got)
	}
	for old, spoilt := range map[string]string{"added%2F": "uploads%2F", "application%2Fpdf": "text%2Fhtml", "letters": "setters", attachmenttest.Alex.Person: attachmenttest.Sam.Person} {
		if got := get(strings.Replace(address, old, spoilt, 1)); got != http.StatusForbidden {
			t.Errorf("with %s: %d", spoilt, got)
		}
	}
	*now = now.Add(attachment.Lifetime)
	if got := get(address); got != http.StatusForbidden {
		t.Errorf("too late: %d", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
