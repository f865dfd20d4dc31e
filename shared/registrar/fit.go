package registrar

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/statement"
)

// These are limits, in bytes, on the explanations in a receipt. The decision itself has the
// rest, up to receipt.MaxBytes: a no is never refused for its size.
const (
	// fullBytes is the limit on full records of the consents that an event ended or refused.
	fullBytes = 48 << 10
	// wordsBytes is the limit on words for ids.
	wordsBytes = 60 << 10
	// fixedBytes is the maximum size of the header, the signature and the members in clear.
	fixedBytes = 4 << 10
)

// fit removes from an event what exceeds one receipt: first the full records of the consents
// that it ended or refused, the oldest first; then the words and deletions of the standing and
// the words of the requests; then the words and effects of the changes, in the same order; and
// at last the noes that ended nothing.
func fit(e *consent.Event, c consent.Context) {
	size := fixedBytes + elementSize(c.Actor) + elementSize(c.Evidence)
	size += sizes(e.Standing.Elements()) + sizes(e.Changes) + sizes(e.Requests) + sizes(e.Notes)

	given := map[string]bool{} // by the consent's id; refused ones have none
	for _, change := range e.Changes {
		given[change.ConsentID] = change.To == statement.Given
	}
	kept := map[string]bool{} // by the record's id
	var optional []statement.Record
	for _, r := range e.Records {
		if given[r.RecordID] {
			size += elementSize(r)
			kept[r.RecordID] = true
		} else {
			optional = append(optional, r)
		}
	}

	lines := pointers(e.Standing.Lines)
	slices.SortStableFunc(lines, func(a, b *statement.Line) int { return cmp.Compare(a.Latest.Seq, b.Latest.Seq) })
	for _, l := range lines {
		shorten(&size, l, func() { l.Labels, l.Deletion = nil, nil })
	}
	for _, r := range pointers(e.Requests) {
		shorten(&size, r, func() { r.Labels = nil })
	}
	changes := pointers(e.Changes)
	slices.SortStableFunc(changes, func(a, b *statement.Change) int { return cmp.Compare(a.GivenIn, b.GivenIn) })
	for _, change := range changes {
		shorten(&size, change, func() { change.Labels, change.Effect = nil, nil })
	}

	size -= dropEmpty(e, size-wordsBytes)

	slices.SortStableFunc(optional, func(a, b statement.Record) int { return b.Events[0].EventTime.Compare(a.Events[0].EventTime) })
	for _, r := range optional {
		if n := elementSize(r); size+n <= fullBytes {
			size += n
			kept[r.RecordID] = true
		}
	}
	e.Records = slices.DeleteFunc(e.Records, func(r statement.Record) bool { return !kept[r.RecordID] })
}

// shorten takes the words out of an element, if the receipt is too large with them.
func shorten(size *int, element any, drop func()) {
	if *size > wordsBytes {
		with := elementSize(element)
		drop()
		*size += elementSize(element) - with
	}
}

// dropEmpty takes out of an event so many bytes of changes that ended nothing, as far as it has
// such, and returns how many it took. They count all the same: a line of the standing says so,
// or the fence where there was no line left. How many they are is noted.
func dropEmpty(e *consent.Event, excess int) (dropped int) {
	before := len(e.Changes)
	e.Changes = slices.DeleteFunc(e.Changes, func(c statement.Change) bool {
		if dropped >= excess || c.To == statement.Given || c.From == statement.Given || c.From == statement.Paused {
			return false
		}
		dropped += elementSize(c)
		return true
	})
	if n := before - len(e.Changes); n > 0 {
		e.Notes = append(e.Notes, statement.Note{By: statement.RoleSystem, Text: fmt.Sprintf(
			"%d more noes had no room in this receipt. They were said to what was not in force, and count all the same.", n)})
	}
	return dropped
}

func pointers[T any](values []T) []*T {
	out := make([]*T, len(values))
	for i := range values {
		out[i] = &values[i]
	}
	return out
}

func sizes[T any](values []T) (n int) {
	for _, v := range values {
		n += elementSize(v)
	}
	return n
}

// encodedSize returns the size of claims as a receipt, in bytes. It is never less than fit finds.
func encodedSize(c *receipt.Claims) int {
	size := fixedBytes
	for e := range c.Elements() {
		size += disclosedSize(len(e.Value))
	}
	return size
}

// elementSize returns the size of a value as an element of a receipt, in bytes.
func elementSize(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		return 0 // making the element will report the error
	}
	return disclosedSize(len(b))
}

// disclosedSize returns the size of an element whose JSON has n bytes: a disclosure (salt, JSON,
// separators, in base64url) and a digest in the payload (43 characters and its wrapping, in
// base64url too).
func disclosedSize(n int) int {
	const salt, digest = 30, 53
	return base64.RawURLEncoding.EncodedLen(n+salt) + base64.RawURLEncoding.EncodedLen(digest)
}
