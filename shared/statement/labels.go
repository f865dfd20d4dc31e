package statement

// Labels are the controller's words for the ids in one element of a receipt, so that people
// can read the element without a catalogue. They are inside the element that uses them, so
// showing one element discloses no other. An id without words is shown as it is.
type Labels struct {
	Language  string            `json:"language"` // BCP 47
	Purpose   string            `json:"purpose,omitempty"`
	Recipient string            `json:"recipient,omitempty"`
	Data      map[string]string `json:"data,omitempty"` // by category id
}

// RequestLabels are the words for the ids in a data request.
type RequestLabels struct {
	Language  string            `json:"language"`            // BCP 47
	Law       string            `json:"law,omitempty"`       // the law of the rule, if the rule is the operator's own
	Authority string            `json:"authority,omitempty"` // the authority to which the person may complain
	Purposes  map[string]string `json:"purposes,omitempty"`  // of the scope, by id
	Data      map[string]string `json:"data,omitempty"`      // of the scope, by category id
}

// Controller states in clear the controller of a receipt, and its contact details.
type Controller struct {
	Name     string `json:"name"`
	Timezone string `json:"timezone"` // IANA name; the controller's dates are in this zone
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
	URL      string `json:"url,omitempty"`
}

// Effect is the effect of a change. Dates are civil dates of the controller, written
// 2006-01-02; each includes the whole day.
type Effect struct {
	StopBy        string    `json:"stop_by,omitempty"`        // last day of processing, where a law leaves time after the person withdrew
	Deletion      *Deletion `json:"deletion,omitempty"`       // of data that the recipient holds and may no longer use
	GoesOn        []string  `json:"goes_on,omitempty"`        // categories of data that the recipient may continue to use, sorted
	EvidenceUntil string    `json:"evidence_until,omitempty"` // the controller keeps this evidence at least until this date
}

// Deletion states what happens to shared data, and by which date.
type Deletion struct {
	What string `json:"what"` // delete, anonymise or keep-as-law-requires
	By   string `json:"by"`
}
