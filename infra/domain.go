package main

import (
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/jsii-runtime-go"
)

// domain is a domain name of the operator's, and the ARN of its certificate in ACM, in the
// stack's region.
type domain struct{ name, certificate string }

var (
	domainName     = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	certificateARN = regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$`)
)

// check refuses a name without a certificate, and the reverse.
func (d domain) check() error {
	if d == (domain{}) {
		return nil
	}
	if !domainName.MatchString(d.name) || !certificateARN.MatchString(d.certificate) {
		return fmt.Errorf("domainName is a name in small letters, not %q, and certificate the ARN of its certificate in ACM, not %q", d.name, d.certificate)
	}
	return nil
}

// addDomain puts the API behind the operator's domain name. Everything that names the API, such
// as the callbacks of the user pools, follows baseURL; under its own name the API then answers
// nobody.
func (s *parts) addDomain() {
	d := s.config.domain
	if d == (domain{}) {
		return
	}
	s.api.SetDisableExecuteApiEndpoint(jsii.Bool(true))
	s.domain = awsapigatewayv2.NewCfnDomainName(s.scope, jsii.String("Domain"), &awsapigatewayv2.CfnDomainNameProps{
		DomainName: &d.name,
		DomainNameConfigurations: []any{&awsapigatewayv2.CfnDomainName_DomainNameConfigurationProperty{
			CertificateArn: &d.certificate, EndpointType: jsii.String("REGIONAL"), SecurityPolicy: jsii.String("TLS_1_2"),
		}},
	})
	awsapigatewayv2.NewCfnApiMapping(s.scope, jsii.String("DomainMapping"), &awsapigatewayv2.CfnApiMappingProps{
		ApiId: s.api.Ref(), DomainName: s.domain.Ref(), Stage: s.stage.Ref(),
	})
	s.baseURL = "https://" + d.name
}
