// Command certify is the only function that may use the root key. It certifies the
// keys that the other functions make in memory, for six hours, and makes the root's
// own certificate at deployment.
//
// Trigger: invoked by the functions that sign and by provision, and by nobody else.
// Output: a certificate. Failure: a function error; the caller tells its own caller
// to try again.
package main

import (
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/certify"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		h := &certify.Handler{Key: env.RootKey(), Issuer: env.String("ISSUER"), Now: time.Now, Log: env.Log}
		return h.Handle, nil
	})
}
