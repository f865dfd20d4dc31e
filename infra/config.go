package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"consent-receipts/infra/functions"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/statement"
)

// config has the operator's choices, from `--context name=value` or cdk.context.json.
type config struct {
	architecture  string              // arm64 or amd64, as in `make package ARCH=`
	dist          string              // folder of the packages
	producers     map[string]producer // by name: the systems that may send events
	people        identity            // the issuer for people; without one the stack makes a Cognito user pool
	staff         identity            // the issuer for the staff; the same
	controllers   []string            // controllers that get a client in people's user pool, to send data requests by OpenDSR
	previousRoots []string            // fingerprints of earlier root keys
	alarmEmail    string              // address for alarms; "": none yet
	openDSRKey    string              // ARN of the KMS key that signs OpenDSR's answers; "": no OpenDSR
	matchFunction string              // ARN of the controller's function that finds the person whom an agent describes; "": no Data Rights Protocol
	replaces      []string            // the table or root key of the last deployment, where this one has another on purpose
	corsOrigins   []string            // origins whose pages may call the API; none: no CORS
	domain        domain              // of the API and of the portal; none: API Gateway's own
	throttle      throttle            // of the whole API
	budget        float64             // US dollars in a month, beyond which an alarm is sent; 0: none
	backupDays    float64             // how long each daily backup is locked; 0: no backups
	mail          mail                // from whom mails are sent; none: Cognito sends its own, and nobody else any
	plan          string              // of user pools: essentials or plus
	answers       answers             // files of answers
	report        report              // where the report of each day goes; none: nowhere
	federation    map[string]provider // by user pool, people or staff: where its users sign in instead
	local         bool                // for SAM: environments may have other addresses than AWS's

	firstDeployment bool // nothing is protected from deletion yet

	tracing            bool   // functions are traced by X-Ray
	logLevel           string // of functions: DEBUG, INFO, WARN or ERROR; "": INFO
	archiveDays        int    // how long EventBridge keeps what is told of receipts, to tell it again; 0: not at all
	certifyConcurrency int    // environments that are reserved for certify; 0: none

	catalogue *catalogue.Catalogue
	digest    string // of the catalogue
	routes    []functions.Route
}

// producer is a system that sends events to the intake bus.
type producer struct {
	Channel   string `json:"channel"`   // the channel in receipts
	Principal string `json:"principal"` // ARN that may put events as this producer; "": every principal that IAM allows
}

var (
	plainName   = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
	channelName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	arn         = regexp.MustCompile(`^arn:aws[a-z-]*:(kms|lambda):[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9/:_-]+$`)
	fingerprint = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
)

// readConfig reads and checks the context. It reports every mistake at once.
func readConfig(node constructs.Node) (*config, error) {
	c := &config{
		architecture: text(node, "architecture", "arm64"), dist: text(node, "dist", "dist"),
		people:     identity{text(node, "issuer", ""), text(node, "audience", ""), text(node, "clientId", "")},
		staff:      identity{text(node, "staffIssuer", ""), text(node, "staffAudience", ""), text(node, "staffClientId", "")},
		openDSRKey: text(node, "openDSRKey", ""), matchFunction: text(node, "matchFunction", ""), alarmEmail: text(node, "alarmEmail", ""), local: text(node, "local", "false") == "true",
		firstDeployment: text(node, "firstDeployment", "false") == "true",
		domain:          domain{text(node, "domainName", ""), text(node, "certificate", "")},
		mail:            mail{text(node, "mailFrom", ""), text(node, "mailIdentity", "")},
		answers:         answers{scan: text(node, "attachmentScan", "")},
		report:          report{text(node, "reportBucket", ""), text(node, "reportTopic", "")},
		plan:            text(node, "userPoolPlan", "essentials"),
		tracing:         text(node, "tracing", "false") == "true", logLevel: text(node, "logLevel", ""),
	}
	errs := []error{
		parse(node, "producers", `{"crm":{"channel":"branch"}}`, &c.producers),
		parse(node, "previousRoots", `[]`, &c.previousRoots),
		parse(node, "replaces", `[]`, &c.replaces),
		parse(node, "openDSRControllers", `[]`, &c.controllers),
		parse(node, "corsOrigins", `[]`, &c.corsOrigins),
		parse(node, "rateLimit", `500`, &c.throttle.rate),
		parse(node, "burstLimit", `1000`, &c.throttle.burst),
		parse(node, "budget", `0`, &c.budget),
		parse(node, "backupDays", `0`, &c.backupDays),
		parse(node, "attachmentDays", `180`, &c.answers.days),
		parse(node, "federation", `{}`, &c.federation),
		parse(node, "archiveDays", `0`, &c.archiveDays),
		parse(node, "certifyConcurrency", `0`, &c.certifyConcurrency),
	}
	errs = append(errs, c.check(), c.readCatalogue())
	var err error
	if c.routes, err = functions.Routes(); err != nil {
		errs = append(errs, err)
	}
	return c, errors.Join(errs...)
}

// check checks the choices.
func (c *config) check() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !slices.Contains([]string{"arm64", "amd64"}, c.architecture) {
		fail("architecture is arm64 or amd64, not %q", c.architecture)
	}
	errs = append(errs, c.checkProducers(), c.people.check("issuer", "audience", "clientId"), c.staff.check("staffIssuer", "staffAudience", "staffClientId"))
	for name, value := range map[string]string{"openDSRKey": c.openDSRKey, "matchFunction": c.matchFunction} {
		if value != "" && !arn.MatchString(value) {
			fail("%s is an ARN, not %q", name, value)
		}
	}
	if !slices.Contains([]string{"", "DEBUG", "INFO", "WARN", "ERROR"}, c.logLevel) {
		fail("logLevel is DEBUG, INFO, WARN or ERROR, not %q", c.logLevel)
	}
	if c.archiveDays < 0 || c.certifyConcurrency < 0 {
		fail("archiveDays and certifyConcurrency are numbers from 0 on")
	}
	for i, name := range c.controllers {
		if !plainName.MatchString(name) || slices.Contains(c.controllers[:i], name) {
			fail("openDSRControllers: %q: names match %s, each once", name, plainName)
		}
	}
	if len(c.controllers) > 0 && c.people != (identity{}) {
		fail("openDSRControllers are clients of the stack's user pool; with issuer they are that issuer's")
	}
	errs = append(errs, c.domain.check(), c.throttle.check(), c.mail.check(), c.answers.check(), c.report.check(), c.checkFederation())
	if c.plan != "essentials" && c.plan != "plus" {
		fail("userPoolPlan is essentials or plus, not %q", c.plan)
	}
	if c.budget < 0 {
		fail("budget is an amount in US dollars, not %v", c.budget)
	}
	if d := c.backupDays; d < 0 || d > 36500 || d != math.Trunc(d) {
		fail("backupDays is a number of days up to 36500, not %v", d)
	}
	for _, origin := range c.corsOrigins {
		if err := api.CheckOrigin(origin); err != nil {
			fail("corsOrigins: %w", err)
		}
	}
	for _, root := range c.previousRoots {
		if !fingerprint.MatchString(root) {
			fail("previousRoots: %q is no fingerprint (sha256:<hex>)", root)
		}
	}
	return errors.Join(errs...)
}

// checkProducers checks the names of the producers and of their channels.
func (c *config) checkProducers() error {
	var errs []error
	for name, p := range c.producers {
		if !plainName.MatchString(name) || !channelName.MatchString(p.Channel) {
			errs = append(errs, fmt.Errorf("producers: %q: a name matches %s and its channel %s", name, plainName, channelName))
		}
		if slices.Contains(functions.Names(), name) {
			errs = append(errs, fmt.Errorf("producers: %q is the name of a function, whose queue has it", name))
		}
	}
	return errors.Join(errs...)
}

// check checks an identity, if it is given, by the names of its parts.
func (i identity) check(issuer, audience, clientID string) error {
	if i == (identity{}) {
		return nil
	}
	var errs []error
	if u, err := url.Parse(i.issuer); err != nil || u.Scheme != "https" || u.Host == "" {
		errs = append(errs, fmt.Errorf("%s is an https URL, not %q", issuer, i.issuer))
	}
	if i.audience == "" || i.clientID == "" {
		errs = append(errs, fmt.Errorf("with %s there must be %s and %s", issuer, audience, clientID))
	}
	return errors.Join(errs...)
}

// readCatalogue reads the catalogue that provision carries.
func (c *config) readCatalogue() error {
	body, err := os.ReadFile(filepath.Join(c.dist, "provision", "documents", "catalogue.json"))
	if err != nil {
		return fmt.Errorf("the packages are not built, run make package: %w", err)
	}
	if c.catalogue, err = catalogue.Parse(body); err != nil {
		return err
	}
	c.digest = statement.Digest(body)
	return nil
}

// producerNames lists the producers in a fixed order.
func (c *config) producerNames() []string {
	return slices.Sorted(maps.Keys(c.producers))
}

func (c *config) languages() string { return strings.Join(c.catalogue.Languages, ",") }

func text(node constructs.Node, name, otherwise string) string {
	switch v := node.TryGetContext(jsii.String(name)).(type) {
	case string:
		return v
	case bool:
		return fmt.Sprint(v)
	}
	return otherwise
}

// parse reads a JSON value: a text from the command line, or a value from a file.
func parse(node constructs.Node, name, otherwise string, into any) error {
	b := []byte(otherwise)
	switch v := node.TryGetContext(jsii.String(name)).(type) {
	case nil:
	case string:
		b = []byte(v)
	default:
		var err error
		if b, err = json.Marshal(v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s is not the JSON that it should be: %w", name, err)
	}
	return nil
}
