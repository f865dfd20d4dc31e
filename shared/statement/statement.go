// Package statement contains the Go types of a receipt's content, with their JSON members and
// with the checks of a single value. docs/receipt-format.md describes them, and
// events/schema/receipt/1.json is the contract.
//
// The array changes holds values of [Change], records of [Record], standing of [Line],
// [Request] and [Fence], actor of [Actor], evidence of [Evidence], request of
// [RequestStatement], and note of [Note].
//
// The packages that decide (consent and datarequest), issue and verify (receipt), and show or
// translate (page and exchange) share these types.
package statement
