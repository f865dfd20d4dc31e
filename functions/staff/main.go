// Command staff says which scopes somebody of the staff is given, by their groups.
//
// Trigger: pre token generation, version 2, of the staff's Cognito user pool. Output: the
// event, with the scopes that they are not given. Failure: nobody is signed in.
package main

import (
	"context"

	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/staff"
)

func main() {
	boot.Main(func(*boot.Env) (any, error) {
		return func(_ context.Context, e staff.Event) (staff.Event, error) { return staff.Decide(e), nil }, nil
	})
}
