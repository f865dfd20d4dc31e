// Command certify is the only function that may use the root key. It certifies the
// keys that the other functions make in memory, for six hours, and makes the root's
// own certificate at deployment.
//
// Trigger: invoked by the functions that sign and by provision, and by nobody else.
// Output: a certificate. Failure: a function error; the caller tells its own caller
// to try again.
package main

import (
	"context"
	"crypto"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/certify"
	"consent-receipts/shared/aws/keys"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) {
		client, id := keys.NewClient(env.AWS("KMS")), env.String("ROOT_KEY_ID")
		root := &boot.Once[*keys.Root]{Open: func(ctx context.Context) (*keys.Root, error) { return keys.OpenRoot(ctx, client, id) }}
		h := &certify.Handler{Issuer: env.String("ISSUER"), Now: time.Now, Log: env.Log}
		h.Key = func(ctx context.Context) (crypto.Signer, error) {
			key, err := root.Get(ctx)
			if err != nil {
				return nil, err
			}
			return key.Signer(ctx), nil
		}
		return h.Handle, nil
	})
}
