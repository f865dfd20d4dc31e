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
	"consent-receipts/shared/aws/certifier"
	"consent-receipts/shared/aws/dynamoledger"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		h := &provision.Handler{
			Ledger: dynamoledger.Open(env.AWS("DYNAMODB"), env.String("TABLE_NAME")),
			Root:   certifier.New(env.AWS("LAMBDA"), env.String("SELFSIGN_FUNCTION")).Root,
			Files:  os.DirFS("documents"), Log: env.Log,
		}
		return h.Handle, nil
	})
}
