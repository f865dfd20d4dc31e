// Package files gives a function the files of answers. Only the functions that import it link a
// client of Amazon S3.
package files

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/api"
	"consent-receipts/functions/internal/boot/service"
	"consent-receipts/functions/internal/handler"
	"consent-receipts/shared/aws/attachments"
)

// Of opens the bucket that the environment names, without a request. Only the function that takes
// files in is told how long they are kept.
func Of(env *boot.Env) api.Finish {
	store := attachments.New(env.AWS("S3"), env.String("ATTACHMENTS_BUCKET"), env.Optional("ATTACHMENT_SCAN"), time.Now)
	days := env.Optional("ATTACHMENT_DAYS")
	return func(_ context.Context, _ *service.Service, to *handler.API) (err error) {
		to.Attachments = store
		to.AttachmentDays, err = strconv.Atoi(cmp.Or(days, "0"))
		return err
	}
}
