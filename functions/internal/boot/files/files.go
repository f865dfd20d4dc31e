// Package files gives a function the files of answers. Only the functions that import it link a
// client of Amazon S3.
package files

import (
	"context"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/api"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/shared/aws/attachments"
)

// Of opens the bucket that the environment names, without a request.
func Of(env *boot.Env) api.Finish {
	store := attachments.New(env.AWS("S3"), env.String("ATTACHMENTS_BUCKET"), env.Optional("ATTACHMENT_SCAN"), time.Now)
	return func(_ context.Context, _ *service.Service, to *handler.API) error {
		to.Attachments = store
		return nil
	}
}
