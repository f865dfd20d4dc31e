package dynamoledger

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"consent-receipts/shared/ledger"
)

// throttled has the error codes that the SDK also takes for throttling.
var throttled = retry.IsErrorThrottles(retry.DefaultThrottles)

// isDuplicate reports whether an insert found the place taken. The service says
// DuplicateItemException; one of the engines for tests shortens it.
func isDuplicate(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && (api.ErrorCode() == "DuplicateItemException" || api.ErrorCode() == "DuplicateItem")
}

// translate turns an error of the SDK into one of the ledger. An error without a
// counterpart there, such as a missing permission or a missing table, stays as it is: the
// caller did not cause it, and waiting does not cure it.
func translate(ctx context.Context, err error) error {
	if end := ended(ctx); end != nil {
		return end
	}
	var api smithy.APIError
	if !errors.As(err, &api) { // there was no answer, or none that can be read
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	var response *awshttp.ResponseError
	switch {
	case api.ErrorCode() == "ValidationException":
		return fmt.Errorf("%w: %w", ledger.ErrInvalid, err)
	case throttled.IsErrorThrottle(err) == aws.TrueTernary,
		errors.As(err, &response) && response.HTTPStatusCode() >= http.StatusInternalServerError:
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	return fmt.Errorf("dynamodb: %w", err)
}

// ended returns an error if the context has ended.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ledger.ErrUnavailable, err)
	}
	return nil
}
