package handler

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// response is an answer that is no problem.
type response struct {
	status  int
	headers map[string]string
	body    []byte
	binary  bool
}

func (r *response) event() events.APIGatewayV2HTTPResponse {
	out := events.APIGatewayV2HTTPResponse{StatusCode: r.status, Headers: r.headers}
	if r.binary {
		out.IsBase64Encoded, out.Body = true, base64.StdEncoding.EncodeToString(r.body)
	} else {
		out.Body = string(r.body)
	}
	return out
}

// with answers bytes of a media type. What concerns one person is never cached.
func with(status int, mediaType string, body []byte) *response {
	return &response{status: status, body: body, headers: map[string]string{
		"content-type": mediaType, "cache-control": "no-store", "x-content-type-options": "nosniff",
	}}
}

func withJSON(status int, v any) (*response, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return with(status, "application/json", b), nil
}

// immutable lets caches keep what is addressed by its digest.
func (r *response) immutable() *response {
	r.headers["cache-control"] = "public, max-age=31536000, immutable"
	return r
}

// public lets caches keep a public document for a while.
func (r *response) public() *response {
	r.headers["cache-control"] = "public, max-age=300"
	return r
}

// accept picks the media type that the caller likes best (RFC 9110, 12.5.1), or
// "" when none will do. Without a preference it is the first.
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

// created answers a new receipt: as JSON, or raw to who asks for an SD-JWT.
func created(r *request, raw, digest string, seq uint64, replayed bool, extra map[string]any) (*response, error) {
	var res *response
	var err error
	switch accept(r.header("Accept"), "application/json", "application/sd-jwt") {
	case "application/json":
		body := map[string]any{"receipt": raw, "digest": digest, "seq": seq}
		for k, v := range extra {
			body[k] = v
		}
		res, err = withJSON(http.StatusCreated, body)
	case "application/sd-jwt":
		res = with(http.StatusCreated, "application/sd-jwt", []byte(raw))
	default:
		return nil, notAcceptable("application/json", "application/sd-jwt")
	}
	if err != nil {
		return nil, err
	}
	res.headers["location"] = r.base() + "/receipts/" + strconv.FormatUint(seq, 10)
	if replayed {
		res.headers["idempotency-replayed"] = "true"
	}
	return res, nil
}

// acceptable refuses before anything is written: a receipt is given, not lost to
// a header.
func acceptable(r *request, offered ...string) error {
	if accept(r.header("Accept"), offered...) == "" {
		return notAcceptable(offered...)
	}
	return nil
}

func notAcceptable(offered ...string) error {
	return problemf(ErrNotAcceptable, "available: %s", strings.Join(offered, ", "))
}
