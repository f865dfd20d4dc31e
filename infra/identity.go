package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
)

// scope is a scope of an issuer, without the resource server's prefix.
type scope struct{ name, what string }

// identity is an OpenID Connect issuer, the audience of its access tokens, and the pages'
// client.
type identity struct{ issuer, audience, clientID string }

// addIdentity uses the operator's OpenID Connect issuers. Without one it makes a Cognito user
// pool, so that a deployment works out of the box. People and staff have separate issuers: no
// token of a customer opens the desk.
func (s *parts) addIdentity() {
	s.people, s.staff = s.config.people, s.config.staff
	if s.people.issuer == "" {
		var pool *pool
		pool, s.people = s.newPool(poolOptions{
			name: "People", id: "PeopleE38C8D03", federation: "people", domain: "consent-receipts-", pages: "Portal", callback: "/callback", signedOut: "/",
			theirs: []scope{{"self", "Act for oneself"}},
			others: []scope{{"decisions", "Ask what was allowed"}, {"opendsr", "Send data requests as a controller"}},
		})
		for _, name := range s.config.controllers {
			s.controllers = append(s.controllers, controller{name, pool.newSystem("Controller-"+name, "opendsr")})
		}
	}
	if s.staff.issuer == "" {
		var pool *pool
		pool, s.staff = s.newPool(poolOptions{
			name: "Staff", id: "Staff35CBA1CE", federation: "staff", domain: "consent-receipts-staff-", pages: "Desk", callback: "/desk/callback", signedOut: "/desk",
			theirs: []scope{{"operator", "Act for the controller"}, {"auditor", "Read for the controller"}},
		})
		s.staffPool = pool.UserPool
		for _, group := range []struct{ name, what string }{{"operators", "Find people, read and act for them"}, {"auditors", "Find people, and read"}} {
			s.staffPool.AddGroup(jsii.String("Group-"+group.name), &awscognito.UserPoolGroupOptions{
				GroupName: jsii.String(group.name), Description: jsii.String(group.what),
			})
		}
	}
}

// addStaffTrigger lets the function staff choose the scopes of a member of the staff by their
// groups: Cognito alone gives a client's scopes to everybody who signs in with it.
func (s *parts) addStaffTrigger() {
	if s.staffPool != nil {
		s.staffPool.AddTrigger(awscognito.UserPoolOperation_PRE_TOKEN_GENERATION_CONFIG(), s.functions["staff"], awscognito.LambdaVersion_V2_0)
	}
}

// controller is a controller whose systems send data requests, with its client.
type controller struct{ name, clientID string }
