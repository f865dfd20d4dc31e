package server

import (
	"context"
	"io"
	"net/http"
	"strings"
)

// InProcess is a transport that asks the handler directly, without a network.
// The portal reaches the API through it.
type InProcess struct{ Handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (t InProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(context.WithoutCancel(r.Context()))
	in.RequestURI, in.Host = r.URL.RequestURI(), r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &memoryWriter{header: http.Header{}, status: http.StatusOK}
	t.Handler.ServeHTTP(w, in)
	return &http.Response{
		StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.header, Body: io.NopCloser(strings.NewReader(w.body.String())),
		ContentLength: int64(w.body.Len()), Request: r,
	}, nil
}

// memoryWriter keeps an answer in memory.
type memoryWriter struct {
	header http.Header
	status int
	body   strings.Builder
}

func (w *memoryWriter) Header() http.Header         { return w.header }
func (w *memoryWriter) WriteHeader(status int)      { w.status = status }
func (w *memoryWriter) Write(b []byte) (int, error) { return w.body.Write(b) }
