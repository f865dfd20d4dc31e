// Package attachment keeps the files with which the staff answers requests for data.
//
// A file comes in two steps. [Store.Begin] gives a form by which a browser or a command uploads
// it to the store, past every function, because the body of a function's request is bounded. Then
// [TakeIn] reads what was uploaded, checks it, and adds it under the digest of its bytes. When the
// request is answered, [Store.Keep] keeps what was added, for as long as the person was told. Neither
// is ever replaced: who changes an upload afterwards changes nothing that was answered.
package attachment

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"consent-receipts/shared/statement"
)

// Bounds of one file. [consent-receipts/shared/datarequest] bounds the files of one answer.
const (
	MaxSize  = 10 << 20         // bytes
	Window   = 15 * time.Minute // from Begin, in which the file can be uploaded
	Lifetime = 5 * time.Minute  // of an address from which a file can be read
)

// Errors. All of them leave what is kept as it was.
var (
	ErrDeclared    = errors.New("not a file that can be attached")             // its name, its media type or its size
	ErrNotUploaded = errors.New("there is no such upload")                     // it was not finished, or it is too old
	ErrUnscanned   = errors.New("the file has not been found free of malware") // a scanner has not spoken yet, or it found something
	ErrContent     = errors.New("the content is not what was declared")        // it is too large, cut off, or of another media type
	ErrGone        = errors.New("the file is not here, or not any more")
)

// Place is the data request to whose answer a file belongs. Both members have the form of ids
// that can stand in a path; whoever makes a Place has checked it.
type Place struct {
	Person  string // a pseudonym
	Request string // a UUID
}

// Store has uploads for a day, files that were added as many days as the operator says, and from the
// answer on those that are kept, again as many. It is safe for concurrent use. The conformance test
// is attachmenttest.Run.
type Store interface {
	// Begin returns the form by which one file can be uploaded as this upload (a UUID) until
	// Window has passed. The store refuses a file that is larger than MaxSize, or of another size
	// than is declared, and a form with another content of its fields. After the upload the
	// browser is sent to the address in back; "" sends it nowhere.
	Begin(ctx context.Context, at Place, upload string, d Declared, back string) (*Form, error)

	// Uploaded returns what was uploaded, as it was declared at Begin: at most one byte more than
	// MaxSize. ErrNotUploaded: there is nothing, or not all of it. ErrUnscanned.
	Uploaded(ctx context.Context, at Place, upload string) (Declared, []byte, error)

	// Add adds a file under its digest, durably. A file that was added already is left alone.
	Add(ctx context.Context, at Place, file statement.Part, content []byte) error

	// Keep keeps an added file for the person until the end of a day (2006-01-02), durably. The
	// caller has counted that day from today, by the days that the operator says. A file that is
	// kept until then already is left alone. ErrGone: it was not added, or it is not there any
	// more, or has another digest.
	Keep(ctx context.Context, at Place, file statement.Part, until string) error

	// Address returns where a file that is kept until that day, or with "" one that was added, can
	// be read until Lifetime has passed, by whoever has the address. What answers there names the
	// file and has the browser save it. ErrGone.
	Address(ctx context.Context, at Place, file statement.Part, until string) (string, error)
}

// TakeIn reads an upload, checks it and adds it. It returns the file as a part of the answer,
// which says where the person finds it on the pages of the issuer. Taking the same upload in again
// has the same result.
func TakeIn(ctx context.Context, s Store, issuer string, at Place, upload string) (statement.Part, error) {
	declared, content, err := s.Uploaded(ctx, at, upload)
	if err != nil {
		return statement.Part{}, err
	}
	if err := declared.Check(); err != nil {
		return statement.Part{}, err
	}
	if err := declared.checkContent(content); err != nil {
		return statement.Part{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	part := statement.Part{
		Name: declared.Name, MediaType: declared.MediaType, Digest: statement.Digest(content), Size: int64(len(content)), Attached: true,
	}
	part.Where = issuer + Path(at.Request, part.Digest)
	return part, s.Add(ctx, at, part, content)
}

// Path is the page from which a person downloads a file of the answer to their request.
func Path(request, digest string) string {
	return "/requests/" + url.PathEscape(request) + "/files/" + url.PathEscape(digest)
}
