package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"time"

	"consent-receipts/shared/ledger"
)

// The buckets, and what is in them:
//
//	entries    subject#<pseudonym>/receipt#<10-digit seq>  ->  sealed key, command, due date if any, receipt
//	idem       subject#<pseudonym>/<32 bytes of key>       ->  receipt#<10-digit seq>
//	documents  document#<digest>                           ->  sealed length of media type, media type, body
//	register   <YYYY-MM>/<the entry's key>                 ->  sealed text of the entry's line
//	tickets    <key>                                       ->  sealed body
//	due        <YYYY-MM-DD>/<the entry's key>              ->  sealed nothing
//
// An entry's key is the partition key and the sort key that the item has in
// DynamoDB. A subject has a fixed length, so no key is the beginning of another
// subject's.
//
// Sealed means: a version byte before, which tells what an entry has, and after it a
// CRC-32C of the key and of everything before. bbolt has a checksum on its two meta
// pages only, so this is what tells a flipped bit, a cut value, or one that belongs
// elsewhere.
var (
	entries   = []byte("entries")
	idem      = []byte("idem")
	documents = []byte("documents")
	register  = []byte("register")
	dueOn     = []byte("due")
	tickets   = []byte("tickets")
)

const (
	version  = 1 // as it was from the start
	withDue  = 2 // an entry with a due date
	withLine = 3 // an entry with a line of the register, and a due date or none

	subjectPrefix = "subject#"
	receiptPrefix = "receipt#"
	seqDigits     = 10
	partitionSize = len(subjectPrefix) + ledger.SubjectLength + len("/")
	entryKeySize  = partitionSize + len(receiptPrefix) + seqDigits
	digestSize    = 32
	dueSize       = len(time.DateOnly)
	monthSize     = len("2006-01")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func partition(subject string) []byte { return []byte(subjectPrefix + subject + "/") }

func sortKey(seq uint64) []byte { return fmt.Appendf(nil, receiptPrefix+"%0*d", seqDigits, seq) }

func entryKey(subject string, seq uint64) []byte { return append(partition(subject), sortKey(seq)...) }

func idemKey(subject string, key [32]byte) []byte { return append(partition(subject), key[:]...) }

func dueKey(e ledger.Entry) []byte { return append([]byte(e.Due+"/"), entryKey(e.Subject, e.Seq)...) }

func registerKey(e ledger.Entry) []byte {
	return append([]byte(e.Line.Month+"/"), entryKey(e.Subject, e.Seq)...)
}

func documentKey(digest string) []byte { return []byte("document#" + digest) }

func seal(version byte, key, payload []byte) []byte {
	value := append(make([]byte, 0, 1+len(payload)+crc32.Size), version)
	value = append(value, payload...)
	return binary.BigEndian.AppendUint32(value, checksum(key, value))
}

// unseal returns the payload, which is part of value, if it is of one of these
// versions.
func unseal(key, value []byte, versions ...byte) ([]byte, error) {
	end := len(value) - crc32.Size
	if end < 1 || !slices.Contains(versions, value[0]) {
		return nil, fmt.Errorf("%w: %q is in no known format", ledger.ErrCorrupt, key)
	}
	if binary.BigEndian.Uint32(value[end:]) != checksum(key, value[:end]) {
		return nil, fmt.Errorf("%w: %q has a wrong checksum", ledger.ErrCorrupt, key)
	}
	return value[1:end], nil
}

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

func encodeEntry(e ledger.Entry) (key, value []byte) {
	key = entryKey(e.Subject, e.Seq)
	payload := slices.Concat(e.Key[:], e.Command[:])
	switch {
	case e.Line != ledger.Line{}:
		payload = append(append(payload, byte(len(e.Due))), e.Due+e.Line.Month...)
		payload = binary.BigEndian.AppendUint16(payload, uint16(len(e.Line.Text)))
		return key, seal(withLine, key, append(payload, e.Line.Text+e.Receipt...))
	case e.Due != "":
		return key, seal(withDue, key, append(payload, e.Due+e.Receipt...))
	}
	return key, seal(version, key, append(payload, e.Receipt...))
}

// decodeEntry is the inverse of encodeEntry, and the only way from bytes to an
// entry: what it returns is valid, and encodes to the same bytes again. Nothing
// of it lies in the memory of key or value.
func decodeEntry(key, value []byte) (ledger.Entry, error) {
	var e ledger.Entry
	payload, err := unseal(key, value, version, withDue, withLine)
	if err != nil {
		return e, err
	}
	if len(payload) < 2*digestSize {
		return e, fmt.Errorf("%w: %q is cut off", ledger.ErrCorrupt, key)
	}
	if e.Subject, e.Seq, err = decodeKey(key); err != nil {
		return ledger.Entry{}, err
	}
	payload = payload[copy(e.Key[:], payload):]
	payload = payload[copy(e.Command[:], payload):]
	if e.Due, e.Line, e.Receipt, err = decodeIndexed(value[0], payload); err != nil {
		return ledger.Entry{}, fmt.Errorf("%w: %q: %w", ledger.ErrCorrupt, key, err)
	}
	if err := e.Validate(); err != nil {
		return ledger.Entry{}, fmt.Errorf("%w: %q: %v", ledger.ErrCorrupt, key, err)
	}
	return e, nil
}

// decodeKey is the inverse of entryKey.
func decodeKey(key []byte) (subject string, seq uint64, err error) {
	if len(key) == entryKeySize {
		subject = string(key[len(subjectPrefix) : partitionSize-1])
		seq, err = strconv.ParseUint(string(key[entryKeySize-seqDigits:]), 10, 64)
	}
	if err != nil || !bytes.Equal(key, entryKey(subject, seq)) {
		return "", 0, fmt.Errorf("%w: %q is no entry's key", ledger.ErrCorrupt, key)
	}
	return subject, seq, nil
}

// decodeIndexed decodes what comes after an entry's digests.
func decodeIndexed(version byte, payload []byte) (due string, line ledger.Line, receipt string, err error) {
	short := false
	take := func(n int) (taken []byte) {
		if short = short || n > len(payload); short {
			return make([]byte, n)
		}
		taken, payload = payload[:n], payload[n:]
		return taken
	}
	switch version {
	case withDue:
		due = string(take(dueSize))
	case withLine:
		due = string(take(int(take(1)[0])))
		line.Month = string(take(monthSize))
		line.Text = string(take(int(binary.BigEndian.Uint16(take(2)))))
	}
	if short || version == withDue && due == "" || version == withLine && line.Text == "" {
		return "", ledger.Line{}, "", errors.New("cut off")
	}
	return due, line, string(payload), nil
}

func encodeDocument(d ledger.Document) (key, value []byte) {
	key = documentKey(d.Digest)
	payload := append([]byte{byte(len(d.MediaType))}, d.MediaType...)
	return key, seal(version, key, append(payload, d.Body...))
}

// decodeDocument is the inverse of encodeDocument. Nothing of what it returns
// lies in the memory of value.
func decodeDocument(digest string, value []byte) (ledger.Document, error) {
	key := documentKey(digest)
	payload, err := unseal(key, value, version)
	if err != nil {
		return ledger.Document{}, err
	}
	if len(payload) == 0 || len(payload) <= 1+int(payload[0]) {
		return ledger.Document{}, fmt.Errorf("%w: %q is cut off", ledger.ErrCorrupt, key)
	}
	body := 1 + int(payload[0])
	return ledger.Document{
		Digest:    digest,
		MediaType: string(payload[1:body]),
		Body:      bytes.Clone(payload[body:]),
	}, nil
}
