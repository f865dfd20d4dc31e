// Package sdjwt implements the mechanics of SD-JWT (RFC 9901): parsing, disclosures and the
// processing of a payload. It is strict where the RFC leaves room: a string has one reading,
// and encoding the parsed form gives the same bytes.
package sdjwt

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"consent-receipts/shared/strictjson"
)

// The errors of this package are wrapped with the place.
var (
	ErrSize       = errors.New("too large")
	ErrFormat     = errors.New("not an SD-JWT")
	ErrBase64     = errors.New("not canonical base64url")
	ErrDisclosure = errors.New("bad disclosure")
)

// SDJWT is a parsed compact SD-JWT (RFC 9901, section 4):
// <issuer-signed JWT>~<disclosure>~...~[<key-binding JWT>].
type SDJWT struct {
	Issuer      string           // header.payload.signature
	Header      strictjson.Value // decoded protected header: an object
	Payload     strictjson.Value // decoded payload: an object
	Signature   []byte
	Disclosures []Disclosure
	KeyBinding  string // "" when there is none
}

// Disclosure reveals one object member or one array element (section 4.2).
type Disclosure struct {
	Encoded   string
	Digest    string // base64url of SHA-256 over Encoded (section 4.2.3)
	Salt      string
	Name      string // of an object member
	IsElement bool   // of an array, so without a name
	Value     strictjson.Value
}

// Parse reads a compact SD-JWT of at most maxBytes. It checks the form only, and neither the
// signature nor digests.
func Parse(s string, maxBytes int) (*SDJWT, error) {
	if len(s) > maxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrSize, len(s), maxBytes)
	}
	parts := strings.Split(s, "~")
	if len(parts) < 2 {
		return nil, fmt.Errorf("%w: no ~ after the issuer-signed JWT", ErrFormat)
	}
	p := &SDJWT{Issuer: parts[0], KeyBinding: parts[len(parts)-1]}
	var err error
	if p.Header, p.Payload, p.Signature, err = parseJWT(p.Issuer); err != nil {
		return nil, fmt.Errorf("issuer-signed JWT: %w", err)
	}
	if p.KeyBinding != "" {
		if _, _, _, err := parseJWT(p.KeyBinding); err != nil {
			return nil, fmt.Errorf("key-binding JWT: %w", err)
		}
	}
	p.Disclosures = make([]Disclosure, 0, len(parts)-2)
	for i, encoded := range parts[1 : len(parts)-1] {
		d, err := parseDisclosure(encoded)
		if err != nil {
			return nil, fmt.Errorf("disclosure %d: %w", i+1, err)
		}
		p.Disclosures = append(p.Disclosures, d)
	}
	return p, nil
}

// SigningInput returns the ASCII of header.payload (RFC 7515, section 5.1).
func (s *SDJWT) SigningInput() string { return s.Issuer[:strings.LastIndexByte(s.Issuer, '.')] }

func parseJWT(s string) (header, payload strictjson.Value, signature []byte, err error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return header, payload, nil, fmt.Errorf("%w: %d segments, want 3", ErrFormat, len(parts))
	}
	for i, part := range parts {
		switch {
		case part == "":
			return header, payload, nil, fmt.Errorf("%w: segment %d is empty", ErrFormat, i+1)
		case i == 0:
			header, err = parseObject(part)
		case i == 1:
			payload, err = parseObject(part)
		default:
			signature, err = decode(part)
		}
		if err != nil {
			return header, payload, nil, fmt.Errorf("segment %d: %w", i+1, err)
		}
	}
	return header, payload, signature, nil
}

// parseObject reads a segment that is a JSON object in base64url.
func parseObject(segment string) (strictjson.Value, error) {
	b, err := decode(segment)
	if err != nil {
		return strictjson.Value{}, err
	}
	v, err := strictjson.Parse(string(b))
	if err == nil && v.Kind() != strictjson.Object {
		err = fmt.Errorf("%w: not an object", ErrFormat)
	}
	return v, err
}

var encoding = base64.RawURLEncoding.Strict()

// decode accepts only the canonical encoding: no padding, no white space, no stray bits.
func decode(s string) ([]byte, error) {
	b, err := encoding.DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, ErrBase64
	}
	return b, nil
}

func parseDisclosure(encoded string) (Disclosure, error) {
	b, err := decode(encoded)
	if err != nil {
		return Disclosure{}, err
	}
	v, err := strictjson.Parse(string(b))
	if err != nil {
		return Disclosure{}, err
	}
	parts := slices.Collect(v.Elements())
	if len(parts) != 2 && len(parts) != 3 {
		return Disclosure{}, fmt.Errorf("%w: not an array of 2 or 3", ErrDisclosure)
	}
	d := Disclosure{Encoded: encoded, Digest: Digest(encoded), Salt: parts[0].Text(), IsElement: len(parts) == 2, Value: parts[len(parts)-1]}
	if parts[0].Kind() != strictjson.String || d.Salt == "" {
		return Disclosure{}, fmt.Errorf("%w: the salt is not a string, or empty", ErrDisclosure)
	}
	if !d.IsElement {
		d.Name = parts[1].Text()
		if parts[1].Kind() != strictjson.String || d.Name == sdMember || d.Name == elementMember {
			return Disclosure{}, fmt.Errorf("%w: its name may not be disclosed", ErrDisclosure)
		}
	}
	return d, nil
}

// NewElement makes the disclosure of an array element, with 128 bits of salt
// (section 4.2.2).
func NewElement(rand io.Reader, value strictjson.Value) (Disclosure, error) {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(rand, salt); err != nil {
		return Disclosure{}, err
	}
	d := Disclosure{Salt: encoding.EncodeToString(salt), IsElement: true, Value: value}
	text := value.Raw()
	b := make([]byte, 0, len(text)+32)
	b = append(b, '[', '"')
	b = append(b, d.Salt...)
	b = append(b, '"', ',')
	b = append(b, text...)
	b = append(b, ']')
	encoded := encoding.AppendEncode(make([]byte, 0, encoding.EncodedLen(len(b))), b)
	d.Encoded, d.Digest = string(encoded), digest(encoded)
	return d, nil
}

// Digest returns the digest of an encoded disclosure (section 4.2.3).
func Digest(encoded string) string { return digest([]byte(encoded)) }

func digest(encoded []byte) string {
	sum := sha256.Sum256(encoded)
	return encoding.EncodeToString(sum[:])
}
