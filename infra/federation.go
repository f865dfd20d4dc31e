package main

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/jsii-runtime-go"
)

// provider is an identity provider of the operator's, at which the users of a user pool sign in
// instead: by SAML 2.0, or by OpenID Connect.
type provider struct {
	Name string `json:"name"`

	Metadata string `json:"metadata"` // SAML: the https address of its metadata

	Issuer       string `json:"issuer"` // OpenID Connect: its https address
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"` // the ARN of the secret in Secrets Manager that is the client's
}

var secretARN = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$`)

// checkFederation checks the providers.
func (c *config) checkFederation() error {
	var errs []error
	for _, pool := range slices.Sorted(maps.Keys(c.federation)) {
		own, known := map[string]identity{"people": c.people, "staff": c.staff}[pool]
		if !known || own != (identity{}) {
			errs = append(errs, fmt.Errorf("federation: %q is no user pool of the stack: people and staff are, without an issuer of yours", pool))
		}
		if err := c.federation[pool].check(); err != nil {
			errs = append(errs, fmt.Errorf("federation: %s: %w", pool, err))
		}
	}
	return errors.Join(errs...)
}

func (p provider) check() error {
	address := func(s string) bool {
		u, err := url.Parse(s)
		return err == nil && u.Scheme == "https" && u.Host != ""
	}
	saml := p.Metadata != ""
	oidc := p.Issuer != "" || p.ClientID != "" || p.ClientSecret != ""
	switch {
	case !plainName.MatchString(p.Name) || len(p.Name) < 3:
		return fmt.Errorf("a name matches %s and has 3 characters or more, not %q", plainName, p.Name)
	case saml == oidc:
		return errors.New("give metadata for SAML, or issuer, clientId and clientSecret for OpenID Connect")
	case saml && !address(p.Metadata):
		return fmt.Errorf("metadata is an https URL, not %q", p.Metadata)
	case oidc && (!address(p.Issuer) || p.ClientID == ""):
		return fmt.Errorf("issuer is an https URL, not %q, and needs clientId", p.Issuer)
	case oidc && !secretARN.MatchString(p.ClientSecret):
		return errors.New("clientSecret is the ARN of a secret in Secrets Manager, never the secret itself")
	}
	return nil
}

// federate returns where the users of a pool sign in: at the operator's provider, or in the pool.
func (s *parts) federate(pool awscognito.UserPool, name string) awscognito.UserPoolClientIdentityProvider {
	p, ok := s.config.federation[name]
	if !ok {
		return awscognito.UserPoolClientIdentityProvider_COGNITO()
	}
	kind, email, fullName := "SAML", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"
	details := map[string]any{"MetadataURL": p.Metadata}
	if p.Issuer != "" {
		kind, email, fullName = "OIDC", "email", "name"
		details = map[string]any{
			"oidc_issuer": p.Issuer, "client_id": p.ClientID, "authorize_scopes": "openid email profile", "attributes_request_method": "GET",
			"client_secret": "{{resolve:secretsmanager:" + p.ClientSecret + ":SecretString}}", // CloudFormation reads it; the template never has it
		}
	}
	made := awscognito.NewCfnUserPoolIdentityProvider(s.scope, jsii.String("Provider-"+name), &awscognito.CfnUserPoolIdentityProviderProps{
		UserPoolId: pool.UserPoolId(), ProviderName: &p.Name, ProviderType: &kind, ProviderDetails: details,
		AttributeMapping: map[string]any{"email": email, "name": fullName},
	})
	return awscognito.UserPoolClientIdentityProvider_Custom(made.Ref())
}
