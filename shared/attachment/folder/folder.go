// Package folder keeps attachments in a folder, for one machine. It serves the forms and the
// addresses that it gives out itself, as a bucket does: each is signed, and valid for a while.
package folder

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"consent-receipts/shared/attachment"
	"consent-receipts/shared/statement"
)

// Store is an attachment.Store, and the handler of the paths below that of Base. All fields are
// set.
type Store struct {
	Dir  string           // its folder, which is made when it is needed
	Base string           // the address under which the Store is served: http://localhost:8080/dev-files
	Key  []byte           // signs what it gives out
	Now  func() time.Time // the clock
}

// Folders of the Store. An upload never lies among the files that were added, nor these among those
// that are kept.
const (
	uploads = "uploads"
	added   = "added"
	kept    = "kept"
)

// Names of the fields of a form and of the parameters of an address. The names of the first four
// are those of Amazon S3.
const (
	keyField      = "key"
	backField     = "success_action_redirect"
	typeField     = "Content-Type"
	declaredField = "x-amz-meta-declared"
	nameField     = "name"
	untilField    = "until"
	signature     = "signature"
)

// filePath is the path of a file that was added, or of one that is kept until a day.
func filePath(at attachment.Place, file statement.Part, until string) string {
	digest := strings.TrimPrefix(file.Digest, "sha256:")
	if until == "" {
		return path(added, at, digest)
	}
	return path(kept, at, until+"/"+digest)
}

func path(folder string, at attachment.Place, id string) string {
	return strings.Join([]string{folder, at.Person, at.Request, id}, "/")
}

// sign returns the signature of fields.
func (s *Store) sign(fields map[string]string) string {
	b, _ := json.Marshal(fields) // texts, in the order of their names: cannot fail
	mac := hmac.New(sha256.New, s.Key)
	mac.Write(b)
	return hex.EncodeToString(mac.Sum(nil))
}

// signed adds the end and the signature to fields.
func (s *Store) signed(fields map[string]string, lasting time.Duration) (until time.Time) {
	until = s.Now().Add(lasting)
	fields[untilField] = strconv.FormatInt(until.Unix(), 10)
	fields[signature] = s.sign(fields)
	return until
}

// valid reports whether the store gave these fields out, and they are still valid.
func (s *Store) valid(fields map[string]string) bool {
	given := fields[signature]
	delete(fields, signature)
	until, err := strconv.ParseInt(fields[untilField], 10, 64)
	return err == nil && hmac.Equal([]byte(given), []byte(s.sign(fields))) && s.Now().Before(time.Unix(until, 0))
}

// Begin implements attachment.Store.
func (s *Store) Begin(_ context.Context, at attachment.Place, upload string, d attachment.Declared, back string) (*attachment.Form, error) {
	token, err := d.Token()
	fields := map[string]string{keyField: path(uploads, at, upload), typeField: d.MediaType, declaredField: token}
	if back != "" {
		fields[backField] = back
	}
	until := s.signed(fields, attachment.Window)
	return &attachment.Form{Action: s.Base, Fields: fields, Until: until}, err
}

// Uploaded implements attachment.Store. Nothing scans what is on this machine.
func (s *Store) Uploaded(_ context.Context, at attachment.Place, upload string) (d attachment.Declared, content []byte, err error) {
	b, err := os.ReadFile(s.file(path(uploads, at, upload)))
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil, attachment.ErrNotUploaded
	}
	if err != nil {
		return d, nil, err
	}
	token, body, _ := strings.Cut(string(b), "\n")
	d, err = attachment.ParseToken(token)
	return d, []byte(body), err
}

// Add implements attachment.Store.
func (s *Store) Add(_ context.Context, at attachment.Place, file statement.Part, content []byte) error {
	return s.once(filePath(at, file, ""), content)
}

// Keep implements attachment.Store. Nothing is deleted on this machine.
func (s *Store) Keep(_ context.Context, at attachment.Place, file statement.Part, until string) error {
	content, err := os.ReadFile(s.file(filePath(at, file, "")))
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && statement.Digest(content) != file.Digest:
		return attachment.ErrGone
	case err != nil:
		return err
	}
	return s.once(filePath(at, file, until), content)
}

// once has a file on disk, unless one is there.
func (s *Store) once(key string, content []byte) error {
	name := s.file(key)
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	return write(name, content)
}

// Address implements attachment.Store.
func (s *Store) Address(_ context.Context, at attachment.Place, file statement.Part, until string) (string, error) {
	key := filePath(at, file, until)
	if _, err := os.Stat(s.file(key)); errors.Is(err, fs.ErrNotExist) {
		return "", attachment.ErrGone
	}
	fields := map[string]string{keyField: key, typeField: file.MediaType, nameField: file.Name}
	s.signed(fields, attachment.Lifetime)
	query := url.Values{}
	for name, value := range fields {
		query.Set(name, value)
	}
	return s.Base + "?" + query.Encode(), nil
}

func (s *Store) file(key string) string { return filepath.Join(s.Dir, filepath.FromSlash(key)) }

// write has a file on disk as a whole, or not at all.
func write(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".part-*")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// ServeHTTP takes an upload in, or hands a file out that was added or is kept.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodPost {
		s.receive(w, r)
		return
	}
	fields := map[string]string{}
	for name, values := range r.URL.Query() {
		fields[name] = values[0]
	}
	if !s.valid(fields) || strings.HasPrefix(fields[keyField], uploads+"/") {
		http.Error(w, "The address is not valid, or no longer.", http.StatusForbidden)
		return
	}
	content, err := os.ReadFile(s.file(fields[keyField]))
	if err != nil {
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", fields[typeField])
	w.Header().Set("Content-Disposition", attachment.Disposition(fields[nameField]))
	_, _ = w.Write(content) // if this fails, the reader has gone
}

// maxForm bounds a posted form: the file, and room for the fields.
const maxForm = attachment.MaxSize + 64<<10

// receive takes an upload in. What is refused, or cut off, leaves nothing behind.
func (s *Store) receive(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	fields, content, err := readForm(r)
	if err != nil {
		http.Error(w, "The form is not whole, or the file is too large.", http.StatusBadRequest)
		return
	}
	back := fields[backField]
	if !s.valid(fields) {
		http.Error(w, "The form is not valid, or no longer.", http.StatusForbidden)
		return
	}
	d, err := attachment.ParseToken(fields[declaredField])
	if least, most := d.Bounds(); err != nil || int64(len(content)) < least || int64(len(content)) > most {
		http.Error(w, "The file is too large, or not the one that was announced.", http.StatusBadRequest)
		return
	}
	if err := write(s.file(fields[keyField]), append([]byte(fields[declaredField]+"\n"), content...)); err != nil {
		http.Error(w, "The file cannot be kept.", http.StatusInternalServerError)
		return
	}
	if back == "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther) //nolint:gosec // the store has signed where it leads
}

// readForm reads the fields of a form, and then its file.
func readForm(r *http.Request) (fields map[string]string, content []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, nil, err
	}
	fields = map[string]string{}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, nil, fmt.Errorf("the form has no file: %w", err)
		}
		b, err := io.ReadAll(part)
		if err != nil {
			return nil, nil, err
		}
		if part.FormName() == attachment.FileField {
			return fields, b, nil
		}
		fields[part.FormName()] = string(b)
	}
}
