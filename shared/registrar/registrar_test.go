package registrar_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
	"consent-receipts/shared/ledger/faulty"
	"consent-receipts/shared/receipt"
	"consent-receipts/shared/registrar"
	"consent-receipts/shared/statement"
)

// TestStory is the story that every example tells.
func TestStory(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	first, err := d.optIn(t, alice, yesAlerts, noOffers)
	must(t, err)
	if first.Seq != 1 || first.Claims.Event.Type != "opt-in" || first.Claims.Prev != "" {
		t.Fatalf("first receipt: %+v", first.Claims)
	}
	t.Logf("opt-in receipt: %d bytes with all disclosures, %d without", len(first.Receipt), strings.IndexByte(first.Receipt, '~')+1)
	standing, err := d.Standing(ctx, ledger.Person(alice))
	must(t, err)
	consentID := standing.Line("account-alerts", "parley").ConsentID

	d.clock.Add(time.Hour)
	keep := []string{"balances"}
	second, err := d.Do(ctx, ledger.Person(alice), "k2", consent.OptOut{Narrow: []consent.Narrowing{{ConsentID: consentID, Data: &keep}}}, asPerson)
	must(t, err)
	if second.Claims.Prev != first.Digest || second.Claims.Event.Type != "amendment" || len(second.Claims.Records) != 1 {
		t.Fatalf("second receipt: %+v", second.Claims)
	}
	third, err := d.Do(ctx, ledger.Person(alice), "k3", consent.OptOut{Consents: []string{consentID}}, asPerson)
	must(t, err)
	if third.Claims.Event.Type != "opt-out" || len(third.Claims.Records) != 1 {
		t.Fatalf("third receipt: %+v", third.Claims)
	}
	fourth, err := d.Do(ctx, ledger.Person(alice), "k4", consent.RequestData{Type: "erasure"}, asPerson)
	must(t, err)
	var request statement.RequestStatement
	must(t, json.Unmarshal(fourth.Claims.Request[0].Value, &request))
	if request.State != "received" || request.Due == "" {
		t.Fatalf("request: %+v", request)
	}
	fifth, err := d.Do(ctx, ledger.Person(alice), "k5", consent.Erase{}, asPerson)
	must(t, err)
	standing, err = d.Standing(ctx, ledger.Person(alice))
	must(t, err)
	if fifth.Seq != 5 || len(standing.Lines) != 0 || standing.Fence == nil {
		t.Fatalf("after erasure: %+v", standing)
	}

	chain := receipt.Chain{Whole: true}
	recs, err := d.Receipts(ctx, ledger.Person(alice), 1, 10)
	must(t, err)
	for _, rec := range recs {
		chain.Add(rec)
	}
	if course := chain.Judge(); len(recs) != 5 || !course.Follow() {
		t.Fatalf("%d receipts, the chain: %+v", len(recs), course)
	}
}

// TestLatest pages through receipts from the newest down, also where an erasure took
// the oldest away and where the number to begin with is above the newest.
func TestLatest(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	if recs, err := d.Latest(ctx, ledger.Person(alice), 10, 3); err != nil || len(recs) != 0 {
		t.Fatalf("of nobody: %d receipts, %v", len(recs), err)
	}
	for i := range 7 {
		_, err := d.Do(ctx, ledger.Person(alice), fmt.Sprint(i), consent.OptOut{All: true}, asPerson)
		must(t, err)
	}
	for _, c := range []struct {
		to    uint64
		limit int
		want  string
	}{
		{ledger.MaxSeq, 3, "[7 6 5]"}, {7, 3, "[7 6 5]"}, {4, 3, "[4 3 2]"}, {1, 3, "[1]"}, {3, 3, "[3 2 1]"}, {7, 7, "[7 6 5 4 3 2 1]"}, {7, 50, "[7 6 5 4 3 2 1]"},
	} {
		recs, err := d.Latest(ctx, ledger.Person(alice), c.to, c.limit)
		must(t, err)
		var seqs []uint64
		for _, rec := range recs {
			seqs = append(seqs, rec.Seq)
		}
		if got := fmt.Sprint(seqs); got != c.want {
			t.Errorf("from %d, %d of them: %s, want %s", c.to, c.limit, got, c.want)
		}
	}
	erased := deskOn(t, d.bolt, shortened{d.bolt, 5})
	erased.Verifier = d.Verifier
	if recs, err := erased.Latest(ctx, ledger.Person(alice), 6, 4); err != nil || len(recs) != 2 || recs[0].Seq != 6 || recs[1].Seq != 5 {
		t.Errorf("after an erasure up to 4: %d receipts, %v", len(recs), err)
	}
}

// shortened is a ledger whose oldest entries are gone.
type shortened struct {
	ledger.Store
	first uint64
}

func (s shortened) List(ctx context.Context, subject ledger.Subject, from uint64, limit int) ([]ledger.Entry, error) {
	return s.Store.List(ctx, subject, max(from, s.first), limit)
}

// TestIdempotency: the same key returns the same receipt, and another command
// under it is refused.
func TestIdempotency(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	cmd := consent.OptOut{All: true}
	first, err := d.Do(ctx, ledger.Person(alice), "key", cmd, asPerson)
	must(t, err)
	for i := range 3 {
		_, err := d.Do(ctx, ledger.Person(alice), fmt.Sprint("other", i), cmd, asPerson)
		must(t, err)
		d.clock.Add(time.Hour)
		again, err := d.Do(ctx, ledger.Person(alice), "key", cmd, asPerson)
		must(t, err)
		if !again.Replayed || again.Receipt != first.Receipt {
			t.Fatalf("round %d: another receipt", i)
		}
	}
	if _, err := d.Do(ctx, ledger.Person(alice), "key", consent.OptOut{Purposes: []string{"card-offers"}}, asPerson); !errors.Is(err, registrar.ErrMismatch) {
		t.Fatalf("another body: %v", err)
	}
	other, err := d.Do(ctx, ledger.Person(bob), "key", cmd, asPerson)
	must(t, err)
	if other.Replayed || other.Seq != 1 {
		t.Fatal("a key of one person's reached another's ledger")
	}
}

// TestOffers: an offer is for one person, once, and for half an hour. What was answered in time
// brings the same receipt later, when the answer is sent again.
func TestOffers(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	token, offer, _, err := d.Offer(ctx, ledger.Person(alice), nil, "es", false)
	must(t, err)
	if offer.Language != "es" || len(offer.Items) != 3 {
		t.Fatalf("offer: %+v", offer)
	}
	if _, err := d.ParseOffer(ledger.Person(bob), token); !errors.Is(err, registrar.ErrOfferInvalid) {
		t.Errorf("another person's: %v", err)
	}
	other := byte('A') // in the middle of the signature, and another letter than is there
	if token[len(token)-10] == other {
		other = 'B'
	}
	changed := token[:len(token)-10] + string(other) + token[len(token)-9:]
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
	must(t, err)
	signed := func(old, other string) string { // signed by us all the same
		out, err := d.Signer.Sign(ctx, registrar.OfferType, []byte(strings.Replace(string(payload), old, other, 1)), d.clock.Now())
		must(t, err)
		return out
	}
	if _, err := d.ParseOffer(ledger.Person(alice), signed("", "")); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"", changed, token + "~", strings.Replace(token, ".", "..", 1), signed(`"aud":"https://`, `"aud":"https://other.`), signed(`"items":[`, `"items":[],"extra":[`)} {
		if _, err := d.ParseOffer(ledger.Person(alice), bad); !errors.Is(err, registrar.ErrOfferInvalid) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	send := func(choices ...consent.Choice) (*registrar.Result, error) {
		offer, err := d.ParseOffer(ledger.Person(alice), token)
		must(t, err)
		return d.Do(ctx, ledger.Person(alice), offer.ID, consent.OptIn{Offer: offer, Choices: choices}, asPerson)
	}
	d.clock.Add(consent.OfferValidity - time.Second)
	first, err := send(yesAlerts)
	must(t, err)
	d.clock.Add(time.Second)
	if again, err := send(yesAlerts); err != nil || !again.Replayed || again.Receipt != first.Receipt {
		t.Errorf("the same answer after half an hour: %+v, %v", again, err)
	}
	if _, err := send(noOffers); !errors.Is(err, registrar.ErrMismatch) {
		t.Errorf("another answer after half an hour: %v", err)
	}
	if token, offer, _, err = d.Offer(ctx, ledger.Person(alice), nil, "es", false); err != nil {
		t.Fatal(err)
	}
	d.clock.Add(consent.OfferValidity)
	if _, err := send(yesAlerts); !errors.Is(err, consent.ErrExpired) {
		t.Errorf("a first answer after half an hour: %v", err)
	}
}

// TestForgedEntries: no decision is based on a forged entry in the table.
func TestForgedEntries(t *testing.T) {
	ctx := context.Background()
	stranger := newDesk(t)
	forged, err := stranger.optIn(t, alice, yesAlerts)
	must(t, err)
	key := [32]byte{1}

	own := newDesk(t)
	genuine, err := own.optIn(t, alice, yesAlerts)
	must(t, err)
	bobs, err := own.optIn(t, bob, yesAlerts)
	must(t, err)
	bare := bobs.Receipt[:strings.IndexByte(bobs.Receipt, '~')+1]
	for name, entry := range map[string]ledger.Entry{
		"signed under another root": {Subject: ledger.Person(alice), Seq: 1, Receipt: forged.Receipt, Key: key, Command: key},
		"another person's":          {Subject: ledger.Person(bob), Seq: 1, Receipt: genuine.Receipt, Key: key, Command: key},
		"in another slot":           {Subject: ledger.Person(alice), Seq: 2, Receipt: genuine.Receipt, Key: key, Command: key},
		"without disclosures":       {Subject: ledger.Person(bob), Seq: 1, Receipt: bare, Key: key, Command: key},
		"not a receipt":             {Subject: ledger.Person(bob), Seq: 1, Receipt: "x", Key: key, Command: key},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.Verifier, d.Issuer, d.Signer = own.Verifier, own.Issuer, own.Signer
			if entry.Seq > 1 {
				must(t, d.bolt.Append(ctx, ledger.Entry{Subject: ledger.Person(alice), Seq: 1, Receipt: genuine.Receipt, Key: [32]byte{9}, Command: key}))
			}
			must(t, d.bolt.Append(ctx, entry))
			if _, err := d.Do(ctx, ledger.Person(entry.Subject.ID()), "k", consent.OptOut{All: true}, asPerson); !errors.Is(err, registrar.ErrCorrupt) {
				t.Errorf("Do: %v", err)
			}
			if _, err := d.Standing(ctx, ledger.Person(entry.Subject.ID())); !errors.Is(err, registrar.ErrCorrupt) {
				t.Errorf("Standing: %v", err)
			}
		})
	}
}

// TestOtherLedger: the registrar builds on no entry of another ledger than the one that it
// asked for.
func TestOtherLedger(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	_, err := d.optIn(t, alice, yesAlerts)
	must(t, err)
	d.Store = misdirected{d.bolt}
	if _, err := d.Standing(ctx, ledger.Person(alice)); !errors.Is(err, registrar.ErrCorrupt) {
		t.Errorf("Standing: %v", err)
	}
	if _, err := d.Do(ctx, ledger.Person(alice), "k", consent.OptOut{All: true}, asPerson); !errors.Is(err, registrar.ErrCorrupt) {
		t.Errorf("Do: %v", err)
	}
}

// misdirected is a store that claims that a person's entries belong to an audit ledger.
type misdirected struct{ ledger.Store }

func (s misdirected) Newest(ctx context.Context, subject ledger.Subject) (ledger.Entry, error) {
	e, err := s.Store.Newest(ctx, subject)
	e.Subject = ledger.Audit(subject.ID())
	return e, err
}

// TestCapsLeaveRoom: an opt-out of everything fits after every permitted opt-in.
func TestCapsLeaveRoom(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	for i := range consent.MaxRequests {
		_, err := d.Do(ctx, ledger.Person(alice), fmt.Sprint(i), consent.RequestData{Type: "access", Details: strings.Repeat("é", consent.MaxText)}, asPerson)
		must(t, err)
	}
	if _, err := d.Do(ctx, ledger.Person(alice), "more", consent.RequestData{Type: "access"}, asPerson); !errors.Is(err, consent.ErrCap) {
		t.Fatalf("request 21: %v", err)
	}
	var many []statement.Resource
	for i := range 64 {
		many = append(many, statement.Resource{ID: fmt.Sprintf("%060d", i), Label: "•••• 1234"})
	}
	choice := yesAlerts
	choice.Resources = many
	_, err := d.optIn(t, alice, choice)
	must(t, err)
	offers := yesOffers
	offers.Resources = many
	services := consent.Choice{Purpose: "service-improvement", Answer: "yes", Resources: many}
	for _, c := range []consent.Choice{offers, services} { // until no more fits
		if _, err = d.optIn(t, alice, c); err != nil && !errors.Is(err, consent.ErrCap) {
			t.Fatal(err)
		}
	}
	result, err := d.Do(ctx, ledger.Person(alice), "off", consent.OptOut{All: true, Reason: consent.Reason(strings.Repeat("ñ", consent.MaxText))}, asPerson)
	must(t, err)
	t.Logf("opt-out of everything: %d bytes", len(result.Receipt))
}

// TestOtherIssuer: the registrar builds on no receipt of another issuer under our root, and
// on none that no root of ours vouches for.
func TestOtherIssuer(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	_, err := d.optIn(t, alice, yesAlerts)
	must(t, err)
	without := receipt.NewVerifier()
	own := d.Verifier
	d.Verifier = without
	if _, err := d.Standing(ctx, ledger.Person(alice)); !errors.Is(err, registrar.ErrCorrupt) {
		t.Errorf("no root: %v", err)
	}
	d.Verifier = own
	cat, _ := d.Catalogue.Current()
	cat.Issuer = "https://consent.other-bank.example"
	if _, err := d.Standing(ctx, ledger.Person(alice)); !errors.Is(err, registrar.ErrCorrupt) {
		t.Errorf("another issuer: %v", err)
	}
}

// TestClockRunsBack: iat never runs back.
func TestClockRunsBack(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	first, err := d.optIn(t, alice, yesAlerts)
	must(t, err)
	d.clock.Add(-time.Minute)
	second, err := d.Do(ctx, ledger.Person(alice), "k", consent.OptOut{All: true}, asPerson)
	must(t, err)
	if second.Claims.IssuedAt != first.Claims.IssuedAt {
		t.Errorf("iat %d after %d", second.Claims.IssuedAt, first.Claims.IssuedAt)
	}
}

// TestBusy: a store that never answers is told as busy, after a bounded number
// of tries, and nothing is lost when it answers again.
func TestBusy(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	calls := 0
	d.Store = faulty.New(d.bolt, func(faulty.Op) faulty.Fault { calls++; return faulty.Throttled }, 0)
	if _, err := d.Do(ctx, ledger.Person(alice), "k", consent.OptOut{All: true}, asPerson); !errors.Is(err, ledger.ErrBusy) {
		t.Fatalf("never answers: %v", err)
	}
	if calls > 20 {
		t.Errorf("%d tries", calls)
	}
	// the write happens and every answer is lost: the retry finds out
	d.Store = faulty.New(d.bolt, faulty.InTurn(faulty.Append, faulty.LostAnswer), 0)
	result, err := d.Do(ctx, ledger.Person(alice), "k", consent.OptOut{All: true}, asPerson)
	must(t, err)
	if !result.Replayed || result.Seq != 1 {
		t.Errorf("after a lost answer: %+v", result)
	}
	wholeChain(t, d, alice, 1)
}

// TestExpiredLeaf: a key whose certificate cannot be renewed stops signing, and
// says so in a way that can be tried again.
func TestExpiredLeaf(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	_, err := d.optIn(t, alice, yesAlerts)
	must(t, err)
	down := errors.New("certify is down")
	certify := d.auth.Certify
	fails := false
	signer := receipt.NewSigner(func(ctx context.Context, csr []byte) ([]byte, error) {
		if fails {
			return nil, down
		}
		return certify(ctx, csr)
	}, d.root)
	d.Issuer = receipt.NewIssuer(signer, rand.Reader)
	_, err = d.Do(ctx, ledger.Person(alice), "k1", consent.OptOut{All: true}, asPerson)
	must(t, err)
	fails = true
	_, err = d.Do(ctx, ledger.Person(alice), "k2", consent.OptOut{All: true}, asPerson)
	must(t, err) // the leaf is fresh still
	d.clock.Add(receipt.LeafLifetime)
	if _, err := d.Do(ctx, ledger.Person(alice), "k3", consent.OptOut{All: true}, asPerson); !errors.Is(err, ledger.ErrBusy) || !errors.Is(err, down) {
		t.Fatalf("with an old leaf: %v", err)
	}
	fails = false
	result, err := d.Do(ctx, ledger.Person(alice), "k3", consent.OptOut{All: true}, asPerson)
	must(t, err)
	if result.Seq != 4 {
		t.Errorf("receipt %d", result.Seq)
	}
}

// TestKeyIsOfACase: the same key in another case, or from the person, means another command.
func TestKeyIsOfACase(t *testing.T) {
	ctx, d := context.Background(), newDesk(t)
	forCase := func(name string) consent.Context {
		c := asStaff
		c.Actor.Authority = statement.Facts{Case: name}.Authority()
		return c
	}
	out := consent.OptOut{Purposes: []string{"card-offers"}}
	first, err := d.Do(ctx, ledger.Person(alice), "key", out, forCase("C-1"))
	must(t, err)
	another := forCase("C-1")
	another.Actor.ID = "staff-8" // a colleague, who sends the same again
	if again, err := d.Do(ctx, ledger.Person(alice), "key", out, another); err != nil || !again.Replayed || again.Digest != first.Digest {
		t.Errorf("the same for the same case: %+v, %v", again, err)
	}
	for name, c := range map[string]consent.Context{"another case": forCase("C-2"), "the person": asPerson} {
		if _, err := d.Do(ctx, ledger.Person(alice), "key", out, c); !errors.Is(err, registrar.ErrMismatch) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err = d.Do(ctx, ledger.Person(alice), "mine", out, asPerson)
	must(t, err)
	if _, err := d.Do(ctx, ledger.Person(alice), "mine", out, forCase("C-1")); !errors.Is(err, registrar.ErrMismatch) {
		t.Errorf("the person's key, by the staff: %v", err)
	}
}
