package bundle

import (
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"

	"consent-receipts/shared/receipt/inside"
	"consent-receipts/shared/receipt/looks"

	_ "embed"
)

//go:embed looked.html
var lookedLayout string

var looked = template.Must(template.New("looked").Parse(frame + lookedLayout))

// signLength is the number of characters of a pseudonym that distinguish the staff of a
// controller.
const signLength = 6

// caseOf is what the staff looked at in one case, or without one.
type caseOf struct {
	Case  string
	Looks []look
}

// look is a record in words.
type look struct {
	When, What, Who, Sign string
	Reason                string // for what they looked, or ""
	Receipt, Page         string // the number of the receipt concerned, and its page in this bundle
}

// looks writes the signed list of who of the staff looked; looked makes its page later.
func (w *writer) looks() error {
	if w.src.Audit == nil {
		return nil
	}
	list, err := w.src.Audit()
	if err != nil {
		return err
	}
	var content struct{ Records []looks.Shown }
	if err := json.Unmarshal(list, &content); err != nil {
		return fmt.Errorf("%s: %w", inside.LooksFile, err)
	}
	w.records = content.Records
	if n := len(w.records); n > 0 {
		w.at = w.records[n-1].At
	}
	return w.file(inside.LooksFile, list)
}

// looked makes the page of who looked, by case, newest first.
func (w *writer) looked() ([]byte, error) {
	newest := slices.Clone(w.records)
	slices.Reverse(newest)
	var cases []caseOf
	for _, records := range looks.ByCase(newest) {
		c := caseOf{Case: records[0].Case}
		for _, r := range records {
			c.Looks = append(c.Looks, w.look(r))
		}
		cases = append(cases, c)
	}
	return w.page(looked, map[string]any{"Cases": cases, "Older": len(w.records) > 0 && w.records[0].Seq > 1})
}

// look puts a record into words.
func (w *writer) look(r looks.Shown) look {
	said := words.In(w.src.Language)
	l := look{When: said.Moment(r.At), What: said.Term("did", r.Did), Who: said.Term("staff", r.Role), Sign: fmt.Sprintf("%.*s", signLength, r.Staff)}
	if r.Reason != "" {
		l.Reason = said.Say("looked.reason", "reason", said.Term("look-reason", r.Reason))
	}
	if seq, err := strconv.ParseUint(r.About, 10, 64); err == nil {
		l.Receipt = r.About
		if i := slices.IndexFunc(w.listed, func(l listed) bool { return l.Seq == seq }); i >= 0 {
			l.Page = w.listed[i].Page
		}
	}
	return l
}
