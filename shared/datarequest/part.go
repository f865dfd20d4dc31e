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
	switch {
	case r.State.Ended():
		return r, fmt.Errorf("%w: it is %s", ErrEnded, r.State)
	case !r.Type.HasParts():
		return r, fmt.Errorf("%w: a request of type %s is not answered with data", ErrForbidden, r.Type)
	case !slices.Contains(working, r.State):
		return r, fmt.Errorf("%w: no part can be added while the request is %s", ErrForbidden, r.State)
	case r.Parts >= MaxParts:
		return r, fmt.Errorf("%w: it has %d parts", ErrForbidden, r.Parts)
	}
	if err := p.Check(); err != nil {
		return r, err
	}
	if p.Attached {
		var kept statement.Attached
		if r.Attached != nil {
			kept = *r.Attached
		}
		kept.Files, kept.Bytes = kept.Files+1, kept.Bytes+p.Size
		if kept.Files > MaxFiles || kept.Bytes > MaxBytes {
			return r, fmt.Errorf("%w: an answer has at most %d files of %d bytes together", ErrForbidden, MaxFiles, MaxBytes)
		}
		r.Attached = &kept
	}
	r.Parts++
	return r, nil
}
