package api

import (
	"errors"
	"fmt"
	"regexp"
)

// Pages of the configured origins may send and read this much (Fetch standard, CORS
// protocol): what <consent-offer> needs. Credentials are never allowed, so that no cookie of
// the portal goes with such a request.
var (
	CORSMethods = []string{"GET", "POST"}
	CORSHeaders = []string{"authorization", "content-type", "idempotency-key"}
	CORSExposed = []string{"idempotency-replayed", "retry-after"}
)

// CORSMaxAge is the time for which a browser may keep the answer to a preflight, in seconds.
const CORSMaxAge = 600

// ErrOrigin is wrapped by the errors of CheckOrigin.
var ErrOrigin = errors.New("not the origin of a page")

// CheckOrigin checks an origin as browsers write it (RFC 6454, 6.2): https, or http on this
// machine; a host in lower case; a port if it is not the default; and no path. A wildcard is
// refused.
func CheckOrigin(s string) error {
	// They are compiled here, because no function that is deployed checks an origin.
	origin := regexp.MustCompile(`^(https://[a-z0-9.-]*[a-z0-9]|http://(localhost|127\.0\.0\.1))(:[1-9][0-9]{0,4})?$`)
	defaultPort := regexp.MustCompile(`^(https:.*:443|http:.*:80)$`)
	if !origin.MatchString(s) || defaultPort.MatchString(s) {
		return fmt.Errorf("%w: %.200q; write https:// and a host in lower case, such as https://app.bank.example, without a path and without a wildcard", ErrOrigin, s)
	}
	return nil
}
