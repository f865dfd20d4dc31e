package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"consent-receipts/shared/freetext"
	"consent-receipts/shared/receipt"
)

func (c *command) present(args []string) (int, error) {
	f := c.flags("present")
	disclose := f.String("disclose", "", "parts to show, such as changes,standing[0]")
	out := f.String("out", "", "file to write; it must not exist (default: standard output)")
	if err := c.parse(f, args, 1); err != nil {
		return 0, err
	}
	rec, err := load(f.Arg(0), nil)
	if _, refused := receipt.AsRefusal(err); refused {
		fmt.Fprintf(c.stdout, "REFUSED: %s\n", told(err))
		return exitRefused, nil
	}
	if err != nil {
		return 0, err
	}
	if *disclose == "" {
		c.listParts(rec)
		return exitGenuine, nil
	}
	presentation, err := rec.Present(strings.Split(*disclose, ","))
	if err != nil {
		return 0, err
	}
	verifier, err := receipt.NewVerifier()
	if err != nil {
		return 0, err
	}
	if _, err := verifier.Verify(presentation); err != nil {
		return 0, fmt.Errorf("the result does not verify: %w", err)
	}
	if *out == "" {
		_, err = fmt.Fprintln(c.document, presentation)
		return exitGenuine, err
	}
	file, err := os.OpenFile(*out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	_, err = file.WriteString(presentation)
	return exitGenuine, errors.Join(err, file.Close())
}

// listParts prints what can be disclosed, a line each.
func (c *command) listParts(rec *receipt.Receipt) {
	for _, p := range rec.Parts() {
		text := "(withheld)"
		if p.Element.Value != nil {
			text = string(freetext.EscapeJSON(p.Element.Value))
			if r := []rune(text); len(r) > 100 {
				text = string(r[:100]) + "…"
			}
		}
		fmt.Fprintf(c.stdout, "%s[%d]\t%s\n", p.Array, p.Index, text)
	}
}
