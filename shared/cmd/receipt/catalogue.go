package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"consent-receipts/shared/consent/catalogue/source"
	"consent-receipts/shared/freetext"
)

// catalogue lints, shows or builds the catalogue in a file.
func (c *command) catalogue(args []string) (int, error) {
	var verb string
	if len(args) > 0 {
		verb = args[0]
	}
	if want := map[string]int{"lint": 2, "show": 2, "build": 3}[verb]; want == 0 || len(args) != want {
		fmt.Fprintln(c.stderr, "receipt catalogue lint FILE | receipt catalogue show FILE | receipt catalogue build FILE FOLDER")
		return 0, errUsage
	}
	dir, file := filepath.Split(args[1])
	if dir == "" {
		dir = "."
	}
	compiled, problems := source.Compile(os.DirFS(dir), file)
	for _, p := range problems {
		fmt.Fprintln(c.stdout, freetext.Visible(p.String()))
	}
	if len(problems) > 0 {
		fmt.Fprintf(c.stdout, "%d problem(s)\n", len(problems))
		return exitRefused, nil
	}
	if verb == "build" {
		if err := writeCatalogue(compiled, args[2]); err != nil {
			return 0, err
		}
	}
	if verb == "show" {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, compiled.Canonical, "", "  "); err != nil {
			return 0, err
		}
		fmt.Fprintf(c.document, "%s\n", freetext.EscapeJSON(pretty.Bytes()))
	}
	cat := compiled.Catalogue
	fmt.Fprintf(c.stdout, "%s: %d purposes in %d languages, %d notices, %s\n",
		freetext.Inline(args[1]), len(cat.Purposes), len(cat.Languages), len(compiled.Notices), compiled.Digest)
	return exitGenuine, nil
}

// writeCatalogue writes what a deployment provisions: the canonical catalogue, and
// each notice under the hex digits of its digest.
func writeCatalogue(compiled *source.Compiled, dir string) error {
	notices := filepath.Join(dir, "notices")
	if err := os.MkdirAll(notices, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "catalogue.json"), compiled.Canonical, 0o644); err != nil {
		return err
	}
	for digest, text := range compiled.Notices {
		if err := os.WriteFile(filepath.Join(notices, strings.TrimPrefix(digest, "sha256:")), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
