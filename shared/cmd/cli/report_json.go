package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/receipt/check"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/statement"
)

// jsonReport is what verify --json prints. Of over 20 receipts, results lists
// only those that did not pass, and at most 40.
type jsonReport struct {
	Verdict   receipt.Verdict `json:"verdict"`
	Checked   int             `json:"checked"`
	Refused   int             `json:"refused"` // how many did not pass, whatever the verdict on each
	Withheld  *jsonWithheld   `json:"withheld,omitempty"`
	Signers   []check.Signer  `json:"signers,omitempty"`
	Roots     []string        `json:"roots"`
	Gaps      []string        `json:"gaps"`
	MoreGaps  int             `json:"more_gaps,omitempty"`
	Damaged   []string        `json:"damaged"`
	Looks     int             `json:"looks,omitempty"`
	Unchecked []string        `json:"unchecked,omitempty"` // what nothing signs
	Answers   []jsonAnswer    `json:"answers,omitempty"`
	Files     []jsonFile      `json:"files,omitempty"`
	Results   []jsonResult    `json:"results"`
	Displays  []Display       `json:"displays,omitempty"`
}

// jsonWithheld says of how many receipts parts are withheld, and of which ones, the first 20.
type jsonWithheld struct {
	Receipts int      `json:"receipts"`
	Numbers  []uint64 `json:"numbers"`
}

type jsonFile struct {
	Name     string          `json:"name"`
	Verdict  receipt.Verdict `json:"verdict"`
	Receipts int             `json:"receipts"`
	Reason   string          `json:"reason,omitempty"`
}

type jsonResult struct {
	Name     string              `json:"name"`
	Verdict  receipt.Verdict     `json:"verdict"` // of it alone, and as it follows others
	Seq      uint64              `json:"seq,omitempty"`
	Event    statement.EventType `json:"event,omitempty"`
	IssuedAt *time.Time          `json:"issued_at,omitempty"`
	Digest   string              `json:"digest,omitempty"`
	Withheld map[string]int      `json:"withheld,omitempty"`
	Manifest *jsonManifest       `json:"manifest,omitempty"`
	Became   []Became            `json:"became,omitempty"` // what became of each consent that could still be in force
	Code     receipt.Code        `json:"code,omitempty"`
	Reason   string              `json:"reason,omitempty"`
}

// jsonAnswer is a file of the answer to a data request.
type jsonAnswer struct {
	manifest.Named
	Given   string `json:"given,omitempty"` // the file with its content, or else one with its name
	Changed bool   `json:"changed,omitempty"`
}

// jsonManifest is the manifest of an answer.
type jsonManifest struct {
	Issuer   string                `json:"issuer"`
	Request  statement.Request     `json:"request"`
	Receipts manifest.Holding      `json:"receipts"`
	Parts    []manifest.StatedPart `json:"parts"`
}

func printJSON(w io.Writer, report *check.Report, results []check.Result, became func(*receipt.Receipt) []Became, displays []Display) error {
	out := jsonReport{
		Verdict: report.Verdict, Checked: report.Checked, Refused: report.Refused, Roots: orEmpty(report.Roots),
		Gaps: orEmpty(report.Gaps), MoreGaps: report.MoreGaps, Damaged: damagedTexts(report), Looks: report.Looks,
		Signers: report.Signers, Unchecked: unchecked(report, func(name string) string { return name }), Results: []jsonResult{}, Displays: displays,
	}
	if n := len(report.Withheld); n > 0 {
		out.Withheld = &jsonWithheld{n + report.MoreWithheld, report.Withheld}
	}
	for _, f := range report.Files {
		file := jsonFile{Name: f.Name, Verdict: f.Verdict, Receipts: f.Receipts}
		if f.Err != nil {
			file.Reason = f.Err.Error()
		}
		out.Files = append(out.Files, file)
	}
	for _, a := range report.Answers {
		out.Answers = append(out.Answers, jsonAnswer{a.Named, a.File, a.Changed})
	}
	for _, r := range results {
		j := jsonResult{Name: r.Name, Verdict: r.Verdict}
		if refusal, ok := receipt.AsRefusal(r.Err); ok {
			j.Code, j.Reason = refusal.Code, refusal.Reason
		} else if r.Err != nil {
			j.Reason = r.Err.Error()
		} else if m := r.Manifest; m != nil {
			at := m.Time()
			j.IssuedAt, j.Manifest = &at, &jsonManifest{m.Issuer, m.Request, m.Receipts, m.Parts}
		} else {
			at := r.Receipt.Time()
			j.Seq, j.Event, j.IssuedAt, j.Digest, j.Withheld = r.Receipt.Seq, r.Receipt.Event.Type, &at, r.Receipt.Digest, r.Receipt.Withheld()
			j.Became = became(r.Receipt)
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
