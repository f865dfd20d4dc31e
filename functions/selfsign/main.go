// Command selfsign makes the certificate of the root key, which that key signs itself. It is a
// function of its own and not a second request to certify, so that IAM allows provision the
// one and not the other.
//
// Trigger: invoked by provision, at deployment, and by nobody else. Output: a certificate.
// Failure: a function error, and the deployment fails.
package main

import (
	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/rootkey"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) { return rootkey.Handler(env).Root, nil })
}
