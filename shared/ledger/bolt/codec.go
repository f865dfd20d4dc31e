package bolt

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strconv"

	"consent-receipts/shared/ledger"
)

// These are the buckets, with their keys and values:
//
//	file       format                                ->  4
//	entries    <subject>                             ->  a bucket: the subject's ledger
//	  of each  receipt#<10-digit seq>                ->  sealed key, command, due date, line of the docket, identity, receipt
//	idem       <subject>/<32 bytes of key>           ->  receipt#<10-digit seq>
//	documents  document#<digest>                     ->  sealed length of media type, media type, body
//	docket     <YYYY-MM>/<the entry's key>           ->  sealed text of the entry's line
//	tickets    <key>                                 ->  sealed body
//	due        <YYYY-MM-DD>/<the entry's key>        ->  sealed nothing
//	changes    <number of the change, 8 bytes>       ->  sealed key of the entry
//
// A subject has the format of ledger.Subject.String: subject#<pseudonym>, contact#<id>,
// audit#<name>, day#<name> or case#<whom>/<id of the request>. An entry's key is the partition key
// and the sort key of the item in DynamoDB, with a slash between them.
// No kind's prefix is a prefix of another's, and names of one kind have one length, so no key
// is a prefix of another subject's key.
//
// A ledger has a bucket of its own because bbolt writes a page again with all that is on it: among
// the entries of others, a new one would take up to four of them with it.
//
// A sealed value ends with a CRC-32C of the key and of the bytes before it; that of an entry, with
// the entry's key. bbolt has a
// checksum on its two meta pages only, so the seal detects a flipped bit, a cut value, or a
// value under a wrong key.
//
// The file's format is one number for all of this. A file with another format, or with entries
// and no format, is refused: this package would search its entries under wrong keys.
var (
	file      = []byte("file")
	entries   = []byte("entries")
	idem      = []byte("idem")
	documents = []byte("documents")
	docket    = []byte("docket")
	dueOn     = []byte("due")
	tickets   = []byte("tickets")
	changes   = []byte("changes")

	formatKey = []byte("format")
	format    = []byte("4")
)

const (
	receiptPrefix = "receipt#"
	seqDigits     = 10
	digestSize    = 32
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func ledgerName(subject ledger.Subject) []byte { return []byte(subject.String()) }

func partition(subject ledger.Subject) []byte { return []byte(subject.String() + "/") }

func sortKey(seq uint64) []byte { return fmt.Appendf(nil, receiptPrefix+"%0*d", seqDigits, seq) }

func entryKey(subject ledger.Subject, seq uint64) []byte {
	return append(partition(subject), sortKey(seq)...)
}

func idemKey(subject ledger.Subject, key [32]byte) []byte {
	return append(partition(subject), key[:]...)
}

func dueKey(e ledger.Entry) []byte { return append([]byte(e.Due+"/"), entryKey(e.Subject, e.Seq)...) }

func docketKey(e ledger.Entry) []byte {
	return append([]byte(e.Listing.Month+"/"), entryKey(e.Subject, e.Seq)...)
}

func documentKey(digest string) []byte { return []byte("document#" + digest) }

func seal(key, payload []byte) []byte {
	return appendSeal(key, append(make([]byte, 0, len(payload)+crc32.Size), payload...))
}

// appendSeal seals a payload in its own memory.
func appendSeal(key, payload []byte) []byte {
	return binary.BigEndian.AppendUint32(payload, checksum(key, payload))
}

// unseal returns the payload, which shares the memory of value.
func unseal(key, value []byte) ([]byte, error) {
	end := len(value) - crc32.Size
	if end < 0 || binary.BigEndian.Uint32(value[end:]) != checksum(key, value[:end]) {
		return nil, fmt.Errorf("%w: %q has a wrong checksum", ledger.ErrCorrupt, key)
	}
	return value[:end], nil
}

func checksum(key, value []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, value)
}

func encodeEntry(e ledger.Entry) (key, value []byte) {
	key = entryKey(e.Subject, e.Seq)
	const lengths = 1 + 1 + 2 + 2
	payload := make([]byte, 0, 2*digestSize+lengths+len(e.Due)+len(e.Listing.Month)+len(e.Listing.Text)+len(e.Sealed)+len(e.Receipt)+crc32.Size)
	payload = append(append(payload, e.Key[:]...), e.Command[:]...)
	payload = append(append(payload, byte(len(e.Due))), e.Due...)
	payload = append(append(payload, byte(len(e.Listing.Month))), e.Listing.Month...)
	payload = append(binary.BigEndian.AppendUint16(payload, uint16(len(e.Listing.Text))), e.Listing.Text...)
	payload = append(binary.BigEndian.AppendUint16(payload, uint16(len(e.Sealed))), e.Sealed...)
	return key, appendSeal(key, append(payload, e.Receipt...))
}

// decodeEntry is the inverse of encodeEntry, and the only decoder of entries: its result is
// valid, and encodes to the same bytes. The result shares no memory with key or value.
func decodeEntry(key, value []byte) (ledger.Entry, error) {
	var e ledger.Entry
	payload, err := unseal(key, value)
	if err != nil {
		return e, err
	}
	if e.Subject, e.Seq, err = decodeKey(key); err != nil {
		return ledger.Entry{}, err
	}
	short := false
	take := func(n int) (taken []byte) {
		if short = short || n > len(payload); short {
			return make([]byte, n)
		}
		taken, payload = payload[:n], payload[n:]
		return taken
	}
	copy(e.Key[:], take(digestSize))
	copy(e.Command[:], take(digestSize))
	e.Due = string(take(int(take(1)[0])))
	e.Listing.Month = string(take(int(take(1)[0])))
	e.Listing.Text = string(take(int(binary.BigEndian.Uint16(take(2)))))
	e.Sealed = string(take(int(binary.BigEndian.Uint16(take(2)))))
	e.Receipt = string(payload)
	if short {
		return ledger.Entry{}, fmt.Errorf("%w: %q is cut off", ledger.ErrCorrupt, key)
	}
	if err := e.Validate(); err != nil {
		return ledger.Entry{}, fmt.Errorf("%w: %q: %v", ledger.ErrCorrupt, key, err)
	}
	return e, nil
}

// decodeKey is the inverse of entryKey.
func decodeKey(key []byte) (subject ledger.Subject, seq uint64, err error) {
	end := bytes.LastIndexByte(key, '/')
	of, slot := key[:max(end, 0)], key[end+1:]
	subject, err = ledger.ParseSubject(string(of))
	seq, _ = strconv.ParseUint(string(bytes.TrimPrefix(slot, []byte(receiptPrefix))), 10, 64)
	if err != nil || !bytes.Equal(slot, sortKey(seq)) {
		return ledger.Subject{}, 0, fmt.Errorf("%w: %q is no entry's key", ledger.ErrCorrupt, key)
	}
	return subject, seq, nil
}

func encodeDocument(d ledger.Document) (key, value []byte) {
	key = documentKey(d.Digest)
	payload := append([]byte{byte(len(d.MediaType))}, d.MediaType...)
	return key, seal(key, append(payload, d.Body...))
}

// decodeDocument is the inverse of encodeDocument. The result shares no memory with value.
func decodeDocument(digest string, value []byte) (ledger.Document, error) {
	key := documentKey(digest)
	payload, err := unseal(key, value)
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
