package main

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
	"strings"
	"text/tabwriter"

	"consent-receipts/shared/freetext"
)

// refusal is what the API says when it does not do something (RFC 9457).
type refusal struct{ Title, Detail string }

func (r *refusal) Error() string {
	if r.Detail == "" {
		return r.Title
	}
	return r.Title + ": " + r.Detail
}

// deskClient follows nothing: the token is for this address alone.
var deskClient = &http.Client{
	Timeout:       deskTimeout,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send asks the API and returns the answer's body. Headers come in pairs.
func (d *desk) send(ctx context.Context, method, path string, body any, headers ...string) ([]byte, error) {
	var content io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(d.base.String(), "/")+path, content)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if d.reference != "" {
		req.Header.Set("Case-Reference", d.reference)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := deskClient.Do(req)
	if err != nil {
		if whole, ok := errors.AsType[*url.Error](err); ok {
			err = whole.Err // without the address, which names a person
		}
		return nil, fmt.Errorf("%s does not answer: %w", d.base.Host, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > maxAnswer:
		return nil, errors.New("the answer is too large")
	case res.StatusCode/100 == 2:
		return b, nil
	}
	r := &refusal{Title: http.StatusText(res.StatusCode)}
	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media == "application/problem+json" {
		_ = json.Unmarshal(b, r) // what cannot be read leaves the status
	}
	if res.StatusCode >= http.StatusInternalServerError {
		return nil, fmt.Errorf("%s: %w", d.base.Host, errors.New(r.Error()))
	}
	return nil, r
}

// ask asks the API and reads its JSON. With --json it prints that and returns nil.
func ask[T any](ctx context.Context, d *desk, method, path string, body any) (*T, error) {
	b, err := d.send(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	if d.json {
		_, err := fmt.Fprintf(d.Document, "%s\n", freetext.EscapeJSON(b))
		return nil, err
	}
	out := new(T)
	if err := json.Unmarshal(b, out); err != nil {
		return nil, fmt.Errorf("the answer is not as it should be: %w", err)
	}
	return out, nil
}

// pages reads a list page by page: next finds in a page's answer the path of
// the one after it, or "". With --json all items are printed as one list of that name.
func pages[T any](ctx context.Context, d *desk, path, name string, next func(page map[string]json.RawMessage) string) (items []T, err error) {
	all := []json.RawMessage{}
	for path != "" {
		b, err := d.send(ctx, http.MethodGet, path, nil)
		if err != nil {
			return nil, err
		}
		var page map[string]json.RawMessage
		var some []json.RawMessage
		if err = json.Unmarshal(b, &page); err == nil {
			err = json.Unmarshal(page[name], &some)
		}
		if err != nil {
			return nil, fmt.Errorf("the answer is not as it should be: %w", err)
		}
		all, path = append(all, some...), next(page)
	}
	if d.json {
		b, err := json.Marshal(map[string]any{name: all})
		if err == nil {
			_, err = fmt.Fprintf(d.Document, "%s\n", freetext.EscapeJSON(b))
		}
		return nil, err
	}
	for _, raw := range all {
		var item T
		if err := json.Unmarshal(raw, &item); err != nil {
			return nil, fmt.Errorf("the answer is not as it should be: %w", err)
		}
		items = append(items, item)
	}
	return items, nil
}

// byCursor is how most lists go on: the same path, with the number that the page names.
func byCursor(path string) func(map[string]json.RawMessage) string {
	return func(page map[string]json.RawMessage) string {
		if page["next_cursor"] == nil {
			return ""
		}
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		return path + separator + "cursor=" + string(page["next_cursor"])
	}
}

// table prints rows in columns. The first error stays.
type table struct {
	w   *tabwriter.Writer
	err error
}

func (d *desk) table(columns ...any) *table {
	t := &table{w: tabwriter.NewWriter(d.Stdout, 0, 0, 2, ' ', 0)}
	t.row(columns...)
	return t
}

func (t *table) row(cells ...any) {
	var texts []string
	for _, c := range cells {
		texts = append(texts, freetext.Visible(fmt.Sprint(c)))
	}
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, strings.TrimRight(strings.Join(texts, "\t"), "\t"))
	}
}

func (t *table) flush() error { return errors.Join(t.err, t.w.Flush()) }
