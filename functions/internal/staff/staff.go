// Package staff says which scopes a member of the staff is given, by their groups in the
// Cognito user pool that the stack makes for the staff. Cognito itself gives a client's
// scopes to whoever signs in with it.
package staff

import (
	"slices"

	"github.com/aws/aws-lambda-go/events"
)

// groups are those whose members have a scope. An operator reads and acts, an auditor
// reads.
var groups = []struct{ name, scope string }{
	{"operators", "consent-receipts/operator"},
	{"auditors", "consent-receipts/auditor"},
}

// Event is a pre token generation trigger's, version 2: tokens are about to be made for
// somebody who has signed in. It is answered with itself, the response filled in.
type Event struct {
	events.CognitoEventUserPoolsHeader
	Request  events.CognitoEventUserPoolsPreTokenGenRequestV2_0 `json:"request"`
	Response Response                                           `json:"response"`
}

// Response says what is otherwise than Cognito would have it. What it leaves out stays.
type Response struct {
	Details struct {
		AccessToken struct {
			ScopesToSuppress []string `json:"scopesToSuppress"`
		} `json:"accessTokenGeneration"`
	} `json:"claimsAndScopeOverrideDetails"`
}

// Decide takes away the scopes of the groups that somebody is not in, whether or not
// they were asked for.
func Decide(e Event) Event {
	e.Response.Details.AccessToken.ScopesToSuppress = []string{}
	for _, g := range groups {
		if !slices.Contains(e.Request.GroupConfiguration.GroupsToOverride, g.name) {
			e.Response.Details.AccessToken.ScopesToSuppress = append(e.Response.Details.AccessToken.ScopesToSuppress, g.scope)
		}
	}
	return e
}
