package portal

import (
	"errors"
	"net/http"
	"net/url"

	"consent-receipts/shared/api"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/statement"
)

// added is a part of the answer to a request for data, by another system.
type added struct {
	Name, Link, Digest string
	Where              []string // as freetext.Lines shows it, where there is no link
}

func (v *visit) manifestPath(id string) string {
	return api.Own.Request(id) + "/manifest"
}

// added lists what other systems have added to the answer to a request. Only an https
// address is a link.
func (v *visit) added(r statement.Request) (parts []added, err error) {
	if r.Parts == 0 {
		return nil, nil
	}
	manifest, err := get[api.Manifest](v, v.manifestPath(r.ID))
	for _, p := range manifest.Parts {
		part := added{Name: freetext.Inline(p.Name), Digest: p.Digest, Where: freetext.Lines(p.Where)}
		if u, err := url.Parse(p.Where); err == nil && u.Scheme == "https" && u.Host != "" {
			part.Link = p.Where
		}
		parts = append(parts, part)
	}
	return parts, err
}

// downloadManifest hands over the signed list of what the answer consists of.
func (v *visit) downloadManifest() error {
	return v.download(v.manifestPath(v.r.PathValue("id")), "application/jose", "answer-manifest.jws", "Accept", "application/jose")
}

// earlier finds the request that an appeal is about; nil where there is none any more.
func (v *visit) earlier(id string) (*statement.Request, error) {
	var r statement.Request
	var err error
	if path := v.ledger().Request(id); v.r.PathValue("person") == "" {
		r, err = get[statement.Request](v, path)
	} else {
		var l api.Life
		l, err = get[api.Life](v, path)
		r = l.Request.Request
	}
	if p, ok := errors.AsType[*api.Problem](err); ok && p.Status == http.StatusNotFound {
		return nil, nil
	}
	return &r, err
}
