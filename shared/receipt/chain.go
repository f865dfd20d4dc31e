package receipt

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"

	"consent-receipts/shared/statement"
)

// Chain judges whether receipts follow one another. Receipts may be added in any order. A
// Chain keeps 48 bytes of each receipt, and judges them when all have been added.
type Chain struct {
	// Whole states that these are all the receipts of a ledger. Without it, a single receipt
	// of a person does not show which receipts are missing before it.
	Whole bool

	index  map[person]uint32 // index in people
	people []person
	blocks [][]head // full blocks, and the last one
	key    []byte   // key of the marks
}

// blockSize is the number of heads in a block. Blocks grow without copying: copying all heads
// into a larger slice would need twice the memory.
const blockSize = 1024

type person struct{ issuer, subject string }

// head holds the members of a receipt that determine its place in the chain.
type head struct {
	seq          uint64
	iat          int64
	order        [4]byte // order by digest: the same in every run
	digest, prev mark
	person       uint32
	added        uint32 // number of receipts added before it
	begins       bool   // the ledger was cut before this receipt
	withheld     bool
}

// beginnings are the events that cut a ledger: the entries before them were deleted.
var beginnings = []statement.EventType{statement.EventErasure, statement.EventRetention}

// mark is a short keyed hash (HMAC-SHA-256, cut to 8 bytes) of a digest. The key is drawn for
// one chain, so nobody can prepare two digests with the same mark: finding a pair by chance
// takes 2^64 runs.
type mark [8]byte

func (c *Chain) mark(digest string) (m mark) {
	h := hmac.New(sha256.New, c.key)
	_, _ = io.WriteString(h, digest) // a hash does not fail
	copy(m[:], h.Sum(nil))
	return m
}

// Course is the result of Judge: how the receipts follow one another.
type Course struct {
	Contradicting []Contradicting // by person and number
	Apart         []int           // indexes of the receipts beside gaps, counted as in Contradicting.Added

	// Gaps describes what is missing. A chain starts at 1, or at an erasure or retention
	// receipt. The first maxDescribed gaps are described, and the others are counted.
	Gaps     []string
	MoreGaps int

	// Withheld are the numbers of the receipts of which no complete copy was added: the first
	// of them, and the count of the others.
	Withheld     []uint64
	MoreWithheld int
}

// Contradicting is a receipt that contradicts another one.
type Contradicting struct {
	Added int // number of receipts added before it
	Err   error
}

// Follow reports whether nothing contradicts and nothing is missing.
func (c *Course) Follow() bool { return len(c.Contradicting) == 0 && len(c.Gaps) == 0 }

// maxDescribed bounds how many gaps, and how many incomplete receipts, are described.
const maxDescribed = 20

// Add adds a receipt that passed verification.
func (c *Chain) Add(r *Receipt) {
	p := person{r.Issuer, r.Subject}
	i, known := c.index[p]
	if !known {
		if c.index == nil {
			c.index, c.key = map[person]uint32{}, make([]byte, sha256.Size)
			_, _ = rand.Read(c.key) // it does not fail
		}
		i = uint32(len(c.people))
		c.index[p], c.people = i, append(c.people, p)
	}
	last := len(c.blocks) - 1
	if last < 0 || len(c.blocks[last]) == blockSize {
		c.blocks = append(c.blocks, make([]head, 0, min(blockSize, 16+blockSize*len(c.blocks))))
		last++
	}
	plain := sha256.Sum256([]byte(r.Digest))
	c.blocks[last] = append(c.blocks[last], head{
		seq: r.Seq, iat: r.IssuedAt, order: [4]byte(plain[:4]), digest: c.mark(r.Digest), prev: c.mark(r.Prev),
		person: i, added: uint32(last*blockSize + len(c.blocks[last])), begins: slices.Contains(beginnings, r.Event.Type), withheld: !r.Complete(),
	})
}

// Judge reports how the added receipts follow one another, person by person. Two different
// receipts with one number are always a fork.
func (c *Chain) Judge() *Course {
	heads := slices.Concat(c.blocks...)
	slices.SortFunc(heads, func(a, b head) int {
		p, q := c.people[a.person], c.people[b.person]
		return cmp.Or(cmp.Compare(p.issuer, q.issuer), cmp.Compare(p.subject, q.subject),
			cmp.Compare(a.seq, b.seq), slices.Compare(a.order[:], b.order[:]), slices.Compare(a.digest[:], b.digest[:]), cmp.Compare(a.added, b.added))
	})
	course := &Course{}
	for rest := heads; len(rest) > 0; {
		n := countWhile(rest, func(h *head) bool { return h.person == rest[0].person })
		course.person(rest[:n], c.Whole)
		rest = rest[n:]
	}
	return course
}

// countWhile counts the heads at the beginning that satisfy the condition.
func countWhile(heads []head, such func(*head) bool) int {
	for i := range heads {
		if !such(&heads[i]) {
			return i
		}
	}
	return len(heads)
}

// person judges the receipts of one person. The heads are sorted by number.
func (c *Course) person(heads []head, whole bool) {
	var before []head // heads with the number before: one receipt, its copies, or a fork
	alone := heads[0].digest == heads[len(heads)-1].digest
	for rest := heads; len(rest) > 0; {
		n := countWhile(rest, func(h *head) bool { return h.seq == rest[0].seq })
		same := rest[:n]
		rest = rest[n:]
		if same[0].digest != same[n-1].digest {
			c.refuse(same, "two different receipts have the number %d: the ledger was forked", same[0].seq)
		} else {
			c.follows(before, same)
		}
		if whole || !alone {
			c.gap(before, same)
		}
		c.inPart(same)
		before = same
	}
}

// follows compares a receipt and its copies with the heads of the number before.
func (c *Course) follows(before, same []head) {
	if len(before) == 0 || before[0].seq+1 != same[0].seq {
		return
	}
	i := slices.IndexFunc(before, func(h head) bool { return h.digest == same[0].prev })
	switch {
	case i < 0:
		c.refuse(same, "receipt %d does not follow receipt %d that is here: prev is another digest", same[0].seq, before[0].seq)
	case same[0].iat < before[i].iat:
		c.refuse(same, "receipt %d was issued before receipt %d", same[0].seq, before[0].seq)
	}
}

func (c *Course) refuse(same []head, format string, args ...any) {
	err := refuse(CodeChain, format, args...)
	for _, h := range same {
		c.Contradicting = append(c.Contradicting, Contradicting{int(h.added), err})
	}
}

func (c *Course) gap(before, same []head) {
	var text string
	switch {
	case len(before) > 0 && before[0].seq+1 < same[0].seq:
		text = fmt.Sprintf("between receipts %d and %d", before[0].seq, same[0].seq)
	case len(before) == 0 && same[0].seq > 1 && !same[0].begins:
		text = fmt.Sprintf("before receipt %d", same[0].seq)
	default:
		return
	}
	for _, h := range slices.Concat(before, same) {
		c.Apart = append(c.Apart, int(h.added))
	}
	if len(c.Gaps) == maxDescribed {
		c.MoreGaps++
		return
	}
	c.Gaps = append(c.Gaps, text)
}

// inPart notes the number of a receipt of which there is no complete copy.
func (c *Course) inPart(same []head) {
	for rest := same; len(rest) > 0; {
		n := countWhile(rest, func(h *head) bool { return h.digest == rest[0].digest })
		if countWhile(rest[:n], func(h *head) bool { return h.withheld }) == n {
			if len(c.Withheld) == maxDescribed {
				c.MoreWithheld++
			} else {
				c.Withheld = append(c.Withheld, rest[0].seq)
			}
		}
		rest = rest[n:]
	}
}
