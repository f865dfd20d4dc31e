// Command desk does what needs a network. Through the API it looks up people and their data
// requests, and acts for them. At a ledger on DynamoDB it verifies, saves and publishes again
// what the ledger holds. testdata/script and testdata/ledger show it at work.
package main

import "consent-receipts/shared/cmd/cli"

func main() { cli.Main(program) }

// command is one run of the program, with what it does at a ledger.
type command struct{ *cli.Streams }

// program lists what the command does.
func program(s *cli.Streams) cli.Verb {
	c := command{s}
	return cli.Verb{
		Name: "desk",
		Help: "desk does what the staff does, by the API, and what is done at a ledger.\nIt needs a network; files are checked offline by the command receipt.",
		Verbs: append(staffVerbs(s),
			cli.Verb{Name: "due", Summary: "says by when a law wants a data request answered", Help: dueHelp, Run: c.due},
			cli.Verb{Name: "verify", Summary: "checks one person's whole ledger, where it is stored", Help: verifyHelp, Run: c.verify},
			cli.Verb{Name: "export", Summary: "saves one person's ledger as files", Help: exportHelp, Run: c.export},
			cli.Verb{Name: "republish", Summary: "tells other systems again of receipts in a ledger", Help: republishHelp, Run: c.republish},
			cli.Verb{Name: "drill", Summary: "practises a restore of the ledger's table", Help: drillHelp, Run: c.drill},
		),
	}
}
