// Command operator is the function behind the routes under /v1/operator: the
// controller's staff finds a person, reads what stands, and acts for them.
//
// Trigger: HTTP API. Output: as of the person's own routes, and a signed record of
// who looked or acted, which is written first. Failure: a problem document (RFC
// 9457); a 503 may be sent again and finds out what happened.
package main

import (
	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/api"
	"consent-receipts/functions/internal/boot/files"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) { return api.RequestsWith("operator", files.Of(env))(env) })
}
