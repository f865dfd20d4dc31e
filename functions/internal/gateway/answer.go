package gateway

import (
	"encoding/json"
	"net/http"
)

// Answer is an answer that is whole before anything of it is sent.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// With answers bytes of a media type.
func With(status int, mediaType string, body []byte) *Answer {
	return &Answer{status, map[string]string{"Content-Type": mediaType}, body}
}

// JSON answers a value in JSON.
func JSON(status int, v any) (*Answer, error) {
	b, err := json.Marshal(v)
	return With(status, "application/json", b), err
}

// Immutable lets caches keep what is addressed by its digest.
func (a *Answer) Immutable() *Answer { return a.cached("31536000, immutable") }

// Public lets caches keep a public document for a while.
func (a *Answer) Public() *Answer { return a.cached("300") }

func (a *Answer) cached(maxAge string) *Answer {
	a.Header["Cache-Control"] = "public, max-age=" + maxAge
	return a
}

// Write sends the answer.
func (a *Answer) Write(w http.ResponseWriter) {
	for name, value := range a.Header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a caller that has gone gets nothing
}
