// Command list prints the names of the functions, one per line: all, or those whose packages
// carry the settings of the protocols. `make package` builds these functions.
//
//	list [-settings]
package main

import (
	"flag"
	"fmt"

	"consent-receipts/infra/functions"
)

func main() {
	settings := flag.Bool("settings", false, "only those whose packages carry the settings of the protocols")
	flag.Parse()
	names := functions.Names()
	if *settings {
		names = functions.WithSettings()
	}
	for _, name := range names {
		fmt.Println(name)
	}
}
