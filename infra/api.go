package main

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/api"
)

// throttle bounds the whole API, in requests per second, and in requests at once. The defaults are
// far more than people need, and far fewer than a faulty client can send.
type throttle struct {
	rate  float64
	burst int
}

// doorway bounds each route of the function door that anybody may call, over all callers: these are
// the routes by which somebody without an account gets a link, and sends a request. So an hour has
// 3,600 mails at most, whoever asks for them.
var doorway = throttle{rate: 1, burst: 10}

// check refuses a limit that would close the API.
func (t throttle) check() error {
	if t.rate < 1 || t.burst < 1 {
		return fmt.Errorf("rateLimit and burstLimit are at least 1, not %v and %d", t.rate, t.burst)
	}
	return nil
}

// accessLog lists the logged members of each request. They contain no personal data: no
// address, path, query or claim.
var accessLog = map[string]string{
	"requestId": "$context.requestId", "routeKey": "$context.routeKey", "status": "$context.status",
	"responseLength": "$context.responseLength", "latency": "$context.responseLatency",
	"integrationStatus": "$context.integration.status", "integrationLatency": "$context.integration.latency",
	"integrationError": "$context.integration.error", "authorizerError": "$context.authorizer.error", "error": "$context.error.responseType",
}

// addAPI makes the HTTP API and its one stage. Pages of the configured origins may call it,
// and pages of no other; without any, it sends no CORS headers.
func (s *parts) addAPI() {
	s.api = awsapigatewayv2.NewCfnApi(s.scope, jsii.String("Api"), &awsapigatewayv2.CfnApiProps{
		Name: jsii.String(stackName), ProtocolType: jsii.String("HTTP"),
		Description:       jsii.String("Consent receipts: the API under /v1, public documents, and the portal"),
		CorsConfiguration: s.cors(),
	})
	logs := awslogs.NewLogGroup(s.scope, jsii.String("AccessLogs"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/aws/apigateway/" + stackName), Retention: logRetention,
		EncryptionKey: s.dataKey, RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	format, _ := json.Marshal(accessLog) // strings only: cannot fail
	s.stage = awsapigatewayv2.NewCfnStage(s.scope, jsii.String("Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId: s.api.Ref(), StageName: jsii.String("$default"), AutoDeploy: jsii.Bool(true),
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{DestinationArn: logs.LogGroupArn(), Format: jsii.String(string(format))},
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			DetailedMetricsEnabled: jsii.Bool(true),
			ThrottlingRateLimit:    jsii.Number(s.config.throttle.rate), ThrottlingBurstLimit: jsii.Number(s.config.throttle.burst),
		},
	})
	s.baseURL = "https://" + *s.api.Ref() + ".execute-api." + *s.Region() + "." + *s.UrlSuffix()
}

// cors lets pages of the configured origins call the API, without credentials.
func (s *parts) cors() any {
	if len(s.config.corsOrigins) == 0 {
		return nil
	}
	return &awsapigatewayv2.CfnApi_CorsProperty{
		AllowOrigins: jsii.Strings(s.config.corsOrigins...), AllowMethods: jsii.Strings(api.CORSMethods...),
		AllowHeaders: jsii.Strings(api.CORSHeaders...), ExposeHeaders: jsii.Strings(api.CORSExposed...),
		AllowCredentials: jsii.Bool(false), MaxAge: jsii.Number(api.CORSMaxAge),
	}
}

// addRoutes connects the routes of the OpenAPI document to their functions. A route that
// is not public names its scope; the authorizer refuses a token without it.
func (s *parts) addRoutes() {
	audience := []string{s.people.audience}
	for _, c := range s.controllers {
		audience = append(audience, c.clientID)
	}
	people := s.newAuthorizer("Authorizer", "tokens", s.people.issuer, audience)
	staff := s.newAuthorizer("StaffAuthorizer", "staff-tokens", s.staff.issuer, []string{s.staff.audience})
	integrations := map[string]awsapigatewayv2.CfnIntegration{}
	bounded := map[string]any{}
	for _, r := range s.config.routes {
		if integrations[r.Function] == nil {
			integrations[r.Function] = s.newIntegration(r.Function)
		}
		s.letInvoke(r)
		props := &awsapigatewayv2.CfnRouteProps{
			ApiId: s.api.Ref(), RouteKey: jsii.String(r.Key), AuthorizationType: jsii.String("NONE"),
			Target: jsii.String("integrations/" + *integrations[r.Function].Ref()),
		}
		if r.Scopes != nil {
			props.AuthorizationType, props.AuthorizerId = jsii.String("JWT"), people.Ref()
			props.AuthorizationScopes = jsii.Strings(r.Scopes...)
		}
		if r.Staff {
			props.AuthorizerId = staff.Ref()
		}
		route := awsapigatewayv2.NewCfnRoute(s.scope, jsii.String("Route "+r.Key), props)
		if r.Function == "door" && strings.HasPrefix(r.Key, "POST ") {
			bounded[r.Key] = map[string]any{
				"DetailedMetricsEnabled": true, "ThrottlingRateLimit": doorway.rate, "ThrottlingBurstLimit": doorway.burst,
			}
			s.stage.AddResourceDependency(route, nil) // It has no settings of a route that does not exist.
		}
	}
	s.stage.SetRouteSettings(bounded)
}

// newAuthorizer makes the authorizer for the tokens of one issuer with one of the audiences.
func (s *parts) newAuthorizer(id, name, issuer string, audience []string) awsapigatewayv2.CfnAuthorizer {
	return awsapigatewayv2.NewCfnAuthorizer(s.scope, jsii.String(id), &awsapigatewayv2.CfnAuthorizerProps{
		ApiId: s.api.Ref(), Name: jsii.String(name), AuthorizerType: jsii.String("JWT"),
		IdentitySource: jsii.Strings("$request.header.Authorization"),
		JwtConfiguration: &awsapigatewayv2.CfnAuthorizer_JWTConfigurationProperty{
			Issuer: jsii.String(issuer), Audience: jsii.Strings(audience...),
		},
	})
}

// letInvoke lets one route of this API invoke its function, and nothing else of API Gateway. The
// ARN names the account, so that aws:SourceAccount would add nothing. AWS does not document
// whether a parameter in it is the route's {id} or what was sent, so it is a wildcard, as SAM
// writes it.
func (s *parts) letInvoke(r functions.Route) {
	source := parameter.ReplaceAllString(strings.Replace(r.Key, " ", "", 1), "*")
	awslambda.NewCfnPermission(s.scope, jsii.String("Invoke "+r.Key), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: s.functions[r.Function].FunctionName(),
		Principal: jsii.String("apigateway.amazonaws.com"), SourceArn: jsii.String(s.arn("execute-api", *s.api.Ref()+"/*/"+source)),
	})
}

// parameter is a parameter in the path of a route.
var parameter = regexp.MustCompile(`\{[^}]*\}`)

func (s *parts) newIntegration(function string) awsapigatewayv2.CfnIntegration {
	return awsapigatewayv2.NewCfnIntegration(s.scope, jsii.String("Integration-"+function), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: s.api.Ref(), IntegrationType: jsii.String("AWS_PROXY"), PayloadFormatVersion: jsii.String("2.0"),
		IntegrationUri: s.functions[function].FunctionArn(),
	})
}
