package handler

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"

	"consent-receipts/functions/internal/gateway"
	"consent-receipts/shared/api"
	"consent-receipts/shared/attachment"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/datarequest"
	"consent-receipts/shared/door"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/receipt/manifest"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

var attachmentRoutes = []route{
	byPerson("GET /v1/data-requests/{id}/attachments/{digest}", "receipts", asking((*API).getOwnAttachment)),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/uploads", "attachment.begin", inPath, (*API).postUpload),
	acts("POST /v1/operator/people/{person}/data-requests/{id}/uploads/{upload}", "attachment.add", inPath, commanding("", (*API).postUploaded)),
	reads("GET /v1/operator/people/{person}/data-requests/{id}/attachments/{digest}", "attachment.read", inPath, asking((*API).getAttachment)),
	acts("DELETE /v1/operator/people/{person}/data-requests/{id}/attachments/{digest}", "attachment.remove", inPath, commanding("", (*API).deleteAttachment)),
}

// place is the data request that the path names, as attachments know it.
func (r *request) place() attachment.Place {
	return attachment.Place{Person: r.subject.Whom(), Request: r.PathValue("id")}
}

// postUpload begins the upload of a file to the answer to a request. It refuses what could
// not be added later, before anybody uploads it.
func (a *API) postUpload(ctx context.Context, r *request) (*gateway.Answer, error) {
	if _, err := r.accept("application/json"); err != nil {
		return nil, err
	}
	var body api.NewAttachment
	if err := r.body("attachment/1", &body); err != nil {
		return nil, err
	}
	declared := attachment.Declared{Name: body.Name, MediaType: body.MediaType, Size: body.Size}
	if err := declared.Check(); err != nil {
		return nil, gateway.Errorf(err, "%v", err)
	}
	asked, err := a.Registrar.Find(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	probe := statement.Part{
		Name: body.Name, MediaType: body.MediaType, Digest: statement.Digest(nil), Size: body.Size, Attached: true, Where: "here",
	}
	if _, err := datarequest.AddPart(asked, probe); err != nil {
		return nil, fmt.Errorf("%w: %w", consent.ErrRequest, err)
	}
	id := uuid.NewString()
	back, err := wayBack(body.Back, id)
	if err != nil {
		return nil, err
	}
	form, err := a.Attachments.Begin(ctx, r.place(), id, declared, back)
	if err != nil {
		return nil, err
	}
	return gateway.JSON(http.StatusCreated, api.Upload{ID: id, Action: form.Action, Fields: form.Fields, FileField: attachment.FileField, Until: form.Until})
}

// wayBack is the address to which a browser is sent after an upload: that of a page, with the
// upload's id as its last segment.
func wayBack(page, id string) (string, error) {
	if page == "" {
		return "", nil
	}
	u, err := url.Parse(page)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", gateway.Errorf(gateway.ErrInvalidBody, "back must be the address of a page, without a query")
	}
	return u.JoinPath(id).String(), nil
}

// postUploaded adds an uploaded file to the answer. The upload's id is the key when none is sent,
// so that a repetition returns the same receipt.
func (a *API) postUploaded(ctx context.Context, r *request, _ noBody, o *order) error {
	upload := r.PathValue("upload")
	if parsed, err := uuid.Parse(upload); err != nil || parsed.String() != upload {
		return noSuch("upload")
	}
	part, err := attachment.TakeIn(ctx, a.Attachments, a.Registrar.Catalogue.Issuer(), r.place(), upload)
	if err != nil {
		return gateway.Errorf(err, "%v", err)
	}
	if r.subject.Kind() == ledger.KindContact { // who has no page of their own
		part.Where = a.Registrar.Catalogue.Issuer() + door.AgainPath + "?number=" + r.PathValue("id")
	}
	reference, err := r.caseReference()
	o.Command = consent.AddPart{ID: r.PathValue("id"), Part: part, Case: reference}
	if r.header(api.IdempotencyKey) == "" {
		o.key = upload
	}
	return err
}

// getOwnAttachment answers where the person can read a file of the answer, once there is one.
func (a *API) getOwnAttachment(ctx context.Context, r *request) (api.Attachment, error) {
	return a.attached(ctx, r, true)
}

// getAttachment answers where the staff can read a file that somebody has added to the answer.
func (a *API) getAttachment(ctx context.Context, r *request) (api.Attachment, error) {
	return a.attached(ctx, r, false)
}

// attached answers where a file can be read: one that the answer to this request has.
func (a *API) attached(ctx context.Context, r *request, onlyAnswered bool) (out api.Attachment, err error) {
	all, _, err := a.Registrar.Statements(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return out, err
	}
	parts, last := registrar.Parts(all), all[len(all)-1]
	i := slices.IndexFunc(parts, func(p manifest.StatedPart) bool { return r.names(p.Part) })
	switch {
	case i < 0:
		return out, noSuch("file")
	case onlyAnswered && !last.State.Answered():
		return out, fmt.Errorf("%w: it has not been answered", consent.ErrRequest)
	}
	out = api.Attachment{Part: parts[i].Part, Until: a.Registrar.Clock().Add(attachment.Lifetime)}
	out.Address, err = a.Attachments.Address(ctx, r.place(), out.Part, last.FilesUntil)
	return out, err
}

// names reports whether a part is the file that the path names.
func (r *request) names(p statement.Part) bool {
	return p.Attached && p.Digest == r.PathValue("digest")
}

// deleteAttachment takes a file out of the answer, as long as there is none. The key belongs to the
// receipt that added the file, so that it is taken out once, and a repetition returns the same
// receipt; nobody else can use it, because no Idempotency-Key has a line break. If the file was added
// more than once, the last time goes first.
func (a *API) deleteAttachment(ctx context.Context, r *request, _ noBody, o *order) error {
	all, _, err := a.Registrar.Statements(ctx, r.subject, r.PathValue("id"))
	if err != nil {
		return err
	}
	var file manifest.StatedPart
	for _, s := range all { // of a file that is out already, the receipt that says so is found by the same key
		if s.Part != nil && r.names(*s.Part) {
			file = manifest.StatedPart{Part: *s.Part, Receipt: s.Seq}
		}
	}
	for _, p := range registrar.Parts(all) {
		if r.names(p.Part) {
			file = p
		}
	}
	if file.Receipt == 0 {
		return noSuch("file")
	}
	reference, err := r.caseReference()
	o.Command = consent.RemoveFile{ID: r.PathValue("id"), Part: file.Part, Case: reference}
	o.key, o.status = fmt.Sprintf("file\nof receipt %d", file.Receipt), http.StatusOK
	return err
}

// withFiles completes a step that gives an answer by the files that the answer has, and until when
// the person can download them.
func (a *API) withFiles(ctx context.Context, r *request, step *consent.AdvanceRequest) error {
	asked, err := a.Registrar.Find(ctx, r.subject, step.ID)
	if err != nil {
		return err
	}
	cat, _ := a.Registrar.Catalogue.Current()
	calendar, err := cat.DataRequests.Calendar(asked.Rule)
	if err != nil {
		return err
	}
	last := calendar.Today(a.Registrar.Clock()).AddDate(0, 0, a.AttachmentDays)
	step.Ready, step.FilesUntil = datarequest.Files(asked), last.Format(time.DateOnly)
	return nil
}

// keepFiles keeps the files of the answer for the person, before the step that gives it is recorded.
func (a *API) keepFiles(ctx context.Context, r *request, cmd consent.Command) error {
	step, ok := cmd.(consent.AdvanceRequest)
	if !ok || step.Ready.Files == 0 {
		return nil
	}
	all, _, err := a.Registrar.Statements(ctx, r.subject, step.ID)
	if err != nil || all[len(all)-1].State.Ended() {
		return err
	}
	for _, p := range registrar.Parts(all) {
		if !p.Attached {
			continue
		}
		err := a.Attachments.Keep(ctx, r.place(), p.Part, step.FilesUntil)
		if errors.Is(err, attachment.ErrGone) {
			return fmt.Errorf("%w: the file %q is no longer here: take it out of the answer, and add it again", consent.ErrRequest, p.Name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
