// Package attachmenttest is the contract of attachment.Store as tests, and what they upload with.
package attachmenttest

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"consent-receipts/shared/attachment"
	"consent-receipts/shared/statement"
)

// PDF is a small file of the type application/pdf.
const PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

// Letters declares such a file.
var Letters = attachment.Declared{Name: "letters of Lucía.pdf", MediaType: "application/pdf"}

// Alex and Sam are the requests of two people.
var (
	Alex = attachment.Place{Person: strings.Repeat("a", 43), Request: "8f14e45f-ceea-467f-a1d5-9b2c3d4e5f60"}
	Sam  = attachment.Place{Person: strings.Repeat("b", 43), Request: "8f14e45f-ceea-467f-a1d5-9b2c3d4e5f60"}
)

// Upload begins an upload and posts a file. It returns the upload's id and the status.
func Upload(t testing.TB, s attachment.Store, at attachment.Place, d attachment.Declared, content string) (upload string, status int) {
	t.Helper()
	upload = uuid.NewString()
	form, err := s.Begin(t.Context(), at, upload, d, "")
	must(t, err)
	res, err := form.Post(t.Context(), []byte(content))
	must(t, err)
	must(t, res.Body.Close())
	return upload, res.StatusCode
}

// day is the last day of what is kept.
const day = "2027-05-22"

const issuer = "https://consent.bank.example"

// Run checks that a Store keeps its contract.
func Run(t *testing.T, s attachment.Store) {
	ctx := t.Context()
	upload, status := Upload(t, s, Alex, Letters, PDF)
	if status != http.StatusNoContent {
		t.Fatalf("the upload: %d", status)
	}
	part, err := attachment.TakeIn(ctx, s, issuer, Alex, upload)
	must(t, err)
	want := statement.Part{
		Name: Letters.Name, MediaType: "application/pdf", Digest: statement.Digest([]byte(PDF)), Size: int64(len(PDF)), Attached: true,
		Where: issuer + "/requests/" + Alex.Request + "/files/" + statement.Digest([]byte(PDF)),
	}
	if part != want {
		t.Errorf("taken in: %+v, want %+v", part, want)
	}
	if again, err := attachment.TakeIn(ctx, s, issuer, Alex, upload); err != nil || again != part {
		t.Errorf("taken in again: %+v, %v", again, err)
	}
	read(t, s, part, "")
	if address, err := s.Address(ctx, Alex, part, day); !errors.Is(err, attachment.ErrGone) {
		t.Errorf("a file that is not kept yet: %s, %v", address, err)
	}

	// What changes later changes nothing that was added, and nothing that is kept.
	other := strings.Replace(PDF, "1.4", "1.7", 1)
	form, err := s.Begin(ctx, Alex, upload, Letters, "")
	must(t, err)
	res, err := form.Post(ctx, []byte(other))
	must(t, err)
	must(t, res.Body.Close())
	for range 2 {
		must(t, s.Add(ctx, Alex, part, []byte(other)))
		read(t, s, part, "")
		must(t, s.Keep(ctx, Alex, part, day))
		read(t, s, part, day)
	}
	if address, err := s.Address(ctx, Alex, part, "2027-05-23"); !errors.Is(err, attachment.ErrGone) {
		t.Errorf("a file that is kept until another day: %s, %v", address, err)
	}

	for name, at := range map[string]struct {
		place  attachment.Place
		upload string
	}{"another person's upload": {Sam, upload}, "no such upload": {Alex, uuid.NewString()}} {
		if _, err := attachment.TakeIn(ctx, s, issuer, at.place, at.upload); !errors.Is(err, attachment.ErrNotUploaded) {
			t.Errorf("%s: %v", name, err)
		}
	}
	gone := part
	gone.Digest = statement.Digest(nil)
	for name, at := range map[string]struct {
		place attachment.Place
		part  statement.Part
	}{"another person's file": {Sam, part}, "no such file": {Alex, gone}} {
		for _, until := range []string{"", day} {
			if address, err := s.Address(ctx, at.place, at.part, until); !errors.Is(err, attachment.ErrGone) {
				t.Errorf("%s: %s, %v", name, address, err)
			}
		}
		if err := s.Keep(ctx, at.place, at.part, day); !errors.Is(err, attachment.ErrGone) {
			t.Errorf("%s is kept: %v", name, err)
		}
	}
	spoilt := gone
	must(t, s.Add(ctx, Alex, spoilt, []byte("other bytes than those of this digest")))
	if err := s.Keep(ctx, Alex, spoilt, day); !errors.Is(err, attachment.ErrGone) {
		t.Errorf("other bytes than were added are kept: %v", err)
	}

	fake, _ := Upload(t, s, Alex, Letters, "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
	if _, err := attachment.TakeIn(ctx, s, issuer, Alex, fake); !errors.Is(err, attachment.ErrContent) {
		t.Errorf("a picture with a script as a letter: %v", err)
	}
}

// read checks that the address of a file leads to the file, and that a browser saves it.
func read(t *testing.T, s attachment.Store, part statement.Part, until string) {
	t.Helper()
	address, err := s.Address(t.Context(), Alex, part, until)
	must(t, err)
	res, err := http.Get(address)
	must(t, err)
	defer res.Body.Close()
	content, err := io.ReadAll(res.Body)
	must(t, err)
	if statement.Digest(content) != part.Digest {
		t.Errorf("%d: %q has another digest", res.StatusCode, content)
	}
	how, params, err := mime.ParseMediaType(res.Header.Get("Content-Disposition"))
	if err != nil || how != "attachment" || params["filename"] != part.Name || res.Header.Get("Content-Type") != part.MediaType {
		t.Errorf("%v: %v", res.Header, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
