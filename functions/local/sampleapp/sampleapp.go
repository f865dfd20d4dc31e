// Package sampleapp is a page of somebody else: it stands for a controller's own app, which
// puts an offer before its customer by <consent-offer>. It lives at an origin other than the
// API's, under a strict policy, and gets tokens from a server of its own.
package sampleapp

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"

	"consent-receipts/shared/consentoffer"
	"consent-receipts/shared/wording"
)

// Path is where the app is.
const Path = "/sample-app/"

//go:embed index.html app.js app.css
var files embed.FS

var page = template.Must(template.ParseFS(files, "index.html"))

var texts = wording.Load(wording.Sampleapp)

// Config is what the app needs.
type Config struct {
	API   string                 // the address of the API, without a slash at the end
	Token func() (string, error) // an access token of the customer who is signed in
}

// New returns the handler of the app.
func New(c Config) http.Handler {
	policy := "default-src 'none'; script-src 'self' " + c.API + "; style-src 'self'; img-src data:; connect-src 'self' " + c.API +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		if err := page.Execute(&b, map[string]any{
			"W": texts.In(r.URL.Query().Get("lang")), "API": c.API, "Script": c.API + consentoffer.Path, "Integrity": consentoffer.Integrity(),
		}); err != nil {
			http.Error(w, "the page cannot be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(b.Bytes())
	})
	mux.HandleFunc("POST "+Path+"token", func(w http.ResponseWriter, _ *http.Request) {
		token, err := c.Token()
		if err != nil {
			http.Error(w, "there is no token", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(token))
	})
	static := http.StripPrefix(Path, http.FileServerFS(files))
	mux.Handle("GET "+Path+"app.js", static)
	mux.Handle("GET "+Path+"app.css", static)
	return http.NewCrossOriginProtection().Handler(mux)
}
