package api

// Each list or document has a type for the parameters of its address; the tags name the
// parameters. Package client encodes them, and leaves out what is empty.
type (
	// OffersQuery asks for an offer. Without purposes it asks for all of them.
	OffersQuery struct {
		Purposes []string `query:"purpose"`
		Language string   `query:"language"`
	}
	// ListQuery asks for a part of a person's receipts, or of who looked at them.
	ListQuery struct {
		Order  string `query:"order"`
		Limit  int    `query:"limit"`
		Cursor string `query:"cursor"` // the number to begin with
	}
	// CopyQuery says in which form, and in which language, a receipt is written.
	CopyQuery struct {
		Format   string `query:"format"`
		Language string `query:"language"`
	}
	// BundleQuery asks for the bundle that begins with a receipt.
	BundleQuery struct {
		Cursor   string `query:"cursor"`
		Language string `query:"language"`
	}
	// RequestsQuery selects data requests of all people.
	RequestsQuery struct {
		State     string `query:"state"`
		Type      string `query:"type"`
		DueBefore string `query:"due_before"` // YYYY-MM-DD
		Cursor    string `query:"cursor"`
	}
	// ReportQuery says which months of receipt (YYYY-MM) a report counts.
	ReportQuery struct {
		From  string `query:"from"`
		Until string `query:"until"`
	}
	// DayQuery asks what the staff did on a day (YYYY-MM-DD, in UTC) that concerns nobody in
	// particular.
	DayQuery struct {
		Day   string `query:"day"`
		Staff string `query:"staff"` // only the acts of this member of staff
	}
)

// Routes of the staff that are about nobody in particular.
const (
	FindPath     = "/v1/operator/people"
	RequestsPath = "/v1/operator/requests"
	ReportPath   = "/v1/operator/requests/report"
	DayPath      = "/v1/operator/audit"
)
