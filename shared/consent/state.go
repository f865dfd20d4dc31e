package consent

// State is the state of a consent. The person withdraws; another party revokes.
type State string

// The states of a consent. None is what a line is before anything was said of
// it; it is never stored.
const (
	None      State = "none"
	Requested State = "requested"
	Given     State = "given"
	Refused   State = "refused"
	Paused    State = "paused"
	Withdrawn State = "withdrawn"
	Revoked   State = "revoked"
	Expired   State = "expired"
	Annulled  State = "annulled"
)

// Mapping is what other vocabularies call a state. An empty name says that the
// vocabulary has no word for it.
type Mapping struct {
	DPV   string // Data Privacy Vocabulary 2.3, consent statuses
	FDX   string // FDX Consent API 6.3, ConsentGrant.status
	UKOB  string // UK Open Banking read-write API 4.0, Data.Status
	ReBIT string // ReBIT Account Aggregator 1.1, ConsentArtefact.status
}

// States maps every state to the other vocabularies. It is the only such table.
var States = map[State]Mapping{
	Requested: {DPV: "dpv:ConsentRequested", UKOB: "AWAU"},
	Given:     {DPV: "dpv:ConsentGiven", FDX: "ACTIVE", UKOB: "AUTH", ReBIT: "ACTIVE"},
	Refused:   {DPV: "dpv:ConsentRefused", UKOB: "RJCT"},
	Paused:    {ReBIT: "PAUSED"},
	Withdrawn: {DPV: "dpv:ConsentWithdrawn", FDX: "REVOKED", UKOB: "CANC", ReBIT: "REVOKED"},
	Revoked:   {DPV: "dpv:ConsentRevoked", FDX: "REVOKED", UKOB: "CANC", ReBIT: "REVOKED"},
	Expired:   {DPV: "dpv:ConsentExpired", FDX: "EXPIRED", UKOB: "EXPD", ReBIT: "EXPIRED"},
	Annulled:  {DPV: "dpv:ConsentInvalidated", FDX: "REVOKED", UKOB: "CANC", ReBIT: "REVOKED"},
}
