package handler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/text/language"

	contracts "consent-receipts/events"
	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/brand"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/consentoffer"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

var publicRoutes = []route{
	byAnybody("GET /v1/notices/{digest}", document(catalogue.NoticeMediaType)),
	byAnybody("GET /v1/logos/{digest}", document(brand.LogoMediaType)),
	byAnybody("GET /v1/catalogue", (*API).getCatalogue),
	byAnybody("GET /v1/catalogue/{digest}", document(catalogue.MediaType)),
	byAnybody("GET /schema/{name}/{version}", (*API).getSchema),
	byAnybody("GET /.well-known/consent-receipt/jwks.json", (*API).getJWKS),
	byAnybody("GET /.well-known/consent-receipt/root.pem", (*API).getRoot),
	byAnybody("GET /.well-known/gpc.json", (*API).getGPC),
	byAnybody("GET /openapi.yaml", (*API).getOpenAPI),
	byAnybody("GET "+consentoffer.Path, (*API).getConsentOffer),
	byAnybody("GET "+consentoffer.WordsPath, (*API).getConsentOfferWords),
}

// document makes the route of the public documents of one media type. Their digests address
// them.
func document(mediaType string) serveFunc {
	return func(a *API, ctx context.Context, r *request) (*gateway.Answer, error) {
		digest := r.PathValue("digest")
		if !statement.ValidDigest(digest) {
			return nil, gateway.Errorf(gateway.ErrInvalidParameter, "digest must be sha256: and 64 hexadecimal digits")
		}
		doc, err := a.Documents.Document(ctx, digest)
		if errors.Is(err, ledger.ErrNotFound) || (err == nil && doc.MediaType != mediaType) {
			return nil, noSuch("document")
		}
		if err != nil {
			return nil, err
		}
		if err := doc.Validate(); err != nil {
			return nil, fmt.Errorf("document %s: %w", digest, err)
		}
		return gateway.With(http.StatusOK, doc.MediaType, doc.Body).Immutable(), nil
	}
}

func (a *API) getCatalogue(context.Context, *request) (*gateway.Answer, error) {
	cat, digest := a.Registrar.Catalogue.Current()
	body, err := cat.Canonical()
	if err != nil {
		return nil, err
	}
	res := gateway.With(http.StatusOK, catalogue.MediaType, body).Public()
	res.Header["Content-Location"] = "/v1/catalogue/" + digest
	return res, nil
}

func (a *API) getSchema(_ context.Context, r *request) (*gateway.Answer, error) {
	name, version := r.PathValue("name"), r.PathValue("version")
	if version != "1.json" {
		return nil, noSuch("schema")
	}
	body, err := contracts.Schema(name + "/1")
	if err != nil {
		return nil, noSuch("schema")
	}
	return gateway.With(http.StatusOK, "application/schema+json", body).Public(), nil
}

// getJWKS lists every root ever used, newest first (RFC 7517), each with its
// certificate; the kid is the fingerprint of the key.
func (a *API) getJWKS(context.Context, *request) (*gateway.Answer, error) {
	var set jose.JSONWebKeySet
	for i, root := range a.Roots {
		set.Keys = append(set.Keys, jose.JSONWebKey{
			Key: root.PublicKey, KeyID: receipt.Fingerprint(root), Use: "sig", Algorithm: string(jose.ES256),
			Certificates: a.Roots[i : i+1],
		})
	}
	res, err := gateway.JSON(http.StatusOK, set)
	if err != nil {
		return nil, err
	}
	res.Header["Content-Type"] = "application/jwk-set+json"
	return res.Public(), nil
}

func (a *API) getRoot(context.Context, *request) (*gateway.Answer, error) {
	return gateway.With(http.StatusOK, "application/x-pem-file", a.Roots.PEM()).Public(), nil
}

// getGPC declares support of Global Privacy Control (W3C GPC, section 4).
func (a *API) getGPC(context.Context, *request) (*gateway.Answer, error) {
	res, err := gateway.JSON(http.StatusOK, map[string]any{"gpc": true, "lastUpdate": "2026-11-23"})
	if err != nil {
		return nil, err
	}
	return res.Public(), nil
}

func (a *API) getOpenAPI(context.Context, *request) (*gateway.Answer, error) {
	body, err := contracts.FS.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	return gateway.With(http.StatusOK, "application/yaml", body).Public(), nil
}

func (a *API) getConsentOffer(context.Context, *request) (*gateway.Answer, error) {
	return gateway.With(http.StatusOK, consentoffer.MediaType, consentoffer.Script).Public(), nil
}

func (a *API) getConsentOfferWords(_ context.Context, r *request) (*gateway.Answer, error) {
	res, err := gateway.JSON(http.StatusOK, consentoffer.WordsIn(r.query.Get("language")))
	if err != nil {
		return nil, err
	}
	return res.Public(), nil
}

// preferredLanguage picks one of the existing languages by an Accept-Language header (RFC
// 9110, 12.5.4).
func preferredLanguage(header string, have []string) string {
	_, i := language.MatchStrings(matcher(have), header)
	return have[i]
}

// matchers has what matches the languages of a catalogue, by these languages: to make it costs more
// than to use it.
var matchers sync.Map

func matcher(have []string) language.Matcher {
	key := strings.Join(have, " ")
	if made, ok := matchers.Load(key); ok {
		return made.(language.Matcher)
	}
	tags := make([]language.Tag, len(have))
	for i, h := range have {
		tags[i] = language.Make(h)
	}
	made := language.NewMatcher(tags)
	matchers.Store(key, made)
	return made
}
