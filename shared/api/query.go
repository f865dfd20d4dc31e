package api

// What a request asks for in its address: one type for each list or document, and the tag
// names the parameter. Package client encodes them; what is empty is left out.
type (
	// OffersQuery asks for an offer; no purpose is all of them.
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
	// DayQuery asks what the staff did on a day (YYYY-MM-DD, in UTC) that concerns nobody
	// in particular.
	DayQuery struct {
		Day   string `query:"day"`
		Staff string `query:"staff"` // only this one
	}
)

// Routes of the staff that are about nobody in particular.
const (
	FindPath     = "/v1/operator/people"
	RequestsPath = "/v1/operator/requests"
	ReportPath   = "/v1/operator/requests/report"
	DayPath      = "/v1/operator/audit"
)
