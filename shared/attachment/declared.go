package attachment

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// Declared is what the staff says of a file before they upload it.
type Declared struct {
	Name      string `json:"name"`           // as the person sees it, with an extension of the media type
	MediaType string `json:"media_type"`     // one of MediaTypes
	Size      int64  `json:"size,omitempty"` // bytes; 0: not known
}

// kind is a media type that can be attached. None of them runs in a browser.
type kind struct {
	mediaType string
	endings   []string // of names
	sniffed   string   // as http.DetectContentType names it
	whole     func([]byte) error
}

var kinds = []kind{
	{"application/pdf", []string{".pdf"}, "application/pdf", endsPDF},
	{"text/csv", []string{".csv"}, plainText, plain},
	{"application/json", []string{".json"}, plainText, wholeJSON},
	{"text/plain", []string{".txt"}, plainText, plain},
	{"application/zip", []string{".zip"}, "application/zip", wholeZIP},
	{"image/png", []string{".png"}, "image/png", ends("IEND\xaeB`\x82")},
	{"image/jpeg", []string{".jpg", ".jpeg"}, "image/jpeg", ends("\xff\xd9")},
}

const plainText = "text/plain; charset=utf-8"

// MediaTypes lists the media types that can be attached (RFC 6838).
func MediaTypes() (list []string) {
	for _, k := range kinds {
		list = append(list, k.mediaType)
	}
	return list
}

// MediaTypeOf returns the media type that the ending of a name stands for, or "".
func MediaTypeOf(name string) string {
	for _, k := range kinds {
		if k.names(name) {
			return k.mediaType
		}
	}
	return ""
}

func (k kind) names(name string) bool {
	return slices.ContainsFunc(k.endings, func(ending string) bool { return strings.HasSuffix(strings.ToLower(name), ending) })
}

// find returns the kind of a media type.
func find(mediaType string) (kind, bool) {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.mediaType == mediaType })
	if i < 0 {
		return kind{}, false
	}
	return kinds[i], true
}

// Check returns ErrDeclared if the file cannot be attached.
func (d Declared) Check() error {
	k, known := find(d.MediaType)
	switch {
	case !known:
		return fmt.Errorf("%w: its media type must be one of %s", ErrDeclared, strings.Join(MediaTypes(), ", "))
	case !statement.ValidName(d.Name):
		return fmt.Errorf("%w: its name must have 1 to 128 printable characters without slashes, and not begin with a full stop", ErrDeclared)
	case !k.names(d.Name):
		return fmt.Errorf("%w: the name of a file of type %s ends with %s", ErrDeclared, d.MediaType, strings.Join(k.endings, " or "))
	case d.Size < 0 || d.Size > MaxSize:
		return fmt.Errorf("%w: it has at most %d bytes", ErrDeclared, MaxSize)
	}
	return nil
}

// Bounds returns how many bytes the upload may have.
func (d Declared) Bounds() (least, most int64) {
	if d.Size > 0 {
		return d.Size, d.Size
	}
	return 1, MaxSize
}

// checkContent says how the content differs from what was declared.
func (d Declared) checkContent(content []byte) error {
	k, _ := find(d.MediaType)
	least, most := d.Bounds()
	switch n := int64(len(content)); {
	case n < least || n > most:
		return fmt.Errorf("it has %d bytes, and should have %d to %d", n, least, most)
	case http.DetectContentType(content) != k.sniffed:
		return fmt.Errorf("it does not begin as %s", d.MediaType)
	}
	return k.whole(content)
}

var errCutOff = errors.New("its end is missing")

// ends makes a check of formats that end with a mark.
func ends(mark string) func([]byte) error {
	return func(content []byte) error {
		if !bytes.HasSuffix(content, []byte(mark)) {
			return errCutOff
		}
		return nil
	}
}

// endsPDF looks for the mark of the end, which stands in the last 1024 bytes of what readers
// take (ISO 32000-1, Annex H, note 18).
func endsPDF(content []byte) error {
	if !bytes.Contains(content[max(0, len(content)-1024):], []byte("%%EOF")) {
		return errCutOff
	}
	return nil
}

func wholeZIP(content []byte) error {
	_, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	return err
}

func wholeJSON(content []byte) error {
	if !json.Valid(content) {
		return errors.New("it is not JSON")
	}
	return plain(content)
}

// plain accepts text in UTF-8.
func plain(content []byte) error {
	if !utf8.Valid(content) || bytes.ContainsFunc(content, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }) {
		return errors.New("it is not plain text in UTF-8")
	}
	return nil
}

// maxToken bounds a token, in bytes: a name of 128 characters of four bytes, escaped.
const maxToken = 4 << 10

// Token returns the declaration as text of ASCII letters, digits, - and _: stores keep it with
// the upload, and their forms carry it.
func (d Declared) Token() (string, error) {
	b, err := json.Marshal(d)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// ParseToken reads a declaration from its token. ErrDeclared.
func ParseToken(token string) (d Declared, err error) {
	if len(token) > maxToken {
		return d, fmt.Errorf("%w: its declaration is too long", ErrDeclared)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err == nil {
		err = strictjson.Decode(b, &d)
	}
	if err != nil {
		return Declared{}, fmt.Errorf("%w: its declaration cannot be read", ErrDeclared)
	}
	return d, d.Check()
}

// Disposition is the value of Content-Disposition (RFC 6266) that has a browser save the file
// under its name. The name is quoted as RFC 8187 has it, so that no character of it ends the header.
func Disposition(name string) string {
	var b strings.Builder
	b.WriteString("attachment; filename*=UTF-8''")
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
