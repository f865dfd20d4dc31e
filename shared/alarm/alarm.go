// Package alarm names what alarms watch: lines of the functions' logs, and a metric.
// Functions write them, the stack reads them, and neither may change one alone.
package alarm

// Lines of logs (slog's msg).
const (
	// Refused: an entry of a person's ledger or of an audit ledger is not what was signed,
	// or is in the wrong place, or a sealed identity in it does not open.
	Refused = "ledger entry refused"

	// Changed: somebody changed an entry. Entries are inserted and never changed.
	Changed = "ledger entry changed"
)

// Namespace is the namespace of all metrics of this service.
const Namespace = "ConsentReceipts"

// Function is the dimension that names the function which counts something.
const Function = "Function"

// Metrics that the function sweep counts at each run.
const (
	// Overdue counts the data requests that wait for an answer after their deadline: those
	// of each shard of people apart, so that the sum of a run is all of them.
	Overdue = "OverdueRequests"

	// NotSwept counts the people of whom something has lapsed, or may have, and for whom it
	// could not be recorded. The next run tries again.
	NotSwept = "PeopleNotSwept"
)
