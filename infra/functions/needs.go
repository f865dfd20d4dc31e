package functions

// Need is something that a function uses: permissions, which infra writes out, and what
// its environment tells it.
type Need string

// What functions need.
const (
	Ledger     Need = "ledger"     // It reads the table.
	ByKey      Need = "by key"     // It finds the entry of an idempotency key, before it makes one.
	Docket     Need = "docket"     // It lists data requests over all people.
	Agenda     Need = "agenda"     // It lists what is due on a day.
	Insert     Need = "insert"     // It inserts items, which can replace none: those of Inserts.
	Decrypt    Need = "decrypt"    // It reads under the table's key, and inserts nothing.
	Stream     Need = "stream"     // It reads the table's stream.
	Catalogue  Need = "catalogue"  // It knows what people may be asked.
	Roots      Need = "roots"      // It verifies receipts.
	Issuer     Need = "issuer"     // It names who issues receipts.
	Pseudonyms Need = "pseudonyms" // It derives who somebody is in the ledger.
	Certify    Need = "certify"    // It signs receipts, under a leaf key that certify certifies.
	RootKey    Need = "root key"   // It signs certificates.
	SessionKey Need = "session key"
	SignIn     Need = "sign-in"   // It signs people and the staff in.
	Producers  Need = "producers" // It takes events from the producers' queues.
	Bus        Need = "bus"       // It puts events on the bus of receipts, or what it cannot into its dead-letter queue.
	Callbacks  Need = "callbacks" // It works on the queue of callbacks.
	OpenDSRKey Need = "OpenDSR key"
	Matching   Need = "matching" // It asks the controller whom an agent speaks of.
)

// variables are what each need is told by. The others have none.
var variables = map[Need][]string{
	Ledger:     {"TABLE_NAME"},
	Catalogue:  {"CATALOGUE"},
	Roots:      {"ROOTS"},
	Issuer:     {"ISSUER"},
	Pseudonyms: {"PSEUDONYM_KEY_ID"},
	Certify:    {"CERTIFY_FUNCTION"},
	RootKey:    {"ROOT_KEY_ID"},
	SessionKey: {"SESSION_KEY_ID"},
	SignIn:     {"BASE_URL", "OIDC_ISSUER", "OIDC_CLIENT_ID", "STAFF_OIDC_ISSUER", "STAFF_OIDC_CLIENT_ID", "LANGUAGES"},
	Producers:  {"PRODUCERS"},
	Bus:        {"EVENT_BUS"},
	Callbacks:  {"DEAD_LETTERS"},
	OpenDSRKey: {"OPENDSR_KEY_ID"},
	Matching:   {"MATCH_FUNCTION"},
}

// Variables lists the names of the environment variables that the function reads, by
// functions/internal/boot.
func (f Function) Variables() (names []string) {
	for _, need := range f.Needs {
		names = append(names, variables[need]...)
	}
	return names
}
