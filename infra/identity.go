package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
)

// resourceServer is the first part of the scopes' names.
const resourceServer = "consent-receipts"

// addIdentity uses the operator's OpenID Connect issuer. Without one it makes a
// Cognito user pool, so that a deployment works out of the box: its `sub` claim
// names the person.
func (s *parts) addIdentity() {
	if s.config.issuer != "" {
		s.issuer, s.audience, s.clientID = s.config.issuer, s.config.audience, s.config.clientID
		return
	}
	pool := awscognito.NewUserPool(s.Stack, jsii.String("People"), &awscognito.UserPoolProps{
		SelfSignUpEnabled: jsii.Bool(false), // people are customers already: the bank adds them
		SignInAliases:     &awscognito.SignInAliases{Email: jsii.Bool(true)},
		AccountRecovery:   awscognito.AccountRecovery_EMAIL_ONLY,
		Mfa:               awscognito.Mfa_REQUIRED,
		MfaSecondFactor:   &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		PasswordPolicy: &awscognito.PasswordPolicy{MinLength: jsii.Number(12), RequireDigits: jsii.Bool(true),
			RequireLowercase: jsii.Bool(true), RequireUppercase: jsii.Bool(true), RequireSymbols: jsii.Bool(true)},
		FeaturePlan:                  awscognito.FeaturePlan_PLUS,
		StandardThreatProtectionMode: awscognito.StandardThreatProtectionMode_FULL_FUNCTION,
		DeletionProtection:           jsii.Bool(true), RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
	pool.AddDomain(jsii.String("Domain"), &awscognito.UserPoolDomainOptions{
		CognitoDomain: &awscognito.CognitoDomainOptions{DomainPrefix: jsii.String("consent-receipts-" + *s.Account())},
	})
	self := awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
		ScopeName: jsii.String("self"), ScopeDescription: jsii.String("Act for oneself"),
	})
	scopes := []awscognito.ResourceServerScope{self}
	for _, other := range []struct{ name, what string }{
		{"operator", "Act for the controller"}, {"auditor", "Read for the controller"}, {"decisions", "Ask what was allowed"},
		{"opendsr", "Send data requests as a controller"},
	} {
		scopes = append(scopes, awscognito.NewResourceServerScope(&awscognito.ResourceServerScopeProps{
			ScopeName: jsii.String(other.name), ScopeDescription: jsii.String(other.what),
		}))
	}
	server := pool.AddResourceServer(jsii.String("Scopes"), &awscognito.UserPoolResourceServerOptions{
		Identifier: jsii.String(resourceServer), Scopes: &scopes,
	})
	client := pool.AddClient(jsii.String("Portal"), &awscognito.UserPoolClientOptions{
		GenerateSecret: jsii.Bool(false), // a public client: code with PKCE
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &[]awscognito.OAuthScope{awscognito.OAuthScope_OPENID(), awscognito.OAuthScope_ResourceServer(server, self)},
			CallbackUrls: jsii.Strings(s.baseURL + "/callback"), LogoutUrls: jsii.Strings(s.baseURL + "/"),
		},
		AuthFlows:                  &awscognito.AuthFlow{},
		SupportedIdentityProviders: &[]awscognito.UserPoolClientIdentityProvider{awscognito.UserPoolClientIdentityProvider_COGNITO()},
		AccessTokenValidity:        awscdk.Duration_Hours(jsii.Number(1)), IdTokenValidity: awscdk.Duration_Hours(jsii.Number(1)),
		EnableTokenRevocation: jsii.Bool(true), PreventUserExistenceErrors: jsii.Bool(true),
	})
	// Cognito's access tokens have no audience; API Gateway then compares client_id.
	s.issuer, s.audience, s.clientID = *pool.UserPoolProviderUrl(), *client.UserPoolClientId(), *client.UserPoolClientId()
}
