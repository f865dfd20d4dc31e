// Package sampleapp is a page of somebody else: it stands for a controller's own app, which
// puts an offer before its customer by <consent-offer>. It lives at an origin other than the
// API's, under a strict policy, and gets tokens from a server of its own.
package sampleapp

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"

	"consent-receipts/shared/api/client"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consentoffer"
	"consent-receipts/shared/wording"
)

// Path is where the app is.
const Path = "/sample-app/"

var (
	//go:embed index.html app.js
	files embed.FS
	//go:embed app.css
	style []byte
)

var page = template.Must(template.ParseFS(files, "index.html"))

var texts = wording.Load(wording.Sampleapp)

// Config is what the app needs.
type Config struct {
	API   string                 // the address of the API, without a slash at the end
	HTTP  *http.Client           // reaches the API
	Token func() (string, error) // an access token of the customer who is signed in
}

// New returns the handler of the app. The app wears the brand of the catalogue that the API has
// now.
func New(c Config) http.Handler {
	policy := "default-src 'none'; script-src 'self' " + c.API + "; style-src 'self'; img-src data:; connect-src 'self' " + c.API +
		"; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path+"{$}", func(w http.ResponseWriter, r *http.Request) {
		words := texts.In(r.URL.Query().Get("lang"))
		worn, err := c.brand(r.Context(), words.Language)
		var b bytes.Buffer
		if err == nil {
			err = page.Execute(&b, map[string]any{"W": words, "Brand": worn, "API": c.API, "Script": c.API + consentoffer.Path, "Integrity": consentoffer.Integrity()})
		}
		if err != nil {
			http.Error(w, "the page cannot be made", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		answer(w, "text/html; charset=utf-8", b.Bytes())
	})
	mux.HandleFunc("GET "+Path+"app.css", func(w http.ResponseWriter, r *http.Request) {
		worn, err := c.brand(r.Context(), "")
		if err != nil {
			http.Error(w, "there is no brand", http.StatusInternalServerError)
			return
		}
		answer(w, "text/css; charset=utf-8", append([]byte(worn.CSS()), style...))
	})
	mux.HandleFunc("POST "+Path+"token", func(w http.ResponseWriter, _ *http.Request) {
		token, err := c.Token()
		if err != nil {
			http.Error(w, "there is no token", http.StatusInternalServerError)
			return
		}
		answer(w, "text/plain; charset=utf-8", []byte(token))
	})
	mux.Handle("GET "+Path+"app.js", http.StripPrefix(Path, http.FileServerFS(files)))
	return http.NewCrossOriginProtection().Handler(mux)
}

// brand is what the catalogue says of the controller's pages.
func (c Config) brand(ctx context.Context, language string) (worn brand.Brand, err error) {
	api := client.Client{Base: c.API, HTTP: c.HTTP}
	a, err := api.Do(ctx, http.MethodGet, "/v1/catalogue", nil)
	if err != nil {
		return worn, err
	}
	cat, err := catalogue.Parse(a.Body)
	if err != nil {
		return worn, err
	}
	return cat.BrandIn(language, nil), nil
}

func answer(w http.ResponseWriter, mediaType string, body []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body)
}
