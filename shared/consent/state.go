package consent

import "consent-receipts/shared/statement"

// Mapping has the names of a state in other vocabularies. An empty name means that the
// vocabulary has none.
type Mapping struct {
	DPV   string // Data Privacy Vocabulary 2.3, consent statuses
	FDX   string // FDX Consent API 6.3, ConsentGrant.status
	UKOB  string // UK Open Banking read-write API 4.0, Data.Status
	ReBIT string // ReBIT Account Aggregator 1.1, ConsentArtefact.status; of a refusal, ConsentStatusNotification.consentStatus
}

// States maps every state to the other vocabularies. It is the only such table. DPV has no word
// for a pause: a paused consent has the status that DPV's words for endings and refusals share.
var States = map[statement.State]Mapping{
	statement.Requested: {DPV: "dpv:ConsentRequested", UKOB: "AWAU"},
	statement.Given:     {DPV: "dpv:ConsentGiven", FDX: "ACTIVE", UKOB: "AUTH", ReBIT: "ACTIVE"},
	statement.Refused:   {DPV: "dpv:ConsentRefused", UKOB: "RJCT", ReBIT: "REJECTED"},
	statement.Paused:    {DPV: "dpv:ConsentStatusInvalidForProcessing", ReBIT: "PAUSED"},
	statement.Withdrawn: {DPV: "dpv:ConsentWithdrawn", FDX: "REVOKED", UKOB: "CANC", ReBIT: "REVOKED"},
	statement.Revoked:   {DPV: "dpv:ConsentRevoked", FDX: "REVOKED", UKOB: "CANC", ReBIT: "REVOKED"},
	statement.Expired:   {DPV: "dpv:ConsentExpired", FDX: "EXPIRED", UKOB: "EXPD", ReBIT: "EXPIRED"},
	statement.Annulled:  {DPV: "dpv:ConsentInvalidated", FDX: "REVOKED", UKOB: "CANC", ReBIT: "REVOKED"},
}
