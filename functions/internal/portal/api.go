package portal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
)

// maxAnswer bounds what is read of the API's answers; a bundle has 4 MB and its
// last receipt.
const maxAnswer = 8 << 20

// problem is an error that a person is told of: the API's problem document (RFC
// 9457), or one of the portal's own.
type problem struct {
	Status   int    `json:"status"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`

	Slug  string `json:"-"` // the last part of Type
	cause error  // for the log
}

func (p *problem) Error() string {
	if p.cause != nil {
		return p.Slug + ": " + p.cause.Error()
	}
	return p.Slug
}

// answer is what the API answered.
type answer struct {
	header http.Header
	body   []byte
}

// call asks the API as whoever is signed in. Headers come in pairs; an empty one is
// none. Anything but success is a *problem.
func (v *visit) call(method, path string, body any, headers ...string) (*answer, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(v.r.Context(), method, v.BaseURL+path, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Language", v.words.Language)
	if v.session != nil {
		req.Header.Set("Authorization", "Bearer "+v.session.Token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	if gpc := v.r.Header.Get("Sec-GPC"); gpc != "" {
		req.Header.Set("Sec-GPC", gpc)
	}
	res, err := v.API.Do(req)
	if err != nil {
		if whole, ok := errors.AsType[*url.Error](err); ok {
			err = whole.Err // without the address: logs name no receipts
		}
		return nil, &problem{Status: http.StatusBadGateway, Slug: "unreachable", cause: err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && len(b) > maxAnswer {
		err = errors.New("the answer is too large")
	}
	if err != nil {
		return nil, &problem{Status: http.StatusBadGateway, Slug: "unreachable", cause: err}
	}
	if res.StatusCode/100 != 2 {
		return nil, readProblem(res, b)
	}
	return &answer{res.Header, b}, nil
}

// readProblem reads what the API, or a gateway before it, says went wrong.
func readProblem(res *http.Response, body []byte) *problem {
	p := &problem{Slug: "internal"}
	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media == "application/problem+json" && json.Unmarshal(body, p) == nil {
		p.Slug = path.Base(p.Type)
	} else if res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden {
		p.Slug = "unauthenticated" // the gateway's authorizer writes no problem document
		res.StatusCode = http.StatusUnauthorized
	}
	p.Status, p.cause = res.StatusCode, fmt.Errorf("the API answered %d", res.StatusCode)
	return p
}

// get reads a JSON answer of the API. The staff says for which case it looks.
func get[T any](v *visit, path string) (out T, err error) {
	return ask[T](v, http.MethodGet, path, nil, "Case-Reference", v.caseInHand())
}

// ask calls the API and reads the JSON answer.
func ask[T any](v *visit, method, path string, body any, headers ...string) (out T, err error) {
	a, err := v.call(method, path, body, headers...)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(a.body, &out); err != nil {
		return out, fmt.Errorf("the API's answer: %w", err) // without the path: logs name no person
	}
	return out, nil
}

// command carries something out and shows the receipt of it.
func (v *visit) command(method, path string, body any, headers ...string) error {
	given, err := ask[struct {
		Seq uint64 `json:"seq"`
	}](v, method, path, body, headers...)
	if err != nil {
		return err
	}
	return v.toReceipt(given.Seq)
}

// submit carries out what a form says, once however often it is sent.
func (v *visit) submit(path string, body any, headers ...string) error {
	key, err := v.formKey()
	if err != nil {
		return err
	}
	return v.command(http.MethodPost, path, body, append(headers, "Idempotency-Key", key)...)
}

// formKey is the idempotency key that a form carries: random when it is shown,
// the same however often it is sent.
func (v *visit) formKey() (string, error) {
	if key := v.r.PostForm.Get("key"); key != "" {
		return key, nil
	}
	return v.random()
}
