package handler

import (
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// accept picks the media type that the caller likes best (RFC 9110, 12.5.1), or "" if the
// caller accepts none. Without a preference it is the first.
func accept(header string, offered ...string) string {
	if header == "" {
		return offered[0]
	}
	best, bestQ := "", 0.0
	for _, o := range offered {
		if q := quality(header, o); q > bestQ {
			best, bestQ = o, q
		}
	}
	return best
}

// quality returns the weight that an Accept header gives to a media type: that
// of the most specific range that matches.
func quality(header, mediaType string) float64 {
	main, _, _ := strings.Cut(mediaType, "/")
	q, specific := 0.0, -1
	for part := range strings.SplitSeq(header, ",") {
		rng, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		s := -1
		switch rng {
		case mediaType:
			s = 2
		case main + "/*":
			s = 1
		case "*/*":
			s = 0
		}
		if s <= specific {
			continue
		}
		specific, q = s, 1
		if v, ok := params["q"]; ok {
			if q, err = strconv.ParseFloat(v, 64); err != nil || q < 0 || q > 1 {
				q = 0
			}
		}
	}
	return q
}

// given answers with a new receipt: in JSON, or unchanged to a caller who asks for an SD-JWT.
// If the command changed nothing, there is no receipt.
func given(r *request, result *registrar.Result, media string, status int) (*gateway.Answer, error) {
	if result == nil {
		return &gateway.Answer{Status: http.StatusNoContent}, nil
	}
	res, err := handedOut(r, result, media, status)
	if err != nil {
		return nil, err
	}
	res.Header["Location"] = r.base().Receipt(result.Seq)
	if result.Replayed {
		res.Header["Idempotency-Replayed"] = "true"
	}
	return res, nil
}

// handedOut is the body of the answer.
func handedOut(r *request, result *registrar.Result, media string, status int) (*gateway.Answer, error) {
	if media != "application/json" {
		return gateway.With(status, media, []byte(result.Receipt)), nil
	}
	out := api.Given{Receipt: result.Receipt, Digest: result.Digest, Seq: result.Seq}
	if len(result.Claims.Request) > 0 {
		out.Request, out.Answer = result.Claims.Request[0].Value, r.answered(result.Claims)
	}
	return gateway.JSON(status, out)
}

// answered says where the person finds the answer to a request for data. What this service
// itself has is there at once.
func (r *request) answered(c receipt.Claims) *api.Answered {
	var asked statement.Request
	if r.base() == api.Contact || json.Unmarshal(c.Request[0].Value, &asked) != nil || !asked.Open() || !asked.Type.HasParts() {
		return nil
	}
	out := &api.Answered{Manifest: r.base().Request(asked.ID) + "/manifest"}
	if r.staff == nil { // only the person has the bundle
		out.Bundle = api.Own.At("/receipts/bundle")
	}
	return out
}

// accept picks the media type that the caller likes best, and refuses a caller who accepts
// none.
func (r *request) accept(offered ...string) (string, error) {
	if media := accept(r.header("Accept"), offered...); media != "" {
		return media, nil
	}
	return "", notAcceptable(offered...)
}

func notAcceptable(offered ...string) error {
	return gateway.Errorf(gateway.ErrNotAcceptable, "available: %s", strings.Join(offered, ", "))
}
