// Package rootkey wires the functions that may use the root key.
package rootkey

import (
	"context"
	"crypto"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/certify"
	"consent-receipts/shared/aws/keys"
)

// Handler is a handler on the root key in KMS. The first event opens the key.
func Handler(env *boot.Env) *certify.Handler {
	client, id := keys.NewClient(env.AWS("KMS")), env.String("ROOT_KEY_ID")
	root := &boot.Once[*keys.Root]{Open: func(ctx context.Context) (*keys.Root, error) { return keys.OpenRoot(ctx, client, id) }}
	return &certify.Handler{
		Key: func(ctx context.Context) (crypto.Signer, error) {
			key, err := root.Get(ctx)
			if err != nil {
				return nil, err
			}
			return key.Signer(ctx), nil
		},
		Issuer: env.String("ISSUER"), Now: time.Now, Log: env.Log,
	}
}
