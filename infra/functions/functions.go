// Package functions has one record for each Lambda function: its settings and its needs. The
// stack derives the environment, role, log group and alarms from the record, the Makefile the
// packages to build, and the testbed the functions to run. The package does not link CDK.
package functions

import (
	"slices"
	"time"
)

// Function has the settings of a Lambda function. Its code is in functions/<Name>.
type Function struct {
	Name   string
	What   string        // its description on AWS
	Memory int           // MB. Memory determines the CPU share: 1769 MB is one whole core, and one command needs some milliseconds of it.
	Limit  time.Duration // of one invocation; an HTTP API waits at most 30 s
	Needs  []Need        // in the order of the statements in its role

	Inserts  []string // the partition keys that Insert allows, with * for any ending
	Rest     bool     // It receives each request that matches no route of the API.
	Early    bool     // It is made before provision returns the roots that the other functions trust.
	OwnPool  bool     // It serves the staff's user pool, if the stack makes one.
	Settings bool     // Its package carries the settings of the protocols.
}

// Provision is the function that a deployment runs, and SelfSign the one that it asks for the
// certificate of the root key.
const (
	Provision = "provision"
	SelfSign  = "selfsign"
)

// Sweep and Republish work over everybody, task by task.
const (
	Sweep     = "sweep"
	Republish = "republish"
)

// Report makes the report of each day.
const Report = "report"

// appends are the needs of a function that appends receipts to people's ledgers.
var appends = []Need{Ledger, Catalogue, Roots, ByKey, Insert, Pseudonyms, Certify}

// People matches the partition keys of people's ledgers, and Contacts those of people without an
// account.
const (
	People   = "subject#*"
	Contacts = "contact#*"
)

// Receipts matches the ledgers of receipts into which the function inserts. Whose a data request
// is, it can seal for these.
func (f Function) Receipts() []string {
	return slices.DeleteFunc(slices.Clone(f.Inserts), func(keys string) bool { return keys != People && keys != Contacts })
}

var all = []Function{
	{
		Name: "certify", What: "Certifies leaf keys with the root key", Memory: 256, Limit: 10 * time.Second,
		Needs: []Need{RootKey, Issuer}, Early: true,
	},
	{
		Name: SelfSign, What: "Makes the root key's own certificate, at deployment", Memory: 256, Limit: 10 * time.Second,
		Needs: []Need{RootKey, Issuer}, Early: true,
	},
	{
		Name: Provision, What: "Keeps catalogue, notices and root certificate, at deployment", Memory: 256, Limit: time.Minute,
		Needs: []Need{Ledger, Insert, Root}, Inserts: []string{"document#*", "roots"}, Early: true,
	},
	{
		Name: "optin", What: "GET /v1/offers, POST /v1/opt-in", Memory: 512, Limit: 15 * time.Second,
		Needs: with(appends, Issuer), Inserts: []string{People},
	},
	{
		Name: "optout", What: "POST /v1/opt-out, POST /v1/signals", Memory: 512, Limit: 15 * time.Second,
		Needs: with(appends, Issuer), Inserts: []string{People},
	},
	{
		Name: "datarequest", What: "/v1/data-requests", Memory: 512, Limit: 15 * time.Second,
		Needs: with(appends, Issuer, Seal), Inserts: []string{People},
	},
	{
		Name: "operator", What: "/v1/operator: the staff", Memory: 512, Limit: 15 * time.Second,
		Needs:   []Need{Ledger, Catalogue, Roots, Issuer, ByKey, Docket, Insert, Pseudonyms, Certify, Seal, OpenSealed, OpenMailed, Attach, Attached},
		Inserts: []string{People, Contacts, "audit#*", "day#*", "case#*"}, // It records each look of the staff, and its work on requests.
	},
	{
		Name: "receipts", What: "Receipts, bundles and public documents", Memory: 1024, Limit: 29 * time.Second, // It builds ZIP files.
		Needs: []Need{Ledger, Catalogue, Roots, Issuer, Decrypt, Pseudonyms, Attached},
	},
	{
		Name: "portal", What: "Web pages of the person", Memory: 512, Limit: 29 * time.Second,
		Needs: []Need{SessionKey, SignIn}, Rest: true, // It acts with the person's own token.
	},
	{
		Name: "door", What: "/v1/contact-requests: people without an account", Memory: 1024, Limit: 15 * time.Second, // It makes PDFs.
		Needs: with(appends, Issuer, Mail, Seal, Attached), Inserts: []string{Contacts, "ticket#door/*"},
	},
	{
		Name: "intake", What: "Events of producers, from their queues", Memory: 512, Limit: time.Minute,
		Needs: with(appends, Producers, Seal), Inserts: []string{People},
	},
	{
		Name: "protocols", What: "OpenDSR and Data Rights Protocol", Memory: 512, Limit: 15 * time.Second,
		Needs: with(appends, OpenDSRKey, Matching, Seal), Inserts: []string{People, "ticket#stub/*", "ticket#outcome/*", "ticket#request/*"},
		Settings: true,
	},
	{
		Name: "callbacks", What: "What became of requests, to those who sent them", Memory: 512, Limit: time.Minute, // a batch of attempts of 10 s
		Needs:   []Need{Ledger, Catalogue, Roots, Insert, Tasks, Retries, OpenDSRKey, OpenMailed, Mail},
		Inserts: []string{"ticket#told/*"}, Settings: true,
	},
	{
		Name: "staff", What: "Scopes of the staff, by their groups in the user pool", Memory: 128, Limit: 5 * time.Second, // Cognito waits for 5 s.
		OwnPool: true,
	},
	{
		Name: Sweep, What: "What time alone changes, each hour", Memory: 512, Limit: 5 * time.Minute,
		Needs:   []Need{Ledger, Catalogue, Roots, ByKey, Docket, Agenda, Insert, Certify, Tasks},
		Inserts: []string{People, Contacts, "ticket#sweep/*"}, // It notes each day that is done.
	},
	{
		Name: "publish", What: "Receipts, from the table's stream to the bus", Memory: 512, Limit: time.Minute,
		Needs: []Need{Stream, Roots, Issuer, Decrypt, Bus, News},
	},
	{
		Name: Republish, What: "Receipts, from the table to the bus again", Memory: 512, Limit: 5 * time.Minute,
		Needs: []Need{Scan, Roots, Issuer, Decrypt, Bus, Tasks},
	},
	{
		Name: Report, What: "How data requests are answered, each day", Memory: 512, Limit: 5 * time.Minute,
		Needs: []Need{Ledger, Catalogue, Docket, Decrypt, Queue, Reports},
	},
}

// All lists the functions in the order in which the stack makes them.
func All() []Function { return slices.Clone(all) }

// Names lists their names.
func Names() (names []string) {
	for _, f := range all {
		names = append(names, f.Name)
	}
	return names
}

// WithSettings lists the names of the functions whose packages carry the settings of the
// protocols.
func WithSettings() (names []string) {
	for _, f := range all {
		if f.Settings {
			names = append(names, f.Name)
		}
	}
	return names
}

func with(needs []Need, more ...Need) []Need { return slices.Concat(needs, more) }
