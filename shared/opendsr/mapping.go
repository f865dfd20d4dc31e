package opendsr

import (
	"slices"

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

// types are the requests that can be made (section 6.2). Rectification,
// restriction, objection, opting out of sale and limiting sensitive use cannot be
// asked for.
var types = []statement.RequestType{statement.Access, statement.Portability, statement.Erasure}

// TypeOf returns our type of a subject_request_type, which has the same name.
func TypeOf(name string) (statement.RequestType, bool) {
	kind := statement.RequestType(name)
	return kind, slices.Contains(types, kind)
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
