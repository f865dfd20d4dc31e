// Package inside reads files that may hold receipts. It determines the kind of a file, finds
// its signed parts, and names the parts that nobody can check. It is the first half of every
// check of files, and verifies nothing: the caller judges the parts. docs/files.md is its
// specification; verify.html follows the same one.
package inside

import (
	"errors"
	"fmt"

	"consent-receipts/shared/receipt"
)

// Limits on files, in bytes.
const (
	MaxFile   = 8 << 20   // a page, a PDF or a text
	MaxBundle = 256 << 20 // a ZIP
	MaxLooks  = 16 << 20  // a list of who looked

	maxDocument = 512 << 10
	maxRoots    = 64 << 10
)

// Kind is the kind of a file, or of a part of one. The content determines it, not the name.
type Kind string

// These are the kinds of files and of their parts.
const (
	Receipt  Kind = "receipt" // a single receipt
	Receipts Kind = "receipts, one a line"
	HTML     Kind = "HTML"
	PDF      Kind = "PDF"
	Text     Kind = "text"
	ZIP      Kind = "ZIP"
	Folder   Kind = "folder"
	Roots    Kind = "root certificates"
	Looks    Kind = "who looked"
	Manifest Kind = "manifest"
	Document Kind = "document" // a notice or a catalogue in a bundle or a folder
	Mail     Kind = "mail"
	Other    Kind = "other" // none of these kinds: the file is not read or checked
)

// Part is one part of a file that the caller judges or names.
type Part struct {
	Name    string // of the file, with the path or the line in it; it may be hostile
	Kind    Kind   // Receipt, Roots, Looks, Manifest, Document or Other
	Content []byte // empty for Other
	Claimed string // the digest that a document's name claims: "sha256:" and 64 digits
}

// Error states why a file has nothing to judge.
type Error struct {
	Outcome receipt.Verdict // Ambiguous, NoReceipt, or Refused for a malformed container
	Code    string          // stable
	Reason  string          // a phrase for people
}

func (e *Error) Error() string { return e.Reason }

// These errors end the reading of a file.
var (
	ErrSeveral   = &Error{receipt.Ambiguous, "several-receipts", "there are several different receipts in this file"}
	ErrNone      = &Error{receipt.NoReceipt, "no-receipt", "there is no signed receipt in this file"}
	ErrKind      = &Error{receipt.NoReceipt, "kind", "it is not a kind of file that is read; of a mail or a web archive, save the attachment, or the page as a PDF"}
	ErrEncrypted = &Error{receipt.NoReceipt, "encrypted", "it is an encrypted PDF, which is not read; save it without a password"}
	ErrTooLarge  = &Error{receipt.NoReceipt, "too-large", "the file is too large to be a receipt's"}
	ErrWork      = &Error{receipt.NoReceipt, "work", "it would take more work to read than a receipt's file does"}
)

// AsError returns the *Error in err, if there is one.
func AsError(err error) (*Error, bool) {
	return errors.AsType[*Error](err)
}

func notZIP(format string, args ...any) error {
	return &Error{receipt.Refused, "not-zip", "it is not a well-formed ZIP: " + fmt.Sprintf(format, args...)}
}

// work counts the bytes that are read or made, and stops the reading when they are far more
// than the file has.
type work struct {
	done, most int64
	scanned    int64 // bytes that scans read; each scanned byte costs a bounded number of reads
}

// These bounds depend on the size of a file: steps for each byte, and a constant.
const (
	stepsPerByte = 8
	freeSteps    = 16 << 20
	stepsPerPart = 4 << 10   // of a line, or an entry of a ZIP, however short it is
	stepsPerRoot = 512 << 10 // of a root certificate: its signature is checked
)

func newWork(size int64) *work { return &work{most: freeSteps + stepsPerByte*size} }

// left returns how many bytes may still be made.
func (w *work) left() int64 { return w.most - w.done }

func (w *work) do(bytes int) error {
	if w.done += int64(bytes); w.done > w.most {
		return ErrWork
	}
	return nil
}
