// Command datarequest is the function behind the routes under /v1/data-requests:
// ask, follow, take back.
//
// Trigger: HTTP API. Output: a signed receipt, appended to the person's ledger
// and returned. Failure: a problem document (RFC 9457); a 503 may be sent again
// and finds out what happened.
package main

import (
	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/api"
)

func main() { boot.Main(api.Requests("datarequest")) }
