package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
)

// poolOptions are the settings of a user pool.
type poolOptions struct {
	name, id            string // in CDK and in the template
	federation          string // its name in the context federation
	domain              string // The account's number is added to it.
	pages               string // name of the pages' client
	callback, signedOut string // paths of the pages
	theirs              []scope
	others              []scope // of clients that the operator adds
}

// pool is a user pool, with the scopes of its clients by name.
type pool struct {
	awscognito.UserPool
	scopes map[string]awscognito.OAuthScope
}

// newSystem makes a client for a system that acts for itself: it has a secret, gets tokens by
// client credentials, and these have one scope.
func (p *pool) newSystem(id, scope string) (clientID string) {
	return p.newClient(id, &awscognito.UserPoolClientOptions{
		GenerateSecret: jsii.Bool(true),
		OAuth: &awscognito.OAuthSettings{
			Flows: &awscognito.OAuthFlows{ClientCredentials: jsii.Bool(true)}, Scopes: &[]awscognito.OAuthScope{p.scopes[scope]},
		},
		AccessTokenValidity: minutes(systemMinutes), EnableTokenRevocation: jsii.Bool(true),
	})
}

// newClient makes a client that gets tokens at the pool's OAuth endpoints alone. Of Cognito's own
// API it may only refresh, which Cognito does not let anybody forbid; a client that names no flow
// could sign in there by password (SRP) too.
func (p *pool) newClient(id string, options *awscognito.UserPoolClientOptions) (clientID string) {
	client := p.AddClient(&id, options)
	client.Node().DefaultChild().(awscognito.CfnUserPoolClient).SetExplicitAuthFlows(jsii.Strings("ALLOW_REFRESH_TOKEN_AUTH"))
	return *client.UserPoolClientId()
}

// newPool makes a user pool, whose `sub` claim identifies a user, and a client for pages.
func (s *parts) newPool(o poolOptions) (*pool, identity) {
	plan, threats := awscognito.FeaturePlan_ESSENTIALS, awscognito.StandardThreatProtectionMode_NO_ENFORCEMENT
	if s.config.plan == "plus" {
		plan, threats = awscognito.FeaturePlan_PLUS, awscognito.StandardThreatProtectionMode_FULL_FUNCTION
	}
	made := awscognito.NewUserPool(s.scope, jsii.String(o.name), &awscognito.UserPoolProps{
		SelfSignUpEnabled: jsii.Bool(false), // the bank adds its customers and its staff itself
		SignInAliases:     &awscognito.SignInAliases{Email: jsii.Bool(true)},
		AccountRecovery:   awscognito.AccountRecovery_EMAIL_ONLY,
		Mfa:               awscognito.Mfa_REQUIRED,
		MfaSecondFactor:   &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		PasswordPolicy: &awscognito.PasswordPolicy{MinLength: jsii.Number(12), RequireDigits: jsii.Bool(true),
			RequireLowercase: jsii.Bool(true), RequireUppercase: jsii.Bool(true), RequireSymbols: jsii.Bool(true)},
		FeaturePlan: plan, StandardThreatProtectionMode: threats,
		DeletionProtection: jsii.Bool(!s.config.firstDeployment),
	})
	keep(made, o.id)
	s.config.mail.sendFor(made)
	made.AddDomain(jsii.String("Domain"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{DomainPrefix: jsii.String(o.domain + *s.Account())},
	})
	p := &pool{made, newScopes(made, slices.Concat(o.theirs, o.others))}
	clientID := p.newPages(o, s.baseURL, s.federate(made, o.federation))
	// Cognito's access tokens have no audience; API Gateway then compares client_id.
	return p, identity{*made.UserPoolProviderUrl(), clientID, clientID}
}

// newScopes makes the scopes of a pool, and returns them by name.
func newScopes(of awscognito.UserPool, list []scope) map[string]awscognito.OAuthScope {
	var known []awscognito.ResourceServerScope
	for _, each := range list {
		known = append(known, awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
			ScopeName: jsii.String(each.name), ScopeDescription: jsii.String(each.what),
		}))
	}
	server := of.AddResourceServer(jsii.String("Scopes"), &awscognito.UserPoolResourceServerOptions{
		Identifier: jsii.String(functions.ResourceServer), Scopes: &known,
	})
	scopes := map[string]awscognito.OAuthScope{}
	for _, each := range known {
		scopes[*each.ScopeName()] = awscognito.OAuthScope_ResourceServer(server, each)
	}
	return scopes
}

// These are how long tokens last, in minutes. An access token cannot be revoked, so the pages'
// are short; the portal gets new ones while a session lasts, which is an hour, by a refresh token
// that it revokes at sign-out. A system has no session, and pays for each token.
const (
	pagesMinutes   = 5
	refreshMinutes = 60 // the shortest that Cognito allows
	systemMinutes  = 60
)

// newPages makes the client of pages: public, code with PKCE, and refresh tokens. Users sign in
// at the provider, or in the pool.
func (p *pool) newPages(o poolOptions, baseURL string, at awscognito.UserPoolClientIdentityProvider) (clientID string) {
	asked := []awscognito.OAuthScope{awscognito.OAuthScope_OPENID()}
	for _, each := range o.theirs {
		asked = append(asked, p.scopes[each.name])
	}
	return p.newClient(o.pages, &awscognito.UserPoolClientOptions{
		GenerateSecret: jsii.Bool(false),
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &asked,
			CallbackUrls: jsii.Strings(baseURL + o.callback), LogoutUrls: jsii.Strings(baseURL + o.signedOut),
		},
		SupportedIdentityProviders: &[]awscognito.UserPoolClientIdentityProvider{at},
		AccessTokenValidity:        minutes(pagesMinutes), IdTokenValidity: minutes(pagesMinutes), RefreshTokenValidity: minutes(refreshMinutes),
		EnableTokenRevocation: jsii.Bool(true), PreventUserExistenceErrors: jsii.Bool(true),
	})
}

func minutes(n float64) awscdk.Duration { return awscdk.Duration_Minutes(jsii.Number(n)) }
