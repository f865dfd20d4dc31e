// Package operator is how the command of an operator reaches KMS. It stands apart from package
// keys, because what searches profiles and instance metadata would be linked by every function.
package operator

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"consent-receipts/shared/aws/keys"
)

// Client returns a client of KMS: region and credentials come from where the AWS tools look for
// them.
func Client(ctx context.Context) (*kms.Client, error) {
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	return keys.NewClient(c), nil
}
