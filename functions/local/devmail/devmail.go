// Package devmail stands in for whoever delivers mails, on one machine: it keeps each mail in a
// file, and shows them on a page.
package devmail

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"html/template"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"consent-receipts/shared/mail"
)

// Path is where the page is.
const Path = "/dev-mail/"

// shown is how many mails the page shows, the newest ones.
const shown = 20

// Box has the mails, a line of JSON each.
type Box struct {
	File string
	Now  func() time.Time
	mu   sync.Mutex
}

// kept is a mail in the file.
type kept struct {
	At time.Time
	mail.Message
}

// Send implements mail.Send.
func (b *Box) Send(_ context.Context, m mail.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	line, err := json.Marshal(kept{b.Now().UTC(), m})
	if err != nil {
		return err
	}
	f, err := os.OpenFile(b.File, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Close())
}

// newest reads the newest mails, the newest first.
func (b *Box) newest() (mails []kept, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, err := os.Open(b.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var m kept
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return nil, err
		}
		mails = append(mails, m)
		if len(mails) > shown {
			mails = mails[1:]
		}
	}
	slices.Reverse(mails)
	return mails, lines.Err()
}

// Lines are the lines of a mail. One that is an address is a link.
func (k kept) Lines() []string { return strings.Split(k.Text, "\n") }

// IsLink reports whether a line is an address of the web.
func (kept) IsLink(line string) bool {
	return strings.HasPrefix(line, "http://") || strings.HasPrefix(line, "https://")
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Mails of this machine</title></head>
<body><main><h1>Mails of this machine</h1>
<p>No mail leaves this machine. These were sent last:</p>
{{- range .}}{{$mail := .}}
<section><h2>{{.Subject}}</h2><p>To {{.To}}, {{.At.Format "2006-01-02 15:04:05"}} UTC</p>
<p>{{range .Lines}}{{if $mail.IsLink .}}<a href="{{.}}">{{.}}</a>{{else}}{{.}}{{end}}<br>{{end}}</p></section>
{{- else}}<p>None yet.</p>{{end}}
</main></body></html>
`))

// ServeHTTP shows the newest mails.
func (b *Box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || r.URL.Path != Path {
		http.NotFound(w, r)
		return
	}
	mails, err := b.newest()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	_ = page.Execute(w, mails) // if this fails, the reader has gone
}
