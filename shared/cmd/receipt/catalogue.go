package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"consent-receipts/shared/consent/catalogue/source"
)

// catalogue lints or shows the catalogue in a file.
func (c *command) catalogue(args []string) (int, error) {
	if len(args) != 2 || (args[0] != "lint" && args[0] != "show") {
		fmt.Fprintln(c.stderr, "receipt catalogue lint FILE | receipt catalogue show FILE")
		return 0, errUsage
	}
	dir, file := filepath.Split(args[1])
	if dir == "" {
		dir = "."
	}
	compiled, problems := source.Compile(os.DirFS(dir), file)
	for _, p := range problems {
		fmt.Fprintln(c.stdout, p)
	}
	if len(problems) > 0 {
		fmt.Fprintf(c.stdout, "%d problem(s)\n", len(problems))
		return exitRefused, nil
	}
	if args[0] == "show" {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, compiled.Canonical, "", "  "); err != nil {
			return 0, err
		}
		fmt.Fprintln(c.stdout, pretty.String())
	}
	cat := compiled.Catalogue
	fmt.Fprintf(c.stdout, "%s: %d purposes in %d languages, %d notices, %s\n",
		args[1], len(cat.Purposes), len(cat.Languages), len(compiled.Notices), compiled.Digest)
	return exitGenuine, nil
}
