// Command provision is run by each deployment. It keeps the catalogue, its notices
// and the root certificate in the table; what is there stays.
//
// Trigger: CloudFormation, as a custom resource; or by hand. Output: the root
// certificates that the other functions trust. Failure: the deployment fails, and
// rolls back to what worked.
package main

import (
	"os"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/provision"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		h := &provision.Handler{Ledger: env.Ledger(), Root: env.Certifier().Root, Files: os.DirFS("documents"), Log: env.Log}
		return h.Handle, nil
	})
}
