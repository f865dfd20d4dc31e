// Package inside reads files that may hold receipts: what kind a file is, what in it is
// signed, and what nobody can check. It is the first half of every check of files, and it
// verifies nothing: whoever calls it judges what it found. docs/files.md is its
// specification, and verify.html reads by the same one.
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

// Kind is what a file, or a part of one, is. It comes from the content.
type Kind string

// The kinds of file, and of what is in them.
const (
	Receipt  Kind = "receipt" // one, alone
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
	Other    Kind = "other" // none of these: it is not read, and what it says is not checked
)

// Part is one thing in a file that is to be judged or named.
type Part struct {
	Name    string // of the file, with the path or the line in it; anybody may have chosen it
	Kind    Kind   // Receipt, Roots, Looks, Manifest, Document or Other
	Content []byte // of Other none
	Claimed string // the digest that a document's name claims: "sha256:" and 64 digits
}

// Error says why a file gives nothing to judge.
type Error struct {
	Outcome receipt.Verdict // ambiguous, no receipt here, or refused: a container that is not well formed
	Code    string          // stable
	Reason  string          // in words
}

func (e *Error) Error() string { return e.Reason }

// What comes of files.
var (
	ErrSeveral   = &Error{receipt.Ambiguous, "several-receipts", "there are several different receipts in this file"}
	ErrNone      = &Error{receipt.NoReceipt, "no-receipt", "there is no signed receipt in this file"}
	ErrKind      = &Error{receipt.NoReceipt, "kind", "it is not a kind of file that is read; of a mail or a web archive, save the attachment, or the page as a PDF"}
	ErrEncrypted = &Error{receipt.NoReceipt, "encrypted", "it is an encrypted PDF, which is not read; save it without a password"}
	ErrTooLarge  = &Error{receipt.NoReceipt, "too-large", "the file is too large to be a receipt's"}
	ErrWork      = &Error{receipt.NoReceipt, "work", "it would take more work to read than a receipt's file does"}
)

// AsError returns why a file gives nothing to judge, if that is what err says.
func AsError(err error) (*Error, bool) {
	e := new(Error)
	ok := errors.As(err, &e)
	return e, ok
}

func notZIP(format string, args ...any) error {
	return &Error{receipt.Refused, "not-zip", "it is not a well-formed ZIP: " + fmt.Sprintf(format, args...)}
}

// work counts the bytes that are looked at or made, and ends where these are far more than
// the file has.
type work struct {
	done, most int64
	scanned    int64 // bytes that scans looked at, which are a bounded number for each that was done
}

// A file may take so many steps for each of its bytes, and some more.
const (
	stepsPerByte = 8
	freeSteps    = 16 << 20
	stepsPerPart = 4 << 10   // of a line, or an entry of a ZIP, however short it is
	stepsPerRoot = 512 << 10 // of a root certificate: its signature is checked
)

func newWork(size int64) *work { return &work{most: freeSteps + stepsPerByte*size} }

// left is how many bytes may still be made.
func (w *work) left() int64 { return w.most - w.done }

func (w *work) do(bytes int) error {
	if w.done += int64(bytes); w.done > w.most {
		return ErrWork
	}
	return nil
}
