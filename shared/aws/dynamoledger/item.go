package dynamoledger

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/ledger"
)

// The items, by partition key and sort key, and their attributes beside these:
//
//	subject#<pseudonym>  receipt#<10-digit seq>  v N, r B, idem B, cmd B, due S, docket S, item S, sealed B
//	contact#<id>         receipt#<10-digit seq>  the same, of somebody without an account
//	audit#<name>         receipt#<10-digit seq>  v N, r B, idem B, cmd B, see package audit
//	day#<name>           receipt#<10-digit seq>  the same
//	case#<pseudonym>/<request>  receipt#<10-digit seq>  the same, with docket S, item S; see package casefile
//	document#<digest>    document                type S, body B
//	ticket#<key>         ticket                  body B
//	roots                root#<fingerprint>      der B
//
// An entry's partition key is its subject, as ledger.Subject.String writes it: so ledgers
// of different kinds are apart, and roles can be allowed to insert some of them only.
//
// v tells how r holds the receipt, see pack.go; idem and cmd are the entry's Key
// and Command. Where the entry has them, due is <YYYY-MM-DD>#<shard 00 to 15>, docket
// <YYYY-MM>#<shard>, and item the text of the listing. The shard spreads a day or a month
// over many partitions of the index: a plain date would be one hot partition, and its
// throttling would be the whole table's.
const (
	attrPK      = "pk"
	attrSK      = "sk"
	attrVersion = "v"
	attrReceipt = "r"
	attrIdem    = "idem"
	attrCommand = "cmd"
	attrDue     = "due"
	attrMonth   = "docket"
	attrItem    = "item"
	attrSealed  = "sealed"
	attrType    = "type"
	attrBody    = "body"
	attrDER     = "der"

	receiptPrefix  = "receipt#"
	documentPrefix = "document#"
	documentSK     = "document"
	ticketPrefix   = "ticket#"
	ticketSK       = "ticket"
	rootsPK        = "roots"
	rootPrefix     = "root#"
)

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func blob(b []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: b} }

func itemKey(pk, sk string) item { return item{attrPK: text(pk), attrSK: text(sk)} }

func sortKey(seq uint64) string { return fmt.Sprintf(receiptPrefix+"%010d", seq) }

// sharded is the key of a partition of an index: a shard's part of a day or of a month.
func sharded(date string, shard int) string { return fmt.Sprintf("%s#%02d", date, shard) }

func encodeEntry(e ledger.Entry) item {
	version, r := pack(e.Receipt)
	it := itemKey(e.Subject.String(), sortKey(e.Seq))
	it[attrVersion] = &types.AttributeValueMemberN{Value: strconv.Itoa(version)}
	it[attrReceipt] = blob(r)
	it[attrIdem] = blob(e.Key[:])
	it[attrCommand] = blob(e.Command[:])
	if e.Due != "" {
		it[attrDue] = text(sharded(e.Due, e.Subject.Shard()))
	}
	if e.Listing != (ledger.Listing{}) {
		it[attrMonth], it[attrItem] = text(sharded(e.Listing.Month, e.Subject.Shard())), text(e.Listing.Text)
	}
	if e.Sealed != "" {
		it[attrSealed] = blob([]byte(e.Sealed))
	}
	return it
}

// decodeEntry is the inverse of encodeEntry, and the only way from an item to an
// entry: what it returns is valid. Every error is ledger.ErrCorrupt.
func decodeEntry(it item) (ledger.Entry, error) {
	r := reader{item: it}
	sk := r.text(attrSK)
	e := ledger.Entry{
		Subject: r.subject(),
		Key:     r.digest(attrIdem),
		Command: r.digest(attrCommand),
	}
	version, body := r.number(attrVersion), r.blob(attrReceipt)
	if _, ok := it[attrDue]; ok {
		e.Due = r.date(attrDue, e.Subject)
	}
	if _, ok := it[attrMonth]; ok {
		e.Listing = ledger.Listing{Month: r.date(attrMonth, e.Subject), Text: r.text(attrItem)}
	}
	if _, ok := it[attrSealed]; ok {
		e.Sealed = string(r.blob(attrSealed))
	}
	e.Seq = r.seq()
	if r.err == nil {
		e.Receipt, r.err = unpack(version, body)
	}
	if r.err == nil {
		r.err = e.Validate()
	}
	if err := r.corrupt(fmt.Sprintf("entry %q", sk)); err != nil {
		return ledger.Entry{}, err
	}
	return e, nil
}

// decodeItem reads an item of the docket's index. Every error is ledger.ErrCorrupt.
func decodeItem(it item) (ledger.Listed, error) {
	r := reader{item: it}
	line := ledger.Listed{Subject: r.subject(), Text: r.text(attrItem), Seq: r.seq()}
	if r.err == nil && !line.Subject.HasListings() { // roles may insert some kinds of entries only
		r.fail("%s is of a ledger without listings", attrPK)
	}
	return line, r.corrupt("an item of the docket")
}

// reader takes attributes out of an item, and keeps the first error.
type reader struct {
	item item
	err  error
}

func (r *reader) text(name string) string {
	v, ok := r.item[name].(*types.AttributeValueMemberS)
	if !ok {
		r.fail("%s is not text", name)
		return ""
	}
	return v.Value
}

// subject returns the subject in whose ledger the entry is.
func (r *reader) subject() ledger.Subject {
	subject, err := ledger.ParseSubject(r.text(attrPK))
	if err != nil {
		r.fail("%s: %v", attrPK, err)
	}
	return subject
}

// seq returns the number of the entry in its ledger.
func (r *reader) seq() uint64 {
	n, _ := strconv.ParseUint(strings.TrimPrefix(r.text(attrSK), receiptPrefix), 10, 64)
	r.expect(attrSK, sortKey(n))
	return n
}

func (r *reader) blob(name string) []byte {
	v, ok := r.item[name].(*types.AttributeValueMemberB)
	if !ok {
		r.fail("%s is not binary", name)
		return nil
	}
	return v.Value
}

func (r *reader) digest(name string) (d [32]byte) {
	if copy(d[:], r.blob(name)) != len(d) || len(r.blob(name)) != len(d) {
		r.fail("%s is not a digest", name)
	}
	return d
}

func (r *reader) number(name string) int {
	if v, ok := r.item[name].(*types.AttributeValueMemberN); ok {
		if n, err := strconv.Atoi(v.Value); err == nil {
			return n
		}
	}
	r.fail("%s is not a number", name)
	return 0
}

// date returns the day or the month of an entry, without its shard.
func (r *reader) date(name string, person ledger.Subject) string {
	date, _, _ := strings.Cut(r.text(name), "#")
	r.expect(name, sharded(date, person.Shard()))
	return date
}

// expect checks that a text is what its decoded parts encode to.
func (r *reader) expect(name, want string) {
	if r.text(name) != want {
		r.fail("%s is not in its one form", name)
	}
}

// corrupt returns ErrCorrupt of what was read, unless all of it was as it should be.
func (r *reader) corrupt(what string) error {
	if r.err == nil {
		return nil
	}
	return fmt.Errorf("%w: %s: %v", ledger.ErrCorrupt, what, r.err)
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}
