package statement

// Labels are the words for the ids in one element of a receipt, as the controller wrote
// them, so that the element can be read without a catalogue. They stand inside the element
// that uses them: showing one discloses no other. What has no words goes by its id.
type Labels struct {
	Language  string            `json:"language"` // BCP 47
	Purpose   string            `json:"purpose,omitempty"`
	Recipient string            `json:"recipient,omitempty"`
	Data      map[string]string `json:"data,omitempty"` // by category id
}

// RequestLabels are the words for the ids in a data request.
type RequestLabels struct {
	Language  string            `json:"language"`            // BCP 47
	Law       string            `json:"law,omitempty"`       // that the rule is of, where it is the operator's own
	Authority string            `json:"authority,omitempty"` // to whom the person may complain
	Purposes  map[string]string `json:"purposes,omitempty"`  // of the scope, by id
	Data      map[string]string `json:"data,omitempty"`      // of the scope, by category id
}

// Controller says in clear who answers for a receipt, and how to reach them.
type Controller struct {
	Name     string `json:"name"`
	Timezone string `json:"timezone"` // IANA name, in which the controller's dates are meant
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
	URL      string `json:"url,omitempty"`
}

// Effect is what a change causes. Dates are civil dates of the controller, written
// 2006-01-02; each lasts to the end of its day.
type Effect struct {
	StopBy        string    `json:"stop_by,omitempty"`        // by when processing stops, where a law leaves time after a withdrawal
	Deletion      *Deletion `json:"deletion,omitempty"`       // of what the recipient holds and may no longer use
	GoesOn        []string  `json:"goes_on,omitempty"`        // categories of data that the recipient may go on using, sorted
	EvidenceUntil string    `json:"evidence_until,omitempty"` // until when the controller keeps this evidence, at least
}

// Deletion is what happens to data that were shared, and by when.
type Deletion struct {
	What string `json:"what"` // delete, anonymise or keep-as-law-requires
	By   string `json:"by"`
}
