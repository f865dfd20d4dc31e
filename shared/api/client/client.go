// Package client asks the HTTP API. Its answers are the types of package api.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"consent-receipts/shared/api"
)

// maxAnswer bounds what is read of an answer, in bytes; a bundle has 4 MB and its last
// receipt.
const maxAnswer = 8 << 20

// Client asks an API as the owner of a token.
type Client struct {
	Base  string // https://host, no slash at the end
	HTTP  *http.Client
	Token string // "": public documents alone
	// Header goes with every request. Empty values are left out.
	Header map[string]string
}

// Answer is an answer as it came.
type Answer struct {
	Header http.Header
	Body   []byte
}

// ErrUnreachable is wrapped by the error of an API that does not answer.
var ErrUnreachable = errors.New("does not answer")

// Do sends a request, with a body in JSON unless it is nil. Headers come in pairs, and empty
// ones are left out. A refusal of the API is an *api.Problem. A gateway in front of the API
// writes no problem document; its refusal is one of the type about:blank. No error names the
// path, because the path can name a person.
func (c *Client) Do(ctx context.Context, method, path string, body any, headers ...string) (*Answer, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.Base+path, content)
	if err != nil {
		return nil, err
	}
	set := func(name, value string) {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	for name, value := range c.Header {
		set(name, value)
	}
	if c.Token != "" {
		set("Authorization", "Bearer "+c.Token)
	}
	if body != nil {
		set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		set(headers[i], headers[i+1])
	}
	res, err := c.HTTP.Do(req)
	if err != nil {
		if whole, ok := errors.AsType[*url.Error](err); ok {
			err = whole.Err
		}
		return nil, fmt.Errorf("%s %w: %w", req.URL.Host, ErrUnreachable, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s %w: %w", req.URL.Host, ErrUnreachable, err)
	case len(b) > maxAnswer:
		return nil, fmt.Errorf("%s %w: it sends over %d bytes", req.URL.Host, ErrUnreachable, maxAnswer)
	case res.StatusCode/100 != 2:
		return nil, problemOf(res, b)
	}
	return &Answer{res.Header, b}, nil
}

func problemOf(res *http.Response, body []byte) *api.Problem {
	p := new(api.Problem)
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if media != api.ProblemMediaType || json.Unmarshal(body, p) != nil {
		p = &api.Problem{Type: "about:blank", Title: http.StatusText(res.StatusCode)} // RFC 9457, 4.2.1
	}
	p.Status = res.StatusCode
	return p
}

// Read reads an answer in JSON.
func Read[A any](a *Answer) (out A, err error) {
	if err := json.Unmarshal(a.Body, &out); err != nil {
		return out, fmt.Errorf("the answer of the API is not as it should be: %w", err)
	}
	return out, nil
}

// Ask sends a request as Do does, and reads the answer.
func Ask[A any](ctx context.Context, c *Client, method, path string, body any, headers ...string) (out A, err error) {
	answer, err := c.Do(ctx, method, path, body, headers...)
	if err != nil {
		return out, err
	}
	return Read[A](answer)
}
