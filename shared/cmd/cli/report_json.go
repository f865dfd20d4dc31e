package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/statement"
)

// jsonReport is what verify --json prints. Of over 20 receipts, results lists
// the refused ones only, and at most 40.
type jsonReport struct {
	Verdict   receipt.Verdict `json:"verdict"`
	Checked   int             `json:"checked"`
	Refused   int             `json:"refused"`
	Roots     []string        `json:"roots"`
	Gaps      []string        `json:"gaps"`
	MoreGaps  int             `json:"more_gaps,omitempty"`
	Damaged   []string        `json:"damaged"`
	Looks     int             `json:"looks,omitempty"`
	Unchecked []string        `json:"unchecked,omitempty"` // what nothing signs
	Results   []jsonResult    `json:"results"`
	Displays  []Display       `json:"displays,omitempty"`
}

type jsonResult struct {
	Name     string              `json:"name"`
	Seq      uint64              `json:"seq,omitempty"`
	Event    statement.EventType `json:"event,omitempty"`
	IssuedAt *time.Time          `json:"issued_at,omitempty"`
	Digest   string              `json:"digest,omitempty"`
	Withheld map[string]int      `json:"withheld,omitempty"`
	Code     receipt.Code        `json:"code,omitempty"`
	Reason   string              `json:"reason,omitempty"`
}

func printJSON(w io.Writer, report *check.Report, results []check.Result, displays []Display) error {
	out := jsonReport{
		Verdict: report.Verdict, Checked: report.Checked, Refused: report.Refused, Roots: orEmpty(report.Roots),
		Gaps: orEmpty(report.Gaps), MoreGaps: report.MoreGaps, Damaged: damagedTexts(report), Looks: report.Looks, Unchecked: unchecked(report, func(name string) string { return name }), Results: []jsonResult{}, Displays: displays,
	}
	for _, r := range results {
		j := jsonResult{Name: r.Name}
		if refusal := new(receipt.Refusal); errors.As(r.Err, &refusal) {
			j.Code, j.Reason = refusal.Code, refusal.Reason
		} else if r.Err != nil {
			j.Reason = r.Err.Error()
		} else {
			at := r.Receipt.Time()
			j.Seq, j.Event, j.IssuedAt, j.Digest, j.Withheld = r.Receipt.Seq, r.Receipt.Event.Type, &at, r.Receipt.Digest, r.Receipt.Withheld()
		}
		out.Results = append(out.Results, j)
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", freetext.EscapeJSON(b))
	return err
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// damagedTexts says of each document what is wrong with it.
func damagedTexts(report *check.Report) []string {
	texts := []string{}
	for _, d := range report.Damaged {
		texts = append(texts, d.Name+": "+d.Err.Error())
	}
	return texts
}
