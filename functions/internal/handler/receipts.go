package handler

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
)

// pageSize is how many receipts are read, or listed, at once.
const pageSize = 50

type listedReceipt struct {
	Seq       uint64    `json:"seq"`
	Digest    string    `json:"digest"`
	IssuedAt  time.Time `json:"issued_at"`
	EventType string    `json:"event_type"`
	Receipt   string    `json:"receipt"`
}

func (a *API) getReceipts(ctx context.Context, r *request) (*response, error) {
	from, err := r.number("cursor", 1, ledger.MaxSeq, 1)
	if err != nil {
		return nil, err
	}
	limit, err := r.number("limit", 1, pageSize, pageSize)
	if err != nil {
		return nil, err
	}
	found, err := a.Registrar.Receipts(ctx, r.subject, from, int(limit))
	if err != nil {
		return nil, err
	}
	out := struct {
		Receipts []listedReceipt `json:"receipts"`
		Next     string          `json:"next,omitempty"`
	}{Receipts: []listedReceipt{}}
	for _, rec := range found {
		out.Receipts = append(out.Receipts, listedReceipt{rec.Seq, rec.Digest, rec.Time(), rec.Event.Type, rec.Raw})
	}
	if len(found) == int(limit) {
		out.Next = fmt.Sprintf("%s/receipts?cursor=%d&limit=%d", r.base(), found[len(found)-1].Seq+1, limit)
	}
	res, err := withJSON(http.StatusOK, out)
	if err == nil && out.Next != "" {
		res.headers["link"] = "<" + out.Next + `>; rel="next"`
	}
	return res, err
}

// formats of a receipt, by ?format= and by media type.
var formats = map[string]string{"sd-jwt": receipt.MediaType, "json": "application/json", "html": "text/html"}

func (a *API) getReceipt(ctx context.Context, r *request) (*response, error) {
	seq, err := number("seq", r.event.PathParameters["seq"], 1, ledger.MaxSeq)
	if err != nil {
		return nil, err
	}
	offered := []string{receipt.MediaType, "application/json"}
	if a.Copies != nil && r.staff == nil { // a page is for the person
		offered = append(offered, "text/html")
	}
	media := accept(r.header("Accept"), offered...)
	if r.query.Has("format") {
		var ok bool
		if media, ok = formats[r.query.Get("format")]; !ok || !slices.Contains(offered, media) {
			return nil, problemf(ErrInvalidParameter, "format: sd-jwt, json or html")
		}
	}
	if media == "" {
		return nil, notAcceptable(offered...)
	}
	rec, err := a.Registrar.Receipt(ctx, r.subject, seq)
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("receipt-%010d", seq)
	switch media {
	case receipt.MediaType:
		res := with(http.StatusOK, media, []byte(rec.Raw))
		res.headers["content-disposition"] = `attachment; filename="` + name + `.sd-jwt"`
		return res, nil
	case "application/json":
		return withJSON(http.StatusOK, map[string]any{"digest": rec.Digest, "receipt": rec.Claims})
	}
	cat, err := a.Registrar.Catalogue.ByDigest(ctx, rec.Catalogue)
	if err != nil {
		return nil, err
	}
	var html bytes.Buffer
	policy, err := a.Copies.Page(&html, rec, cat, r.language(cat))
	if err != nil {
		return nil, err
	}
	res := with(http.StatusOK, "text/html; charset=utf-8", html.Bytes())
	res.headers["content-security-policy"] = policy
	return res, nil
}

func (a *API) getBundle(ctx context.Context, r *request) (*response, error) {
	from, err := r.number("cursor", 1, ledger.MaxSeq, 1)
	if err != nil {
		return nil, err
	}
	cat, _ := a.Registrar.Catalogue.Current()
	holdings := Holdings{
		Roots: a.Roots, Catalogue: cat, Language: r.language(cat),
		Receipts: func(from uint64, limit int) ([]*receipt.Receipt, error) {
			return a.Registrar.Receipts(ctx, r.subject, from, limit)
		},
		Document: func(digest string) ([]byte, error) {
			doc, err := a.Documents.Document(ctx, digest)
			return doc.Body, err
		},
	}
	var zip bytes.Buffer
	next, err := a.Copies.Bundle(&zip, holdings, from)
	if err != nil {
		return nil, err
	}
	res := with(http.StatusOK, "application/zip", zip.Bytes())
	res.binary = true
	res.headers["content-disposition"] = `attachment; filename="consent-receipts.zip"`
	if next != 0 {
		res.headers["link"] = fmt.Sprintf(`</v1/receipts/bundle?cursor=%d>; rel="next"`, next)
	}
	return res, nil
}

type standingLine struct {
	*consent.Line
	InForce bool `json:"in_force"`
}

func (a *API) getStanding(ctx context.Context, r *request) (*response, error) {
	standing, err := a.Registrar.Standing(ctx, r.subject)
	if err != nil {
		return nil, err
	}
	now := a.Registrar.Clock()
	out := struct {
		Seq      uint64            `json:"seq"`
		At       time.Time         `json:"at"` // the moment that in_force speaks of
		Lines    []standingLine    `json:"lines"`
		Requests []consent.Request `json:"requests"`
		Fence    *consent.Fence    `json:"fence,omitempty"`
	}{Seq: standing.Seq, At: now, Lines: []standingLine{}, Requests: standing.Requests, Fence: standing.Fence}
	for i := range standing.Lines {
		l := &standing.Lines[i]
		out.Lines = append(out.Lines, standingLine{l, l.InForce(now)})
	}
	if out.Requests == nil {
		out.Requests = []consent.Request{}
	}
	return withJSON(http.StatusOK, out)
}

// number reads a query parameter within bounds.
func (r *request) number(name string, least, most, otherwise uint64) (uint64, error) {
	if !r.query.Has(name) {
		return otherwise, nil
	}
	return number(name, r.query.Get(name), least, most)
}

// number reads a decimal number, written in its one way.
func number(name, s string, least, most uint64) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n < least || n > most || strconv.FormatUint(n, 10) != s {
		return 0, problemf(ErrInvalidParameter, "%s: a number from %d to %d", name, least, most)
	}
	return n, nil
}

// language picks the catalogue's language that the caller asks for, by ?language=
// or by Accept-Language.
func (r *request) language(cat *catalogue.Catalogue) string {
	if l := r.query.Get("language"); l != "" {
		return cat.Language(l)
	}
	return cat.Language(preferredLanguage(r.header("Accept-Language"), cat.Languages))
}
