package boot

import (
	"context"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
)

// reserve is the part of an invocation's time that is kept for the answer: one tenth.
const reserve = 10

// punctual gives its handler a context that ends before Lambda ends the invocation. Whatever
// the handler waits for ends with that context, so that the handler still has the time to say
// what was not done: by a problem, by a partial batch failure, or by an error.
//
// Lambda's own deadline follows from the time limit in the function's record, so that the
// reserve follows from it too.
type punctual struct{ lambda.Handler }

// Invoke implements lambda.Handler.
func (p punctual) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-time.Until(end)/reserve))
		defer cancel()
	}
	return p.Handler.Invoke(ctx, event)
}
