package datarequest

import (
	"fmt"
	"slices"

	"consent-receipts/shared/statement"
)

// MaxParts is how many parts the answer to one request has at most.
const MaxParts = 64

// Bounds of the files that this service keeps for one answer.
const (
	MaxFiles = 20
	MaxBytes = 50 << 20
)

// AddPart counts a part of the answer to a request that is still at work.
func AddPart(r statement.Request, p statement.Part) (statement.Request, error) {
	if err := takesParts(r); err != nil {
		return r, err
	}
	if r.Parts >= MaxParts {
		return r, fmt.Errorf("%w: it has %d parts", ErrForbidden, r.Parts)
	}
	if err := p.Check(); err != nil {
		return r, err
	}
	if p.Attached {
		kept := Files(r)
		kept.Files, kept.Bytes = kept.Files+1, kept.Bytes+p.Size
		if kept.Files > MaxFiles || kept.Bytes > MaxBytes {
			return r, fmt.Errorf("%w: an answer has at most %d files of %d bytes together", ErrForbidden, MaxFiles, MaxBytes)
		}
		r.Attached = &kept
	}
	r.Parts++
	return r, nil
}

// RemoveFile counts one file less in the answer to a request that is still at work. The caller has
// made sure that the answer has the file.
func RemoveFile(r statement.Request, p statement.Part) (statement.Request, error) {
	if err := takesParts(r); err != nil {
		return r, err
	}
	kept := Files(r)
	kept.Files, kept.Bytes = kept.Files-1, kept.Bytes-p.Size
	if !p.Attached || kept.Files < 0 || kept.Bytes < 0 {
		return r, fmt.Errorf("%w: its answer has no such file", ErrForbidden)
	}
	r.Attached = &kept
	if kept.Files == 0 {
		r.Attached = nil
	}
	r.Parts--
	return r, nil
}

// takesParts returns why the parts of the answer to a request can no longer change, or nil.
func takesParts(r statement.Request) error {
	switch {
	case r.State.Ended():
		return fmt.Errorf("%w: it is %s", ErrEnded, r.State)
	case !r.Type.HasParts():
		return fmt.Errorf("%w: a request of type %s is not answered with data", ErrForbidden, r.Type)
	case !slices.Contains(working, r.State):
		return fmt.Errorf("%w: the parts of the answer cannot change while the request is %s", ErrForbidden, r.State)
	}
	return nil
}

// Files counts the files of an answer that this service keeps.
func Files(r statement.Request) statement.Attached {
	if r.Attached == nil {
		return statement.Attached{}
	}
	return *r.Attached
}
