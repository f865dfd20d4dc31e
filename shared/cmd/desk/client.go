package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"text/tabwriter"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/freetext"
)

// send asks the API and follows no redirect: the token is for this address alone.
func (d *desk) send(ctx context.Context, method, path string, body any, headers ...string) ([]byte, error) {
	c := client.Client{
		Base: strings.TrimSuffix(d.base.String(), "/"), Token: d.token, Header: map[string]string{api.CaseReference: d.reference},
		HTTP: &http.Client{Timeout: deskTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	answer, err := c.Do(ctx, method, path, body, headers...)
	if broken, ok := errors.AsType[*api.Problem](err); ok && broken.Status >= http.StatusInternalServerError {
		err = fmt.Errorf("%s: %w", d.base.Host, err)
	}
	if err != nil {
		return nil, err
	}
	return answer.Body, nil
}

// ask asks the API and reads its JSON. With --json it prints that and returns nil.
func ask[A any](ctx context.Context, d *desk, method, path string, body any) (*A, error) {
	b, err := d.send(ctx, method, path, body)
	if err != nil {
		return nil, err
	}
	if d.json {
		return nil, d.print(b)
	}
	out, err := read[A](b)
	return &out, err
}

// read reads JSON that the API has answered.
func read[A any](b []byte) (A, error) { return client.Read[A](&client.Answer{Body: b}) }

// print prints JSON as the API answers it.
func (d *desk) print(b []byte) error {
	_, err := fmt.Fprintf(d.Document, "%s\n", freetext.EscapeJSON(b))
	return err
}

// list prints the list of that name, which it reads page by page, as a table of these members
// of its items. With --json it prints all items as one list.
func (d *desk) list(ctx context.Context, path, name string, columns ...string) error {
	all := []json.RawMessage{}
	for next := path; next != ""; {
		b, err := d.send(ctx, http.MethodGet, next, nil)
		if err != nil {
			return err
		}
		page, err := read[map[string]json.RawMessage](b)
		if err != nil {
			return err
		}
		some, err := read[[]json.RawMessage](page[name])
		if err != nil {
			return err
		}
		all, next = append(all, some...), following(path, page)
	}
	if d.json {
		b, err := json.Marshal(map[string]any{name: all})
		if err != nil {
			return err
		}
		return d.print(b)
	}
	t := d.table(columns...)
	for _, raw := range all {
		item, err := read[map[string]json.RawMessage](raw)
		if err != nil {
			return err
		}
		var cells []any
		for _, column := range columns {
			text := string(item[column]) // a number, true or false
			_ = json.Unmarshal(item[column], &text)
			cells = append(cells, cmp.Or(text, "-"))
		}
		t.row(cells...)
	}
	return t.flush()
}

// following returns the path of the next page: the path that a page names, or the same path
// with the number that a page names. After the last page it returns "".
func following(path string, page map[string]json.RawMessage) (next string) {
	if cursor := page["next_cursor"]; cursor != nil {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		return path + separator + "cursor=" + string(cursor)
	}
	_ = json.Unmarshal(page["next"], &next) // the last page names no path
	return next
}

// table prints rows in columns. The first error stays.
type table struct {
	w   *tabwriter.Writer
	err error
}

func (d *desk) table(columns ...string) *table {
	t := &table{w: tabwriter.NewWriter(d.Stdout, 0, 0, 2, ' ', 0)}
	_, t.err = fmt.Fprintln(t.w, strings.ToUpper(strings.Join(columns, "\t")))
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
