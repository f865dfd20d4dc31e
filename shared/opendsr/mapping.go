package opendsr

import (
	"consent-receipts/shared/statement"
)

// These identities can be named in a request (sections 5.1, 5.2); one pair of them can be
// resolved.
var (
	identityTypes = []string{customerID, "android_advertising_id", "android_id", "email", "fire_advertising_id",
		"ios_advertising_id", "ios_vendor_id", "microsoft_advertising_id", "microsoft_publisher_id",
		"roku_publisher_id", "roku_advertising_id"}
	identityFormats = []string{rawFormat, "sha1", "md5", "sha256"}
)

const (
	customerID = "controller_customer_id"
	rawFormat  = "raw"
)

// asked is a subject_request_type and our type of it.
type asked struct {
	name string
	kind statement.RequestType
}

// types are the requests that can be made (section 6.2), and two that the specification does
// not have: the rights of the CCPA to correct and to limit (California Civil Code, 1798.106 and
// 1798.121). A controller finds them in the discovery document; OpenGDPR has no CCPA.
// Restriction, objection and opting out of sale cannot be asked for.
var types = []asked{
	{"access", statement.Access}, {"portability", statement.Portability}, {"erasure", statement.Erasure},
	{"correction", statement.Rectification}, {"limit", statement.LimitSensitiveUse},
}

// types are those that can be asked for under this name of the protocol.
func (d Dialect) types() []asked {
	if d == OpenGDPR {
		return types[:3]
	}
	return types
}

// TypeOf returns our type of a subject_request_type.
func (d Dialect) TypeOf(name string) (statement.RequestType, bool) {
	for _, t := range d.types() {
		if t.name == name {
			return t.kind, true
		}
	}
	return "", false
}

// Status is a request_status (section 8).
type Status string

// The statuses.
const (
	Pending    Status = "pending"
	InProgress Status = "in_progress"
	Completed  Status = "completed"
	Cancelled  Status = "cancelled"
)

// States says which status tells each state of a request. Where no status fits, the status
// that promises less is told: a denied request is cancelled and never completed, because
// completed means fulfilled. A controller may cancel a request that is pending (section 9).
// docs/protocols.md lists what a status does not say.
var States = map[statement.RequestState]Status{
	statement.Received:        Pending,
	statement.WantsIdentity:   Pending,
	statement.HasIdentity:     Pending,
	statement.Acknowledged:    Pending,
	statement.InProgress:      InProgress,
	statement.Extended:        InProgress,
	statement.Overdue:         InProgress,
	statement.ToBeErased:      InProgress,
	statement.Completed:       Completed,
	statement.PartlyCompleted: Completed,
	statement.Denied:          Cancelled,
	statement.TakenBack:       Cancelled,
	statement.Lapsed:          Cancelled,
}
