// Package inbound reads consents that earlier systems recorded, and writes the envelopes
// (schema envelope/1, type consent.import.v1) by which they enter the ledger. Package
// consent decides what becomes of an import.
//
// Sources: lines of schema earlier-consent/1, Kantara Consent Receipts 1.1, and files of other
// systems in CSV or in lines of JSON, with a Mapping that says what their values mean.
package inbound

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue"
	"consent-receipts/shared/pseudonym"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// MaxLine bounds a line, in bytes.
const MaxLine = 16 << 10

// Errors of reading. They quote nothing that stands in a record.
var (
	ErrLine       = errors.New("not a line of schema earlier-consent/1")
	ErrKantara    = errors.New("not a Kantara consent receipt 1.1")
	ErrController = errors.New("the receipt is of another controller than the catalogue's")
)

// Record is what an earlier system recorded about one person at one moment.
type Record struct {
	ID       string // there
	Subject  string // customer id
	Time     time.Time
	Language string
	Choices  []consent.Choice
	Claimed  *statement.Authentication
	Attests  statement.Attested // "" where the record does not say
}

// line is a line of schema earlier-consent/1.
type line struct {
	ID        string                    `json:"id"`
	Subject   string                    `json:"subject"`
	Time      time.Time                 `json:"time"`
	Answer    string                    `json:"answer"`
	Purpose   string                    `json:"purpose"`
	Recipient string                    `json:"recipient"`
	All       bool                      `json:"all"`
	Data      []string                  `json:"data"`
	Until     string                    `json:"until"`
	Language  string                    `json:"language"`
	Claimed   *statement.Authentication `json:"claimed"`
	Attests   statement.Attested        `json:"attests"`
}

// Result is one line of a file: its record, or why it has none.
type Result struct {
	Number int // from 1
	Record *Record
	Err    error // wraps ErrLine
}

func parseLine(b []byte, cat *catalogue.Catalogue) (*Record, error) {
	if len(b) > MaxLine {
		return nil, fmt.Errorf("%w: over %d bytes", ErrLine, MaxLine)
	}
	value, err := strictjson.Parse(string(b))
	if err != nil {
		return nil, fmt.Errorf("%w: not one JSON value without repeated members", ErrLine)
	}
	if err := contracts.Check("earlier-consent/1", value); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLine, err)
	}
	var in line
	if json.Unmarshal(b, &in) != nil || in.Time.Unix() < 0 {
		return nil, fmt.Errorf("%w: at /time (no moment since 1970)", ErrLine)
	}
	if err := pseudonym.Check(in.Subject); err != nil {
		return nil, fmt.Errorf("%w: at /subject: %w", ErrLine, err)
	}
	out := &Record{ID: in.ID, Subject: in.Subject, Time: in.Time.UTC(), Language: in.Language, Claimed: in.Claimed, Attests: in.Attests}
	if !in.All {
		out.Choices = []consent.Choice{{Purpose: in.Purpose, Recipient: in.Recipient, Answer: in.Answer, Data: in.Data, Until: in.Until}}
		return out, nil
	}
	for _, id := range slices.Sorted(maps.Keys(cat.Purposes)) {
		out.Choices = append(out.Choices, consent.Choice{Purpose: id, Answer: "no"})
	}
	return out, nil
}

// SaysNo reports whether the record says no to anything: such records go first, so that no
// opt-out waits for the yeses of a long file.
func (r *Record) SaysNo() bool {
	return slices.ContainsFunc(r.Choices, func(c consent.Choice) bool { return c.Answer == "no" })
}

// data is what an event of schema envelope/1 says.
type data struct {
	Copied   statement.Copied `json:"copied"`
	Choices  []consent.Choice `json:"choices"`
	Language string           `json:"language,omitempty"`
	Evidence *evidence        `json:"evidence,omitempty"`
}

type evidence struct {
	Claimed *statement.Authentication `json:"claimed"`
}

// Envelope is the event that imports a record, as one line of JSON. Its id is made from the
// source's name and everything that the record says. So the same record, sent again, is the
// same event, and changes nothing.
func (r *Record) Envelope(source string) ([]byte, error) {
	out := contracts.CloudEvent[data]{
		SpecVersion: "1.0", Source: source, Type: "consent.import.v1", Time: r.Time.Truncate(time.Second), Subject: r.Subject,
		DataContentType: "application/json",
		Data:            data{Copied: statement.Copied{System: source, Record: r.ID, Attests: r.Attests}, Choices: r.Choices, Language: r.Language},
	}
	if r.Claimed != nil {
		out.Data.Evidence = &evidence{r.Claimed}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(b)
	out.ID = source + "-" + hex.EncodeToString(sum[:16])
	return json.Marshal(out)
}
