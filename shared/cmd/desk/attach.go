package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"

	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/attachment"
	"consent-receipts/shared/cmd/cli"
	"consent-receipts/shared/statement"
)

// attach uploads a file to where the API says, without the token, and adds it to the answer to a
// data request.
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
	file := attachment.Declared{Name: name, MediaType: attachment.MediaTypeOf(name), Size: int64(len(content))}
	if err := file.Check(); err != nil {
		return d.f.Wrong("%v", err)
	}
	if len(content) == 0 {
		return d.f.Wrong("%s: the file is empty", d.f.Arg(2))
	}
	uploads := at.Uploads(d.f.Arg(1))
	b, err := d.send(ctx, http.MethodPost, uploads, api.NewAttachment{Name: name, MediaType: file.MediaType, Size: file.Size})
	if err != nil {
		return err
	}
	upload, err := client.Read[api.Upload](&client.Answer{Body: b})
	if err != nil {
		return err
	}
	if err := d.post(ctx, upload, content); err != nil {
		return err
	}
	return d.act(ctx, uploads+"/"+url.PathEscape(upload.ID), nil)
}

// detach takes a file out of the answer to a data request, by its digest, as long as there is no
// answer.
func (d *desk) detach(ctx context.Context) error {
	at, err := d.acting(3)
	if err != nil {
		return err
	}
	if !statement.ValidDigest(d.f.Arg(2)) {
		return d.f.Wrong("the file is named by its digest, sha256:...: desk request lists those of an answer")
	}
	return d.change(ctx, http.MethodDelete, at.Attachment(d.f.Arg(1), d.f.Arg(2)), nil)
}

// post uploads a file by a form, within the time that any answer may take.
func (d *desk) post(ctx context.Context, upload api.Upload, content []byte) error {
	to, err := url.Parse(upload.Action)
	if err != nil || to.Scheme != "https" && !loopback(to.Hostname()) {
		return fmt.Errorf("%s: the form of the upload leads to no https address", d.base.Host)
	}
	ctx, stop := context.WithTimeout(ctx, 10*deskTimeout) // 10 MB over a slow line
	defer stop()
	form := attachment.Form{Action: upload.Action, Fields: upload.Fields, Until: upload.Until}
	answer, err := form.Post(ctx, content)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		return fmt.Errorf("%s: the upload was refused: %s", to.Host, answer.Status)
	}
	return nil
}
