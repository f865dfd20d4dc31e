package intake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
	"consent-receipts/shared/strictjson"
)

// Types of events.
const (
	typeOptIn       = "consent.opt-in.v1"
	typeOptOut      = "consent.opt-out.v1"
	typeDataRequest = "consent.data-request.v1"
	typeImport      = "consent.import.v1"
)

// Bounds in bytes, of an envelope and of what it says about evidence and actor. A receipt
// must have room for the latter beside the standing.
const (
	maxEnvelope = 256 << 10
	maxAside    = 2 << 10
)

// event is an envelope that was read and checked.
type event struct {
	id       string // "" occurs in opt-outs only
	subject  string // the customer id
	occurred time.Time
	command  consent.Command
	actor    statement.Actor
	claimed  *statement.Authentication
	copied   *statement.Copied // set for an import

	// recordsClaim, of an import, is true if the producer states that the source's records
	// claim the consent. An import that does not state it only means the same by default.
	recordsClaim bool
}

// envelope is the JSON of schema/envelope/1.json.
type envelope struct {
	ID      string          `json:"id"`
	Type    string          `json:"type"`
	Time    string          `json:"time"`
	Subject string          `json:"subject"`
	Data    json.RawMessage `json:"data"`
}

// aside has the members that the data of every event type may have beside the command.
type aside struct {
	Evidence struct {
		Claimed *statement.Authentication `json:"claimed,omitempty"`
	} `json:"evidence"`
	Actor  statement.Actor   `json:"actor"`
	Copied *statement.Copied `json:"copied,omitempty"`
}

// parse reads an envelope. Its errors wrap errEnvelope and quote nothing from the envelope.
func parse(body string) (*event, error) {
	if len(body) > maxEnvelope {
		return nil, fmt.Errorf("%w: over %d bytes", errEnvelope, maxEnvelope)
	}
	raw := []byte(strings.TrimSpace(body))
	var kind struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(raw, &kind) == nil && kind.Type == typeOptOut {
		raw = strictjson.Replace(raw, "data", consent.MendReason)
	}
	value, err := strictjson.Parse(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: not one JSON value without repeated members", errEnvelope)
	}
	e, err := read(value)
	if err == nil {
		return e, nil
	}
	if least, rest := optOutParts(raw); least != nil {
		return salvage(least, rest)
	}
	return nil, err
}

// read decodes an envelope that conforms to the schema exactly.
func read(value strictjson.Value) (*event, error) {
	if err := contracts.Check("envelope/1", value); err != nil {
		where, _, _ := strings.Cut(err.Error(), "/authority/") // the sender chose the names below it
		return nil, fmt.Errorf("%w: not as schema envelope/1 says: %s", errEnvelope, where)
	}
	var in envelope
	err := json.Unmarshal([]byte(value.Raw()), &in)
	if err != nil {
		return nil, fmt.Errorf("%w: %T", errEnvelope, err)
	}
	e := &event{id: in.ID, subject: in.Subject}
	if in.Time != "" {
		if e.occurred, err = time.Parse(time.RFC3339, in.Time); err != nil || e.occurred.Unix() < 0 {
			return nil, fmt.Errorf("%w: at /time (no moment since 1970)", errEnvelope)
		}
	}
	var beside aside
	switch in.Type {
	case typeOptIn:
		e.command, beside, err = decode[consent.OptIn](in.Data)
	case typeOptOut:
		e.command, beside, err = decode[consent.OptOut](in.Data)
	case typeImport:
		e.command, beside, err = decode[consent.Import](in.Data)
	default: // the schema allows four types, of which this is the last
		e.command, beside, err = decode[consent.RequestData](in.Data)
	}
	if err != nil {
		return nil, err
	}
	e.claimed, e.actor, e.copied = beside.Evidence.Claimed, beside.Actor, beside.Copied
	if e.actor.Role == "" {
		e.actor.Role = statement.RoleSubject
	}
	if e.copied != nil {
		e.recordsClaim = e.copied.Attests == statement.AttestedClaimed
		e.copied.Attests = cmp.Or(e.copied.Attests, statement.AttestedClaimed)
	}
	return e, nil
}

func decode[C consent.Command](data []byte) (consent.Command, aside, error) {
	var command C
	var beside aside
	if json.Unmarshal(data, &command) != nil || json.Unmarshal(data, &beside) != nil {
		return nil, aside{}, fmt.Errorf("%w: at /data", errEnvelope)
	}
	if b, err := json.Marshal(beside); err != nil || len(b) > maxAside {
		return nil, aside{}, fmt.Errorf("%w: evidence and actor are over %d bytes", errEnvelope, maxAside)
	}
	return command, beside, nil
}

// member is a member of an envelope, or of its data.
type member struct {
	name   string
	value  json.RawMessage
	inData bool
}

// optOutParts splits an opt-out into the members that it needs and the others. It returns
// nil for any other event.
func optOutParts(raw []byte) (least, rest []member) {
	var top, data map[string]json.RawMessage // a map keeps names as they are; a struct ignores their case
	if json.Unmarshal(raw, &top) != nil || string(top["type"]) != `"`+typeOptOut+`"` || json.Unmarshal(top["data"], &data) != nil {
		return nil, nil
	}
	for _, name := range []string{"type", "subject"} {
		least = append(least, member{name, top[name], false})
	}
	for _, name := range []string{"all", "purposes", "consents", "narrow"} {
		least = append(least, member{name, data[name], true})
	}
	for _, name := range []string{"id", "time"} {
		rest = append(rest, member{name, top[name], false})
	}
	for _, name := range []string{"reason", "evidence", "actor"} {
		rest = append(rest, member{name, data[name], true})
	}
	return least, rest
}

// salvage reads an opt-out that does not conform to the schema. It leaves out each optional
// member that keeps the opt-out from being read.
func salvage(least, rest []member) (*event, error) {
	e, err := readMembers(least)
	if err != nil {
		return nil, err
	}
	for _, m := range rest {
		if more, err := readMembers(append(least, m)); err == nil {
			e, least = more, append(least, m)
		}
	}
	return e, nil
}

// readMembers reads an envelope that has these members alone.
func readMembers(members []member) (*event, error) {
	value, err := strictjson.Parse(string(join(members)))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errEnvelope, err)
	}
	return read(value)
}

// join writes the members that have a value as an envelope.
func join(members []member) []byte {
	top, data := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	for _, m := range members {
		switch {
		case m.value == nil:
		case m.inData:
			data[m.name] = m.value
		default:
			top[m.name] = m.value
		}
	}
	var b bytes.Buffer
	top["data"], _ = json.Marshal(data) // valid JSON in, so these cannot fail
	_ = json.NewEncoder(&b).Encode(top)
	return bytes.TrimSpace(b.Bytes())
}

// level is the evidence level of a producer's event: claimed if the producer says how it
// knew the person, or that the records which it copied claim the consent; else none.
func (e *event) level() statement.EvidenceLevel {
	if e.claimed == nil && !e.recordsClaim {
		return statement.EvidenceNone
	}
	return statement.EvidenceClaimed
}
