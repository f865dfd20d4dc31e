// Command receipt verifies, shows, presents and exchanges consent receipts. It works
// offline, and links nothing that reaches a network: command desk does.
// testdata/script shows it at work.
package main

import (
	"context"
	"time"

	"consent-receipts/shared/cmd/cli"
)

func main() {
	cli.Main(func(s *cli.Streams) cli.Verb { return (&command{Streams: s, now: time.Now}).program() })
}

// command is one run of the program.
type command struct {
	*cli.Streams
	now func() time.Time
}

// program lists what the command does.
func (c *command) program() cli.Verb {
	return cli.Verb{
		Name: "receipt",
		Help: "receipt verifies, shows, presents and exchanges consent receipts, offline.\nWhat needs a network is the command desk.",
		Verbs: []cli.Verb{
			{Name: "verify", Summary: "checks receipts, pages, PDFs, folders, bundles, and who looked", Help: verifyHelp, Run: c.verify},
			{Name: "show", Summary: "prints a receipt for a person to read, or writes it as a page or a PDF", Help: showHelp, Run: c.show},
			{Name: "present", Summary: "writes a copy that shows only some parts", Help: presentHelp, Run: c.present},
			{Name: "export", Summary: "writes a receipt in the format of another system", Help: exportHelp, Run: c.export},
			{Name: "import", Summary: "reads consents of an earlier system", Help: importHelp, Run: c.imports},
			{Name: "manifest", Summary: "checks the list of what an answer consists of, and its files", Help: manifestHelp, Run: c.manifest},
			{Name: "catalogue", Summary: "drafts, checks, shows or builds the catalogue of what people may be asked", Help: "receipt catalogue drafts, checks, shows or builds a catalogue.", Verbs: []cli.Verb{
				{Name: "new", Summary: "writes a first version from the answers to ten questions", Help: newHelp, Run: c.newCatalogue},
				{Name: "lint", Summary: "names every mistake", Help: lintHelp, Run: c.lint},
				{Name: "show", Summary: "prints it in canonical form, and its digest", Help: showCatalogueHelp, Run: c.showCatalogue},
				{Name: "build", Summary: "writes what a deployment provisions", Help: buildHelp, Run: c.build},
			}},
			{Name: "desk", Run: moved},
		},
	}
}

// moved says where the verbs of the staff are.
func moved(_ context.Context, f *cli.Flags) (int, error) {
	return 0, f.Wrong("what the staff does needs a network; it is `desk VERB` now")
}
