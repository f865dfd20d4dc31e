package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
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
			name: "People", id: "PeopleE38C8D03", domain: "consent-receipts-", pages: "Portal", callback: "/callback", signedOut: "/",
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
			name: "Staff", id: "Staff35CBA1CE", domain: "consent-receipts-staff-", pages: "Desk", callback: "/desk/callback", signedOut: "/desk",
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

// poolOptions are the settings of a user pool.
type poolOptions struct {
	name, id            string // in CDK and in the template
	domain              string // The account's number is added to it.
	pages               string // name of the pages' client
	callback, signedOut string // paths of the pages
	theirs              []scope
	others              []scope // of clients that the operator adds
}

// controller is a controller whose systems send data requests, with its client.
type controller struct{ name, clientID string }

// pool is a user pool, with the scopes of its clients by name.
type pool struct {
	awscognito.UserPool
	scopes map[string]awscognito.OAuthScope
}

// newSystem makes a client for a system that acts for itself: it has a secret, gets tokens by
// client credentials, and these have one scope.
func (p *pool) newSystem(id, scope string) (clientID string) {
	return *p.AddClient(jsii.String(id), &awscognito.UserPoolClientOptions{
		GenerateSecret: jsii.Bool(true),
		OAuth: &awscognito.OAuthSettings{
			Flows: &awscognito.OAuthFlows{ClientCredentials: jsii.Bool(true)}, Scopes: &[]awscognito.OAuthScope{p.scopes[scope]},
		},
		AuthFlows: &awscognito.AuthFlow{}, AccessTokenValidity: awscdk.Duration_Hours(jsii.Number(1)), EnableTokenRevocation: jsii.Bool(true),
	}).UserPoolClientId()
}

// newPool makes a user pool, whose `sub` claim identifies a user, and a client for pages.
func (s *parts) newPool(o poolOptions) (*pool, identity) {
	made := awscognito.NewUserPool(s.scope, jsii.String(o.name), &awscognito.UserPoolProps{
		SelfSignUpEnabled: jsii.Bool(false), // the bank adds its customers and its staff itself
		SignInAliases:     &awscognito.SignInAliases{Email: jsii.Bool(true)},
		AccountRecovery:   awscognito.AccountRecovery_EMAIL_ONLY,
		Mfa:               awscognito.Mfa_REQUIRED,
		MfaSecondFactor:   &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		PasswordPolicy: &awscognito.PasswordPolicy{MinLength: jsii.Number(12), RequireDigits: jsii.Bool(true),
			RequireLowercase: jsii.Bool(true), RequireUppercase: jsii.Bool(true), RequireSymbols: jsii.Bool(true)},
		FeaturePlan:                  awscognito.FeaturePlan_PLUS,
		StandardThreatProtectionMode: awscognito.StandardThreatProtectionMode_FULL_FUNCTION,
		DeletionProtection:           jsii.Bool(!s.config.firstDeployment),
	})
	keep(made, o.id)
	made.AddDomain(jsii.String("Domain"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{DomainPrefix: jsii.String(o.domain + *s.Account())},
	})
	var known []awscognito.ResourceServerScope
	for _, list := range [][]scope{o.theirs, o.others} {
		for _, each := range list {
			known = append(known, awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
				ScopeName: jsii.String(each.name), ScopeDescription: jsii.String(each.what),
			}))
		}
	}
	server := made.AddResourceServer(jsii.String("Scopes"), &awscognito.UserPoolResourceServerOptions{
		Identifier: jsii.String(functions.ResourceServer), Scopes: &known,
	})
	scopes := map[string]awscognito.OAuthScope{}
	for _, each := range known {
		scopes[*each.ScopeName()] = awscognito.OAuthScope_ResourceServer(server, each)
	}
	asked := []awscognito.OAuthScope{awscognito.OAuthScope_OPENID()}
	for _, each := range o.theirs {
		asked = append(asked, scopes[each.name])
	}
	client := made.AddClient(jsii.String(o.pages), &awscognito.UserPoolClientOptions{
		GenerateSecret: jsii.Bool(false), // a public client: code with PKCE
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &asked,
			CallbackUrls: jsii.Strings(s.baseURL + o.callback), LogoutUrls: jsii.Strings(s.baseURL + o.signedOut),
		},
		AuthFlows:                  &awscognito.AuthFlow{},
		SupportedIdentityProviders: &[]awscognito.UserPoolClientIdentityProvider{awscognito.UserPoolClientIdentityProvider_COGNITO()},
		AccessTokenValidity:        awscdk.Duration_Hours(jsii.Number(1)), IdTokenValidity: awscdk.Duration_Hours(jsii.Number(1)),
		EnableTokenRevocation: jsii.Bool(true), PreventUserExistenceErrors: jsii.Bool(true),
	})
	// Cognito's access tokens have no audience; API Gateway then compares client_id.
	return &pool{made, scopes}, identity{*made.UserPoolProviderUrl(), *client.UserPoolClientId(), *client.UserPoolClientId()}
}
