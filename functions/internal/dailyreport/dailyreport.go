// Package dailyreport counts the data requests of all people each day, and hands the figures to
// those who answer for them: as files in a bucket, and as a mail. They name requests by their
// numbers, and nobody.
package dailyreport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"consent-receipts/functions/internal/portal/figures"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/docket"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/wording"
)

// ErrNowhere: the function was started, but was told neither a bucket nor a topic.
var ErrNowhere = errors.New("there is neither a bucket nor a topic for the report")

// Handler makes reports. Of Put and Publish at least one is set; the other fields are all set.
type Handler struct {
	Docket    ledger.Docket
	Catalogue *catalogue.Catalogue // in use: its first language, and its time zone
	Desk      string               // address at which the desk's paths begin
	Clock     func() time.Time
	Log       *slog.Logger

	// Put keeps a file, and replaces one of the same day: a report that is made twice is one.
	Put func(ctx context.Context, key, mediaType string, body []byte) error
	// Publish sends a mail.
	Publish func(ctx context.Context, subject, text string) error
}

// words are those of the desk.
var words = wording.Load(wording.Shell, wording.Cards, wording.Desk)

// file is one file of a report.
type file struct {
	name, mediaType string
	write           func(io.Writer) error
}

// Handle makes the report of today for the message of the schedule. After an error the message
// comes again.
func (h *Handler) Handle(ctx context.Context, _ events.SQSEvent) error {
	if h.Put == nil && h.Publish == nil {
		return ErrNowhere
	}
	now := h.Clock()
	today := h.Catalogue.DataRequests.Day(now)
	report := docket.NewReport(today)
	if err := docket.Each(ctx, h.Docket, now.AddDate(0, -docket.Reach, 0), now, now, report.Add); err != nil {
		return err
	}
	of := figures.Of(api.ReportOf(report, today), words.In(h.Catalogue.Languages[0]), h.Catalogue, h.Desk)
	if err := h.put(ctx, of); err != nil {
		return err
	}
	if h.Publish != nil {
		// SNS takes ASCII alone in a subject, which not every language is.
		if err := h.Publish(ctx, fmt.Sprintf("Data requests, %s: %d of %d overdue", today, of.Total.Overdue, of.Total.Open), of.Text()); err != nil {
			return err
		}
	}
	h.Log.Info("report made", "day", today, "requests", of.Total.Received, "open", of.Total.Open, "overdue", of.Total.Overdue)
	return nil
}

// put keeps the files of a report in a folder of their day.
func (h *Handler) put(ctx context.Context, of *figures.Figures) error {
	if h.Put == nil {
		return nil
	}
	const csv = "text/csv; charset=utf-8"
	for _, f := range []file{
		{"by-rule.csv", csv, func(w io.Writer) error { return docket.WriteCSV(w, of.Rows) }},
		{"by-month.csv", csv, func(w io.Writer) error { return docket.WriteTrendCSV(w, of.Trend) }},
		{"pressing.csv", csv, func(w io.Writer) error { return docket.WritePressingCSV(w, of.Pressing.Requests) }},
		{"report.html", "text/html; charset=utf-8", of.WritePage},
	} {
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			return err
		}
		if err := h.Put(ctx, Folder+of.AsOf+"/"+f.name, f.mediaType, b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// Folder is where the bucket has the folders of the days, YYYY-MM-DD.
const Folder = "data-requests/"
