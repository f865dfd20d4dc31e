package functions

import "slices"

// Need is a resource that a function uses. It stands for permissions, which infra lists, and
// for environment variables.
type Need string

// These are the needs of functions.
const (
	Ledger     Need = "ledger"      // It reads the table.
	ByKey      Need = "by key"      // It finds the entry of an idempotency key before it makes one.
	Docket     Need = "docket"      // It lists data requests over all people.
	Agenda     Need = "agenda"      // It lists the people with something due on a day.
	Insert     Need = "insert"      // It inserts items named in Inserts, and can replace none.
	Decrypt    Need = "decrypt"     // It reads under the table's key, and inserts nothing.
	Stream     Need = "stream"      // It reads the table's stream, and has what fails put into its dead-letter queue.
	Scan       Need = "scan"        // It reads the whole table, and nobody's entries in particular.
	Catalogue  Need = "catalogue"   // It knows the purposes that people may be asked about.
	Roots      Need = "roots"       // It verifies receipts.
	Issuer     Need = "issuer"      // It names the issuer of receipts.
	Pseudonyms Need = "pseudonyms"  // It derives the pseudonym of a person.
	Seal       Need = "seal"        // It seals whose a data request is.
	OpenSealed Need = "open sealed" // It opens which customer made a data request.
	OpenMailed Need = "open mailed" // It opens the address of somebody without an account.
	Certify    Need = "certify"     // It signs receipts with a leaf key that certify certifies.
	Root       Need = "root"        // It has the root key's own certificate made.
	RootKey    Need = "root key"    // It signs certificates.
	SessionKey Need = "session key"
	SignIn     Need = "sign-in"   // It signs people and the staff in.
	Producers  Need = "producers" // It takes events from the producers' queues.
	Bus        Need = "bus"       // It puts events on the bus of receipts.
	News       Need = "news"      // It tells the function callbacks of receipts of people without an account.
	Queue      Need = "queue"     // It works on a queue of its own.
	Tasks      Need = "tasks"     // It works on a queue of its own, into which it puts the tasks that follow.
	Retries    Need = "retries"   // It decides when a message of its queue comes again.
	OpenDSRKey Need = "OpenDSR key"
	Attach     Need = "attach"   // It takes files of answers in.
	Attached   Need = "attached" // It says where files of answers can be read.
	Reports    Need = "reports"  // It hands reports over to the operator's bucket and topic.
	Mail       Need = "mail"     // It sends mails from the operator's address, if there is one.
	Matching   Need = "matching" // It asks the controller which person an agent describes.
)

// variables lists the environment variables of each need. The other needs have none.
var variables = map[Need][]string{
	Ledger:     {"TABLE_NAME"},
	Catalogue:  {"CATALOGUE"},
	Roots:      {"ROOTS"},
	Issuer:     {"ISSUER"},
	Pseudonyms: {"PSEUDONYM_KEY_ID"},
	Seal:       {"IDENTITY_KEY_ID"},
	OpenMailed: {"IDENTITY_KEY_ID"},
	Certify:    {"CERTIFY_FUNCTION"},
	Root:       {"SELFSIGN_FUNCTION"},
	RootKey:    {"ROOT_KEY_ID"},
	SessionKey: {"SESSION_KEY_ID"},
	SignIn:     {"BASE_URL", "OIDC_ISSUER", "OIDC_CLIENT_ID", "STAFF_OIDC_ISSUER", "STAFF_OIDC_CLIENT_ID", "LANGUAGES"},
	Producers:  {"PRODUCERS"},
	Bus:        {"EVENT_BUS"},
	News:       {"CALLBACKS_QUEUE"},
	Scan:       {"SCANNED_TABLE"},
	Tasks:      {"DEAD_LETTERS"},
	Attach:     {"ATTACHMENT_SCAN", "ATTACHMENT_DAYS"},
	Attached:   {"ATTACHMENTS_BUCKET"},
	Reports:    {"BASE_URL", "REPORT_BUCKET", "REPORT_TOPIC"},
	OpenDSRKey: {"OPENDSR_KEY_ID"},
	Mail:       {"BASE_URL", "MAIL_FROM", "MAIL_IDENTITY"},
	Matching:   {"MATCH_FUNCTION"},
}

// Variables lists the names of the environment variables that the function reads, by
// functions/internal/boot.
func (f Function) Variables() (names []string) {
	for _, need := range f.Needs {
		for _, name := range variables[need] {
			if !slices.Contains(names, name) { // two needs may be met by one key
				names = append(names, name)
			}
		}
	}
	return names
}
