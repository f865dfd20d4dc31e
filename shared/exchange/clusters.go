package exchange

import (
	"fmt"
	"slices"
	"time"

	"consent-receipts/shared/period"
	"consent-receipts/shared/statement"
)

// clusters are what formats of financial data call a category of data, and
// whether it is about accounts or about the person. The smallest cluster that
// holds the category counts; it can hold more, which the reports say.
type clusters struct {
	FDX   string   // a DataCluster
	UKOB  []string // Permissions
	ReBIT string   // a consent type
}

var (
	balances     = clusters{"ACCOUNT_DETAILED", []string{"ReadAccountsBasic", "ReadBalances"}, "SUMMARY"}
	transactions = clusters{"TRANSACTIONS", []string{"ReadTransactionsBasic", "ReadTransactionsCredits", "ReadTransactionsDebits"}, "TRANSACTIONS"}
	identifiers  = clusters{"ACCOUNT_BASIC", []string{"ReadAccountsBasic"}, "SUMMARY"}
	contact      = clusters{"CUSTOMER_CONTACT", []string{"ReadPartyPSU"}, "PROFILE"}
)

// clustersOf maps terms of DPV-PD. A category that is not here has no cluster
// that is near it.
var clustersOf = map[string]clusters{
	"pd:BankAccount": balances, "pd:FinancialAccount": balances, "pd:FinancialStatus": balances,
	"pd:AccountIdentifier": identifiers, "pd:FinancialAccountNumber": identifiers,
	"pd:Transaction": transactions, "pd:Transactional": transactions,
	"pd:Purchase": transactions, "pd:PurchasesAndSpendingHabit": transactions,
	"pd:Contact": contact, "pd:EmailAddress": contact, "pd:TelephoneNumber": contact,
}

// clusters lists those of the chosen consent, each once and sorted. Without a record of the
// consent it is unknown what it allows.
func (c *chosen) clusters() ([]string, error) {
	if c.record == nil {
		return nil, fmt.Errorf("%w: %s states what a consent allows, and this receipt states this one in short; export the receipt that gave it", ErrInexpressible, c.scheme.name)
	}
	var out []string
	for _, d := range c.record.Purposes[0].PIIInformation {
		known, ok := clustersOf[d.PIIType]
		if !ok {
			return nil, fmt.Errorf("%w: %s has no kind of data near %s", ErrInexpressible, c.scheme.name, d.PIIType)
		}
		out = append(out, c.scheme.clusters(known)...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// days is a period in days, rounded down to what the calendar makes it at least: a year is
// 365 days, and a month beyond whole years 28.
func days(p period.Period) int {
	months := p.Years*12 + p.Months
	return months/12*365 + months%12*28 + p.Days
}

// exact reports whether days returns the period without rounding.
func exact(p period.Period) bool { return p.Years == 0 && p.Months == 0 }

// span is when the chosen consent ends, as from an event that begins it, and the moment from
// which the data are at its beginning.
func (c *chosen) span(begin statement.RecordEvent) (from, start, end time.Time) {
	start, back := begin.EventTime.UTC(), c.record.Access.Lookback
	return start.AddDate(-back.Years, -back.Months, -back.Days), start, c.latest().ValidityDuration.UTC()
}

// granted and latest are the first and the last event of the chosen record.
func (c *chosen) granted() statement.RecordEvent { return c.record.Events[0] }
func (c *chosen) latest() statement.RecordEvent  { return c.record.Events[len(c.record.Events)-1] }
