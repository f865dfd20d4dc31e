package cards

import (
	"strconv"

	"consent-receipts/functions/internal/portal/shell"
	"consent-receipts/shared/api"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/wording"
)

// File is a file of an answer that this service keeps, in words.
type File struct {
	Name, Digest string
	About        string // its type and its size
}

// FileOf says a file in words.
func FileOf(w *wording.Words, p statement.Part) File {
	kilobytes := (p.Size + 1023) / 1024
	return File{
		Name: freetext.Inline(p.Name), Digest: p.Digest,
		About: w.Say("file.about", "type", p.MediaType, "n", strconv.FormatInt(kilobytes, 10)),
	}
}

// OpenFile sends the browser to where a file of an answer can be read for some minutes. The token
// stays here.
func OpenFile(v *shell.Visit) error {
	file, err := shell.Get[api.Attachment](v, v.Ledger().Attachment(v.R.PathValue("id"), v.R.PathValue("digest")))
	if err != nil {
		return err
	}
	return v.SeeOther(file.Address)
}
