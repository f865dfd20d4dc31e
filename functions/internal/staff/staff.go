// Package staff chooses the scopes of a member of the staff by their groups in the stack's
// Cognito user pool for the staff. Cognito alone gives a client's scopes to everybody who
// signs in with it.
package staff

import (
	"slices"

	"github.com/aws/aws-lambda-go/events"
)

// groups have a scope for their members. An operator reads and acts; an auditor only reads.
var groups = []struct{ name, scope string }{
	{"operators", "consent-receipts/operator"},
	{"auditors", "consent-receipts/auditor"},
}

// Event is the event of a pre token generation trigger, version 2: Cognito is about to make
// tokens for a user who has signed in. The answer is the same event with the response filled
// in.
type Event struct {
	events.CognitoEventUserPoolsHeader
	Request  events.CognitoEventUserPoolsPreTokenGenRequestV2_0 `json:"request"`
	Response Response                                           `json:"response"`
}

// Response has the changes to Cognito's defaults. An omitted member changes nothing.
type Response struct {
	Details struct {
		AccessToken struct {
			ScopesToSuppress []string `json:"scopesToSuppress"`
		} `json:"accessTokenGeneration"`
	} `json:"claimsAndScopeOverrideDetails"`
}

// Decide removes the scopes of the groups that the user is not in, whether or not they were
// requested.
func Decide(e Event) Event {
	e.Response.Details.AccessToken.ScopesToSuppress = []string{}
	for _, g := range groups {
		if !slices.Contains(e.Request.GroupConfiguration.GroupsToOverride, g.name) {
			e.Response.Details.AccessToken.ScopesToSuppress = append(e.Response.Details.AccessToken.ScopesToSuppress, g.scope)
		}
	}
	return e
}
