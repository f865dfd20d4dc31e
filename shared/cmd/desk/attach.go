package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"slices"

	"consent-receipts/shared/api"
	"consent-receipts/shared/attachment"
	"consent-receipts/shared/cmd/cli"
)

// attach uploads a file, past the API, and adds it to the answer to a data request.
func (d *desk) attach(ctx context.Context) error {
	at, err := d.acting(3)
	if err != nil {
		return err
	}
	content, err := cli.ReadAtMost(d.f.Arg(2), attachment.MaxSize)
	if err != nil {
		return err
	}
	name := filepath.Base(d.f.Arg(2))
	declared := attachment.Declared{Name: name, MediaType: attachment.MediaTypeOf(name), Size: int64(len(content))}
	if err := declared.Check(); err != nil {
		return d.f.Wrong("%v", err)
	}
	uploads := at.Uploads(d.f.Arg(1))
	a, err := d.client().Do(ctx, http.MethodPost, uploads, api.NewAttachment{Name: name, MediaType: declared.MediaType, Size: declared.Size}, api.CaseReference, d.reference)
	_ = a
	return err
}
