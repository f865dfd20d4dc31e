// Package alarm names what alarms watch: lines of the functions' logs, and a metric.
// Functions write them, the stack reads them, and neither may change one alone.
package alarm

// Lines of logs (slog's msg).
const (
	// Refused: an entry of a person's ledger or of an audit ledger is not what was signed,
	// or is in the wrong place.
	Refused = "ledger entry refused"

	// Changed: somebody changed an entry. Entries are inserted and never changed.
	Changed = "ledger entry changed"
)

// Namespace is the namespace of all metrics of this service.
const Namespace = "ConsentReceipts"

// Function is the dimension that names the function which counts something.
const Function = "Function"

// Overdue counts the data requests that wait for an answer after their deadline: at each
// run of the function sweep.
const Overdue = "OverdueRequests"
