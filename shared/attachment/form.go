package attachment

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"time"
)

// Form is an HTML form (multipart/form-data) that uploads one file. The file is its last field,
// with the name [FileField].
type Form struct {
	Action string            // where to post it
	Fields map[string]string // hidden fields
	Until  time.Time
}

// FileField is the name of the field that has the file.
const FileField = "file"

// Post sends the form with a file, as a browser does, and follows no redirection.
func (f *Form) Post(ctx context.Context, content []byte) (*http.Response, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(f.Fields)) {
		if err := w.WriteField(name, f.Fields[name]); err != nil {
			return nil, err
		}
	}
	part, err := w.CreateFormFile(FileField, "file")
	if err == nil {
		_, err = part.Write(content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.Action, &b)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", w.FormDataContentType())
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return client.Do(request)
}
