// Package statement holds what a receipt states, as Go types with the JSON members that
// stand in it, and with what can be said of each value alone. docs/receipt-format.md
// describes them, and events/schema/receipt/1.json is the contract.
//
// The array changes holds values of [Change], records of [Record], standing of [Line],
// [Request] and [Fence], actor of [Actor], evidence of [Evidence], request of
// [RequestStatement], and note of [Note].
//
// Who decides (packages consent and datarequest), who issues and verifies (package
// receipt), and who shows or translates (packages page and exchange) speak these types.
package statement
