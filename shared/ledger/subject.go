package ledger

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"strings"

	"github.com/google/uuid"
)

// Kind says what a ledger holds.
type Kind string

// The kinds of ledgers.
const (
	KindPerson  Kind = "subject" // the receipts of a person
	KindContact Kind = "contact" // the receipts of somebody without an account: of their data requests only
	KindAudit   Kind = "audit"   // the records about a person or contact: who of the staff looked or acted
	KindDay     Kind = "day"     // the records of a day that are about no one person
	KindCase    Kind = "case"    // the staff's work on a data request of a person or contact
)

// Prefix is how the keys of this kind's ledgers begin in every store. None is the beginning
// of another.
func (k Kind) Prefix() string { return string(k) + "#" }

// Subject names one ledger, by its kind and by an id. The same id of another kind is
// another ledger. Only [Person], [Contact], [Audit], [Day], [Case], [ParseSubject] and
// [ParseWhom] make one. The zero value, which they return for what is no id, names no ledger,
// and every store refuses it.
type Subject struct {
	kind Kind
	id   string // 43 characters, see CheckID; of a case, see checkID
}

// Person names the ledger of a person's receipts, by their pseudonym.
func Person(pseudonym string) Subject { return subject(KindPerson, pseudonym) }

// Contact names the ledger of somebody without an account, by the id of the contact. Package
// pseudonym makes the id.
func Contact(id string) Subject { return subject(KindContact, id) }

// Audit names the audit ledger of a person or contact. Package audit makes its name.
func Audit(name string) Subject { return subject(KindAudit, name) }

// Day names the audit ledger of a day. Package audit makes its name.
func Day(name string) Subject { return subject(KindDay, name) }

// Case names the ledger of the staff's work on a data request: by whose it is, a person or a
// contact, so that whoever knows them finds it and its shard is theirs, and by the id of the
// request.
func Case(whom Subject, request string) Subject {
	return subject(KindCase, whom.Whom()+"/"+request)
}

func subject(kind Kind, id string) Subject {
	if checkID(kind, id) != nil {
		return Subject{}
	}
	return Subject{kind, id}
}

// checkID returns ErrInvalid unless an id has the form of those of a kind.
func checkID(kind Kind, id string) error {
	if kind != KindCase {
		return CheckID(id)
	}
	whom, request, _ := strings.Cut(id, "/")
	if parsed, err := uuid.Parse(request); err != nil || parsed.String() != request {
		return fmt.Errorf("%w: a case is named by a person or contact, and a data request", ErrInvalid)
	}
	_, err := ParseWhom(whom)
	return err
}

// ParseSubject is the inverse of Subject.String, and refuses all else with ErrInvalid.
func ParseSubject(s string) (Subject, error) {
	kind, id, _ := strings.Cut(s, "#")
	switch Kind(kind) {
	case KindPerson, KindContact, KindAudit, KindDay, KindCase:
		return subject(Kind(kind), id), checkID(Kind(kind), id)
	}
	return Subject{}, fmt.Errorf("%w: no kind of ledger has such a name", ErrInvalid)
}

// String is the subject with its kind's prefix, as it stands in keys: subject#<pseudonym>,
// contact#<id>, audit#<name>, day#<name> or case#<whom>/<id of the request>.
func (s Subject) String() string { return s.kind.Prefix() + s.id }

// Kind is what the ledger is of.
func (s Subject) Kind() Kind { return s.kind }

// ID is the subject without its kind.
func (s Subject) ID() string { return s.id }

// Pseudonym is the "sub" of the receipts that the ledger has: the pseudonym of the person, or
// the id of the contact. It is "" for a ledger without receipts.
func (s Subject) Pseudonym() string {
	if s.kind != KindPerson && s.kind != KindContact {
		return ""
	}
	return s.id
}

// ContactMark begins the name of a contact, and no pseudonym. It needs no escape in a URL
// (RFC 3986, 2.3).
const ContactMark = "~"

// Whom is how the API and the desk name whom a ledger's receipts are about, in paths and
// elsewhere: a person by the pseudonym, a contact as ~<id>. It is "" for a ledger without
// receipts.
func (s Subject) Whom() string {
	if s.kind == KindContact {
		return ContactMark + s.id
	}
	return s.Pseudonym()
}

// ParseWhom is the inverse of Subject.Whom, and refuses all else with ErrInvalid.
func ParseWhom(s string) (Subject, error) {
	id, contact := strings.CutPrefix(s, ContactMark)
	if contact {
		return subject(KindContact, id), CheckID(id)
	}
	return subject(KindPerson, id), CheckID(id)
}

// Asked is, of a case, whose receipts say of the request, and the id of the request.
func (s Subject) Asked() (whom Subject, request string) {
	if s.kind != KindCase {
		return Subject{}, ""
	}
	name, request, _ := strings.Cut(s.id, "/")
	whom, _ = ParseWhom(name) // checkID has
	return whom, request
}

// HasListings reports whether entries of the subject's ledger may be in the docket.
func (s Subject) HasListings() bool { return s.Pseudonym() != "" || s.kind == KindCase }

// Compare orders subjects by their kinds, and then by their ids.
func (s Subject) Compare(other Subject) int {
	return cmp.Or(cmp.Compare(s.kind, other.kind), cmp.Compare(s.id, other.id))
}

// Shards is the number of parts into which people are divided: work over all people is done
// part by part, and an index over all of them has a partition for each part. A partition of
// DynamoDB takes 1,000 write units a second, so 5,000 consents a second that end on the same
// day need five of them; this is three times as many. More would cost: the desk asks for each
// shard of each month. The number never changes, since stored keys name the shard.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
const Shards = 16

// Shard is the shard of a person, 0 to Shards-1. It follows from the pseudonym. A case is in
// the shard of whom it is about.
func (s Subject) Shard() int {
	if whom, _ := s.Asked(); whom != (Subject{}) {
		return whom.Shard()
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.id)) // never fails
	return int(h.Sum32() % Shards)
}

// CheckShard returns ErrInvalid unless there is a shard with this number.
func CheckShard(n int) error {
	if n < 0 || n >= Shards {
		return fmt.Errorf("%w: shard %d is not in 0 to %d", ErrInvalid, n, Shards-1)
	}
	return nil
}

// Validate returns ErrInvalid for the zero value.
func (s Subject) Validate() error {
	if s == (Subject{}) {
		return fmt.Errorf("%w: the subject is missing", ErrInvalid)
	}
	return nil
}

// idLength is the length of every id, in characters.
const idLength = 43

// CheckID returns ErrInvalid unless the id, such as a pseudonym, is 43 characters of the
// base64url alphabet, as many as 32 bytes take. It does not decode them.
func CheckID(id string) error {
	if len(id) != idLength {
		return fmt.Errorf("%w: a pseudonym has %d characters, not %d", ErrInvalid, idLength, len(id))
	}
	for _, c := range []byte(id) {
		switch {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return fmt.Errorf("%w: a pseudonym is base64url", ErrInvalid)
		}
	}
	return nil
}
