package api

import (
	"net/url"
	"time"

	"consent-receipts/shared/statement"
)

// NewAttachment is the body that begins the upload of a file to the answer to a data request.
type NewAttachment struct {
	Name      string `json:"name"`           // as the person sees it
	MediaType string `json:"media_type"`     // RFC 6838, one of those that can be attached
	Size      int64  `json:"size,omitempty"` // bytes; 0: not known
	Back      string `json:"back,omitempty"` // of a browser: the page to go to afterwards; the upload's id becomes its last segment
}

// Upload is an HTML form (multipart/form-data) that uploads one file, past this API. The file is
// its last field.
type Upload struct {
	ID        string            `json:"id"`         // by which the file is then added to the answer
	Action    string            `json:"action"`     // where the form is posted
	Fields    map[string]string `json:"fields"`     // its hidden fields
	FileField string            `json:"file_field"` // the name of the field that has the file
	Until     time.Time         `json:"until"`
}

// Attachment is a file of the answer to a data request, with the address from which it can be
// read for some minutes, by whoever has the address.
type Attachment struct {
	statement.Part
	Address string    `json:"address"`
	Until   time.Time `json:"until"`
}

// Uploads is the path of the uploads for the answer to a data request. Below it lies each one, by
// its id.
func (l Ledger) Uploads(request string) string { return l.Request(request) + "/uploads" }

// Attachment is the path of a file of the answer, by its digest.
func (l Ledger) Attachment(request, digest string) string {
	return l.Request(request) + "/attachments/" + url.PathEscape(digest)
}
