package handler

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

var receiptRoutes = []route{
	byPerson("GET /v1/receipts", "receipts", (*API).getReceipts),
	byPerson("GET /v1/receipts/{seq}", "receipts", (*API).getReceipt),
	byPerson("GET /v1/receipts/bundle", "receipts", (*API).getBundle),
	byPerson("GET /v1/standing", "receipts", asking((*API).getStanding)),
	reads("GET /v1/operator/people/{person}/standing", "standing.read", inPath, asking((*API).getStanding)),
	reads("GET /v1/operator/people/{person}/receipts", "receipts.read", inPath, (*API).getReceipts),
	reads("GET /v1/operator/people/{person}/receipts/{seq}", "receipt.read", inPath, (*API).getReceipt),
}

// pageSize is how many receipts are read, or listed, at once.
const pageSize = 50

func (a *API) getReceipts(ctx context.Context, r *request) (*gateway.Answer, error) {
	order, cursor, err := r.order()
	if err != nil {
		return nil, err
	}
	list := a.Registrar.Receipts
	if order == api.NewestFirst {
		list = a.Registrar.Latest
	}
	limit, err := r.number("limit", 1, pageSize, pageSize)
	if err != nil {
		return nil, err
	}
	found, err := list(ctx, r.subject, cursor, int(limit))
	if err != nil {
		return nil, err
	}
	out := api.Receipts{Receipts: []api.ListedReceipt{}}
	for _, rec := range found {
		out.Receipts = append(out.Receipts, api.ListedReceipt{Seq: rec.Seq, Digest: rec.Digest, IssuedAt: rec.Time(), EventType: rec.Event.Type, Receipt: rec.Raw})
	}
	if len(found) == int(limit) {
		switch last := found[len(found)-1].Seq; {
		case order == api.OldestFirst:
			out.Next = fmt.Sprintf("%s/receipts?cursor=%d&limit=%d", r.base(), last+1, limit)
		case last > 1:
			out.Next = fmt.Sprintf("%s/receipts?cursor=%d&limit=%d&order=%s", r.base(), last-1, limit, api.NewestFirst)
		}
	}
	res, err := gateway.JSON(http.StatusOK, out)
	if err == nil && out.Next != "" {
		res.Header["Link"] = "<" + out.Next + `>; rel="next"`
	}
	return res, err
}

// format is a format in which a receipt is answered.
type format struct {
	name, media, ext string
	branded          bool // the copy wears the catalogue's brand
}

// formats lists them, by ?format= and by media type. The first two are the receipt itself;
// the others are Copies.Forms.
var formats = []format{
	{"sd-jwt", receipt.MediaType, "sd-jwt", false},
	{"json", "application/json", "json", false},
	{"html", "text/html", "html", true},
	{"text", "text/plain", "txt", false},
	{"pdf", "application/pdf", "pdf", true},
}

// format returns the format that the caller asks for, by ?format= or by Accept. It also
// checks the other parameters of an export.
func (a *API) format(r *request) (format, error) {
	if r.query.Has("losses") && r.query.Get("losses") != "true" {
		return format{}, gateway.Errorf(gateway.ErrInvalidParameter, "losses must be true, or left out")
	}
	if r.query.Has("consent") && !consent.ValidID(r.query.Get("consent")) {
		return format{}, gateway.Errorf(gateway.ErrInvalidParameter, "consent must be the id of a consent")
	}
	offered := formats[:2]
	if a.Copies != nil && r.staff == nil { // copies are for the person
		offered = formats
	}
	var names, media []string
	for _, f := range offered {
		names, media = append(names, f.name), append(media, f.media)
	}
	wanted, refusal := slices.Index(media, accept(r.header("Accept"), media...)), notAcceptable(media...)
	if r.query.Has("format") {
		if len(offered) == len(formats) {
			names = append(names, a.Copies.Exports...)
		}
		wanted = slices.Index(names, r.query.Get("format"))
		refusal = gateway.Errorf(gateway.ErrInvalidParameter, "format: %s", strings.Join(names, ", "))
		if wanted >= len(offered) {
			return format{name: names[wanted]}, nil
		}
	}
	if wanted < 0 {
		return format{}, refusal
	}
	return offered[wanted], nil
}

func (a *API) getReceipt(ctx context.Context, r *request) (*gateway.Answer, error) {
	seq, err := number("seq", r.PathValue("seq"), 1, ledger.MaxSeq)
	if err != nil {
		return nil, err
	}
	f, err := a.format(r)
	if err != nil {
		return nil, err
	}
	rec, err := a.Registrar.Receipt(ctx, r.subject, seq)
	if err != nil {
		return nil, err
	}
	file := fmt.Sprintf(`filename="%s.%s"`, a.fileName(r, rec), f.ext)
	switch f.name {
	case "sd-jwt":
		res := gateway.With(http.StatusOK, f.media, []byte(rec.Raw))
		res.Header["Content-Disposition"] = "attachment; " + file
		return res, nil
	case "json":
		res, err := gateway.JSON(http.StatusOK, api.Receipt{Digest: rec.Digest, Receipt: rec.Claims})
		if err == nil {
			res.Header["Content-Disposition"] = "inline; " + file
		}
		return res, err
	}
	return a.written(ctx, r, f, rec, file)
}

// written is a receipt in a form that its catalogue helps to write, for people or for other
// systems.
func (a *API) written(ctx context.Context, r *request, f format, rec *receipt.Receipt, file string) (*gateway.Answer, error) {
	cat, err := a.Registrar.Catalogue.ByDigest(ctx, rec.Catalogue)
	if err != nil {
		return nil, err
	}
	write := a.Copies.Forms[f.name]
	if write == nil {
		return a.export(r, f.name, rec, cat)
	}
	language, worn := r.language(cat), brand.Brand{}
	if f.branded {
		worn = cat.BrandIn(language, a.logo(ctx, cat.LogoDigest()))
	}
	var b bytes.Buffer
	if err := write(&b, rec, a.Roots, cat, language, worn); err != nil {
		return nil, err
	}
	media := f.media
	if strings.HasPrefix(media, "text/") {
		media += "; charset=utf-8"
	}
	res := gateway.With(http.StatusOK, media, b.Bytes())
	res.Header["Content-Disposition"] = "inline; " + file
	if f.name == "html" {
		res.Header["Content-Security-Policy"] = a.Copies.PagePolicy(worn)
	}
	return res, nil
}

// logo returns the logo with a digest, or nil for none. A logo that cannot be read is logged and
// left out: the receipt is what counts.
func (a *API) logo(ctx context.Context, digest string) []byte {
	if digest == "" {
		return nil
	}
	doc, err := a.Documents.Document(ctx, digest)
	if err != nil {
		a.Log.WarnContext(ctx, "a copy wears no logo", "digest", digest, "error", err)
	}
	return doc.Body
}

// fileName returns the name of a receipt's file, without an extension. The staff gets no
// copies, so its name is the receipt's number alone.
func (a *API) fileName(r *request, rec *receipt.Receipt) string {
	if a.Copies == nil || r.staff != nil {
		return fmt.Sprintf("receipt-%d", rec.Seq)
	}
	return a.Copies.FileName(rec)
}

// export answers with a receipt in the format of another system or, with ?losses=true, with
// the list of what that format cannot carry.
func (a *API) export(r *request, name string, rec *receipt.Receipt, cat *catalogue.Catalogue) (*gateway.Answer, error) {
	doc, err := a.Copies.Export(name, rec, cat, r.query.Get("consent"))
	if err != nil {
		return nil, err
	}
	if r.query.Has("losses") {
		return gateway.With(http.StatusOK, "application/json", doc.Losses), nil
	}
	res := gateway.With(http.StatusOK, doc.MediaType, doc.Body)
	res.Header["Content-Disposition"] = fmt.Sprintf(`attachment; filename="%s-%s%s"`, a.fileName(r, rec), name, doc.Extension)
	return res, nil
}

func (a *API) getBundle(ctx context.Context, r *request) (*gateway.Answer, error) {
	return a.bundle(ctx, r, func(from uint64, limit int) ([]*receipt.Receipt, error) {
		return a.Registrar.Receipts(ctx, r.subject, from, limit)
	}, func() ([]byte, error) { return a.newestAudit(ctx, r.subject) })
}

// bundle answers with receipts as a ZIP file. audit may be nil: then the file does not say who
// looked.
func (a *API) bundle(ctx context.Context, r *request, receipts func(from uint64, limit int) ([]*receipt.Receipt, error), audit func() ([]byte, error)) (*gateway.Answer, error) {
	from, err := r.number("cursor", 1, ledger.MaxSeq, 1)
	if err != nil {
		return nil, err
	}
	cat, _ := a.Registrar.Catalogue.Current()
	holdings := Holdings{
		Roots: a.Roots, Catalogue: cat, Language: r.language(cat),
		Receipts: receipts,
		Document: func(digest string) ([]byte, error) {
			doc, err := a.Documents.Document(ctx, digest)
			return doc.Body, err
		},
		Logo:  func(digest string) []byte { return a.logo(ctx, digest) },
		Audit: audit,
	}
	var zip bytes.Buffer
	next, err := a.Copies.Bundle(&zip, holdings, from)
	if err != nil {
		return nil, err
	}
	res := gateway.With(http.StatusOK, "application/zip", zip.Bytes())
	res.Header["Content-Disposition"] = fmt.Sprintf(`attachment; filename="%s.zip"`, a.Copies.BundleName(cat, a.Registrar.Now(), from))
	if next != 0 {
		res.Header["Link"] = fmt.Sprintf(`<%s?cursor=%d>; rel="next"`, r.base().At("/receipts/bundle"), next)
	}
	return res, nil
}

func (a *API) getStanding(ctx context.Context, r *request) (*api.Standing, error) {
	standing, err := a.Registrar.Standing(ctx, r.subject)
	if err != nil {
		return nil, err
	}
	now := a.Registrar.Clock()
	out := &api.Standing{Seq: standing.Seq, At: now, Lines: []api.Line{}, Requests: standing.Requests, Fence: standing.Fence}
	for _, l := range standing.Lines {
		out.Lines = append(out.Lines, api.Line{Line: l, InForce: l.InForce(now)})
	}
	if out.Requests == nil {
		out.Requests = []statement.Request{}
	}
	cat, _ := a.Registrar.Catalogue.Current()
	if since, ok := consent.OptOutSince(&standing, cat); ok {
		out.OptOutSince = &since
	}
	return out, nil
}

// language picks the catalogue's language that the caller asks for, by ?language=
// or by Accept-Language.
func (r *request) language(cat *catalogue.Catalogue) string {
	if l := r.query.Get("language"); l != "" {
		return cat.Language(l)
	}
	return cat.Language(preferredLanguage(r.header("Accept-Language"), cat.Languages))
}
