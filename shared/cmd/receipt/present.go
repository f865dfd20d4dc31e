package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
)

const presentHelp = `receipt present [--disclose PART,...] [--out FILE] FILE
    PART is a name such as changes or standing[0]. Writes a copy that shows
    only these parts; without --disclose it lists the parts there are.
`

func (c *command) present(_ context.Context, f *cli.Flags) (int, error) {
	disclose := f.String("disclose", "", "parts to show, such as changes,standing[0]")
	out := f.String("out", "", "file to write; it must not exist (default: standard output)")
	if err := f.Parse(1, 1); err != nil {
		return 0, err
	}
	rec, err := load(f.Arg(0), nil)
	if err != nil {
		return c.unread(err)
	}
	if *disclose == "" {
		c.listParts(rec)
		return cli.ExitDone, nil
	}
	presentation, err := rec.Present(strings.Split(*disclose, ","))
	if err != nil {
		return 0, err
	}
	verifier := receipt.NewVerifier()
	if _, err := verifier.Verify(presentation); err != nil {
		return 0, fmt.Errorf("the result does not verify: %w", err)
	}
	if *out == "" {
		_, err = fmt.Fprintln(c.Document, presentation)
		return cli.ExitDone, err
	}
	return cli.ExitDone, writeNew(*out, []byte(presentation))
}

// listParts prints what can be disclosed, a line each.
func (c *command) listParts(rec *receipt.Receipt) {
	for _, p := range rec.Parts() {
		text := "(withheld)"
		if p.Element.Value != nil {
			text = inLine(p.Element.Value)
		}
		fmt.Fprintf(c.Stdout, "%s[%d]\t%s\n", p.Array, p.Index, text)
	}
}

// inLine is the beginning of a JSON value in one line. Line breaks between its tokens would
// let an issuer write lines that look like those of other parts.
func inLine(value json.RawMessage) string {
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err != nil {
		return freetext.Visible(string(value))
	}
	text := []rune(string(freetext.EscapeJSON(compact.Bytes())))
	if len(text) > 100 {
		return string(text[:100]) + "…"
	}
	return string(text)
}
