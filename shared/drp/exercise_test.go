package drp_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/drp"
)

func TestExercise(t *testing.T) {
	for name, sign := range signers() {
		t.Run(name, func(t *testing.T) {
			got, err := receiver(t).Exercise(sign(t, agent, text(t, nil))[0], agent, now)
			must(t, err)
			if got.Key != "id/case-7" || len(got.Digest) != 64 {
				t.Errorf("key %q, digest %q", got.Key, got.Digest)
			}
			got.Key, got.Digest = "", ""
			want := drp.Exercise{
				AgentID: agent, AgentRequestID: "case-7", Action: drp.Deletion, Regime: "ccpa",
				Relationships: []string{"customer", "marketing"}, StatusCallback: "https://agent.example/update_status",
				Person: drp.Person{
					Name: "Doe, Jane", Email: "jane@mail.example", EmailVerified: true, Phone: "+15555550100",
					Address:         drp.Address{Street: "1 Example Street\nFlat 2", Locality: "Exampleville", Region: "CA", PostalCode: "90000"},
					AddressVerified: true, PowerOfAttorney: "https://agent.example/poa/7",
				},
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestTampered: whatever claim is changed after signing, or taken away, or added,
// the signature no longer holds.
func TestTampered(t *testing.T) {
	for name, sign := range signers() {
		t.Run(name, func(t *testing.T) {
			message := text(t, nil)
			genuine, err := base64.StdEncoding.DecodeString(string(sign(t, agent, message)[0]))
			must(t, err)
			signature := genuine[:64]
			for claim := range sample() {
				for how, v := range map[string]any{"changed": "other", "taken away": absent{}, "empty": nil} {
					_, err := receiver(t).Exercise(combined(slices.Clone(signature), text(t, map[string]any{claim: v})), agent, now)
					refused(t, claim+" "+how, err, drp.ErrSignature, 403, true)
				}
			}
			for i := range genuine { // and every single byte
				forged := slices.Clone(genuine)
				forged[i] ^= 1
				_, err := receiver(t).Exercise([]byte(base64.StdEncoding.EncodeToString(forged)), agent, now)
				refused(t, "byte "+strconv.Itoa(i), err, drp.ErrSignature, 403, true)
			}
		})
	}
}

// TestClaims: the signature is genuine, and the claims do not hold.
func TestClaims(t *testing.T) {
	long := strings.Repeat("a", 3000)
	for name, sign := range signers() {
		t.Run(name, func(t *testing.T) {
			cases := []struct {
				claim  string
				value  any
				want   error
				status int
				fatal  bool
			}{
				{"agent-id", other, drp.ErrAgent, 403, true},
				{"agent-id", absent{}, drp.ErrAgent, 403, true},
				{"agent-id", 7, drp.ErrAgent, 403, true},
				{"business-id", "ANOTHER_BANK", drp.ErrBusiness, 403, true},
				{"business-id", absent{}, drp.ErrBusiness, 403, true},
				{"issued-at", "2026-11-23T14:00:00Z", drp.ErrNotYet, 403, false}, // now is not after it
				{"issued-at", "2026-11-23T14:00:01Z", drp.ErrNotYet, 403, false},
				{"issued-at", absent{}, drp.ErrClaim, 400, true},
				{"issued-at", "2026-11-23T13:59:00", drp.ErrClaim, 400, true}, // no zone: no moment
				{"issued-at", "yesterday", drp.ErrClaim, 400, true},
				{"issued-at", "2026-11-23T13:50:00Z", drp.ErrValidity, 403, true},
				{"expires-at", "2026-11-23T14:00:00Z", drp.ErrExpired, 403, true}, // now is not before it
				{"expires-at", "2026-11-23T13:59:59Z", drp.ErrExpired, 403, true},
				{"expires-at", "2026-11-23T14:14:01Z", drp.ErrValidity, 403, true},
				{"expires-at", absent{}, drp.ErrClaim, 400, true},
				{"expires-at", 1795443600, drp.ErrClaim, 400, true},
				{"drp.version", "0.9.4", drp.ErrVersion, 400, true},
				{"drp.version", absent{}, drp.ErrVersion, 400, true},
				{"drp.version", 1.0, drp.ErrVersion, 400, true},
				{"exercise", "sale:opt-in", drp.ErrAction, 400, true},
				{"exercise", "rectification", drp.ErrAction, 400, true},
				{"exercise", absent{}, drp.ErrAction, 400, true},
				{"exercise", []string{"access", "deletion"}, drp.ErrClaim, 400, true},
				{"regime", "gdpr", drp.ErrRegime, 400, true},
				{"regime", 7, drp.ErrClaim, 400, true},
				{"agent-request-id", long, drp.ErrClaim, 400, true},
				{"agent-request-id", 7, drp.ErrClaim, 400, true},
				{"relationships", "customer", drp.ErrClaim, 400, true},
				{"relationships", make([]string, 17), drp.ErrClaim, 400, true},
				{"relationships", []string{long}, drp.ErrClaim, 400, true},
				{"relationships", []string{"customer\x1b[2J"}, drp.ErrClaim, 400, true},
				{"agent-request-id", "a\u202eb", drp.ErrClaim, 400, true},
				{"status_callback", "http://agent.example/", drp.ErrClaim, 400, true},
				{"status_callback", "https://169.254.169.254/latest", drp.ErrClaim, 400, true},
				{"status_callback", 7, drp.ErrClaim, 400, true},
				{"name", long, drp.ErrClaim, 400, true},
				{"name", 7, drp.ErrClaim, 400, true},
				{"email", "no address", drp.ErrClaim, 400, true},
				{"email", long + "@mail.example", drp.ErrClaim, 400, true},
				{"email_verified", "true", drp.ErrClaim, 400, true},
				{"phone_number", "555 0100", drp.ErrClaim, 400, true},
				{"phone_number_verified", 1, drp.ErrClaim, 400, true},
				{"address", "1 Example Street", drp.ErrClaim, 400, true},
				{"address", map[string]any{"locality": long}, drp.ErrClaim, 400, true},
				{"address_verified", "no", drp.ErrClaim, 400, true},
				{"power_of_attorney", long, drp.ErrClaim, 400, true},
			}
			tested := map[string]bool{}
			var messages []string
			for _, c := range cases {
				messages = append(messages, text(t, map[string]any{c.claim: c.value}))
				tested[c.claim] = true
			}
			for i, body := range sign(t, agent, messages...) {
				c := cases[i]
				_, err := receiver(t).Exercise(body, agent, now)
				refused(t, c.claim, err, c.want, c.status, c.fatal)
				var r *drp.Refusal
				if errors.As(err, &r) && r.Claim != c.claim && !errors.Is(err, drp.ErrValidity) {
					t.Errorf("%s: refused for %s", c.claim, r.Claim)
				}
			}
			for claim := range maps.Keys(sample()) {
				if !tested[claim] {
					t.Errorf("no case changes %s", claim)
				}
			}
		})
	}
}

func refused(t *testing.T, name string, err, want error, status int, fatal bool) {
	t.Helper()
	var r *drp.Refusal
	if !errors.Is(err, want) || !errors.As(err, &r) || r.Status != status || r.Fatal != fatal {
		t.Errorf("%s: %v, want %d: %v", name, err, status, want)
		return
	}
	var body struct {
		Code    string
		Message string
		Fatal   bool
	}
	must(t, json.Unmarshal(r.Body(), &body))
	if body.Code != strconv.Itoa(status) || body.Message == "" || body.Fatal != fatal || strings.Contains(body.Message, "jane") {
		t.Errorf("%s: body %s", name, r.Body())
	}
}

// TestOrder: of several faults, the refusal names the first one of section 3.07.
func TestOrder(t *testing.T) {
	all := map[string]any{
		"agent-id": other, "business-id": "ANOTHER_BANK", "issued-at": "2026-11-23T15:00:00Z", "expires-at": "2026-11-23T13:00:00Z",
		"drp.version": "2.0",
	}
	if _, err := receiver(t).Exercise([]byte("not base64!"), agent, now); !errors.Is(err, drp.ErrEncoding) {
		t.Error(err)
	}
	if _, err := receiver(t).Exercise(signGo(t, other, text(t, all))[0], agent, now); !errors.Is(err, drp.ErrSignature) {
		t.Error(err)
	}
	for _, step := range []struct {
		mended string
		value  any
		want   error
	}{
		{"", nil, drp.ErrAgent},
		{"agent-id", agent, drp.ErrBusiness},
		{"business-id", ours, drp.ErrNotYet},
		{"issued-at", "2026-11-23T13:59:00Z", drp.ErrExpired},
		{"expires-at", "2026-11-23T14:09:00Z", drp.ErrVersion},
		{"drp.version", "1.0", nil},
	} {
		if step.mended != "" {
			all[step.mended] = step.value
		}
		if _, err := receiver(t).Exercise(signGo(t, agent, text(t, all))[0], agent, now); !errors.Is(err, step.want) {
			t.Errorf("%s mended: %v, want %v", step.mended, err, step.want)
		}
	}
}

// TestReplay: within its validity the same message is the same request, however it
// is written in base64; afterwards it is refused.
func TestReplay(t *testing.T) {
	r := receiver(t)
	body := signGo(t, agent, text(t, nil))[0]
	first, err := r.Exercise(body, agent, now)
	must(t, err)
	again, err := r.Exercise(append(body, "\r\n"...), agent, now.Add(time.Minute))
	if err != nil || again.Key != first.Key {
		t.Errorf("%q, %v; want %q", again.Key, err, first.Key)
	}
	next, err := r.Exercise(signGo(t, agent, text(t, map[string]any{"agent-request-id": "case-8"}))[0], agent, now)
	if err != nil || next.Key == first.Key {
		t.Errorf("another request has the same key: %v", err)
	}
	for _, late := range []time.Duration{9 * time.Minute, time.Hour, 365 * 24 * time.Hour} {
		_, err := r.Exercise(body, agent, now.Add(late))
		refused(t, late.String(), err, drp.ErrExpired, 403, true)
	}
}

// TestKey: a request is named by the agent's id of it, and is the same when it is signed
// again; without one each message is a request.
func TestKey(t *testing.T) {
	read := func(changes map[string]any) drp.Exercise {
		t.Helper()
		e, err := receiver(t).Exercise(signGo(t, agent, text(t, changes))[0], agent, now)
		must(t, err)
		return e
	}
	first, again := read(nil), read(map[string]any{"issued-at": "2026-11-23T13:59:30Z"})
	if again.Key != first.Key || again.Digest != first.Digest {
		t.Errorf("signed again: %s %s, was %s %s", again.Key, again.Digest, first.Key, first.Digest)
	}
	if other := read(map[string]any{"email": "joan@mail.example"}); other.Key != first.Key || other.Digest == first.Digest {
		t.Errorf("another person under the same id: %s %s", other.Key, other.Digest)
	}
	nameless := map[string]any{"agent-request-id": absent{}}
	one, same := read(nameless), read(nameless)
	nameless["issued-at"] = "2026-11-23T13:59:30Z"
	if two := read(nameless); one.Key != same.Key || two.Key == one.Key || one.Key == first.Key {
		t.Errorf("without an id: %s, %s, %s", one.Key, same.Key, two.Key)
	}
}

// TestOtherAgent: a message that one agent signed is worthless with another agent's token.
func TestOtherAgent(t *testing.T) {
	r := receiver(t)
	_, err := r.Exercise(signGo(t, agent, text(t, nil))[0], other, now)
	refused(t, "another's token", err, drp.ErrSignature, 403, true)
	_, err = r.Exercise(signGo(t, other, text(t, nil))[0], other, now)
	refused(t, "in another's name", err, drp.ErrAgent, 403, true)
	_, err = r.Exercise(signGo(t, agent, text(t, nil))[0], "UNKNOWN", now)
	refused(t, "unknown agent", err, drp.ErrSignature, 403, true)
	err = r.Revoke(signGo(t, agent, `{"reason":"x"}`)[0], other)
	refused(t, "revoke with another's token", err, drp.ErrSignature, 403, true)
	refused(t, "key setup for another", r.KeySetup(signGo(t, agent, text(t, nil))[0], other, now), drp.ErrSignature, 403, true)
}

func TestMalformed(t *testing.T) {
	r := receiver(t)
	message := text(t, nil)
	for name, c := range map[string]struct {
		body   []byte
		want   error
		status int
	}{
		"empty":              {nil, drp.ErrEncoding, 400},
		"not base64":         {[]byte(message), drp.ErrEncoding, 400},
		"a signature only":   {signGo(t, agent, "")[0], drp.ErrEncoding, 400},
		"base64, not padded": {[]byte(strings.TrimRight(string(signGo(t, agent, message+" ")[0]), "=")), drp.ErrEncoding, 400},
		"too large":          {make([]byte, drp.MaxBody+1), drp.ErrTooLarge, 413},
		"no JSON":            {signGo(t, agent, "hello")[0], drp.ErrJSON, 400},
		"a list":             {signGo(t, agent, "[]")[0], drp.ErrJSON, 400},
		"null":               {signGo(t, agent, "null")[0], drp.ErrJSON, 400},
		"a claim twice":      {signGo(t, agent, strings.Replace(message, "{", `{"exercise":"access",`, 1))[0], drp.ErrJSON, 400},
	} {
		_, err := r.Exercise(c.body, agent, now)
		if name == "base64, not padded" && len(c.body)%4 == 0 {
			t.Fatal("the case is none: nothing was padded")
		}
		refused(t, name, err, c.want, c.status, true)
	}
}

func TestAccepted(t *testing.T) {
	for name, changes := range map[string]map[string]any{
		"voluntary":           {"regime": absent{}},
		"voluntary, in words": {"regime": "voluntary"},
		"nothing known":       {"name": nil, "email": nil, "email_verified": nil, "phone_number": nil, "address": nil, "power_of_attorney": absent{}},
		"a custom claim":      {"shoe_size": 43},
		"basic offset":        {"issued-at": "2026-11-23T14:59:00+0100"},
		"no callback":         {"status_callback": absent{}},
	} {
		e, err := receiver(t).Exercise(signGo(t, agent, text(t, changes))[0], agent, now)
		if err != nil || strings.HasPrefix(name, "voluntary") != (e.Regime == "") {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func TestRevoke(t *testing.T) {
	for name, sign := range signers() {
		t.Run(name, func(t *testing.T) {
			bodies := sign(t, agent, `{"reason": "I don't want my account deleted"}`, `{}`, `{"reason":"`+strings.Repeat("a", 501)+`"}`)
			must(t, receiver(t).Revoke(bodies[0], agent))
			must(t, receiver(t).Revoke(bodies[1], agent))
			refused(t, "long", receiver(t).Revoke(bodies[2], agent), drp.ErrClaim, 400, true)
		})
	}
}

// TestKeySetup goes through the same steps as a request, but for the bearer token.
func TestKeySetup(t *testing.T) {
	r := receiver(t)
	setup := map[string]any{}
	for claim := range sample() {
		setup[claim] = absent{}
	}
	for _, claim := range []string{"agent-id", "business-id", "issued-at", "expires-at", "drp.version"} {
		delete(setup, claim)
	}
	must(t, r.KeySetup(signGo(t, agent, text(t, setup))[0], agent, now))
	for _, c := range []struct {
		claim string
		value any
		want  error
	}{
		{"agent-id", other, drp.ErrAgent},
		{"business-id", "ANOTHER_BANK", drp.ErrBusiness},
		{"issued-at", "2026-11-23T14:01:00Z", drp.ErrNotYet},
		{"expires-at", "2026-11-23T13:59:30Z", drp.ErrExpired},
		{"drp.version", "0.9.4", drp.ErrVersion},
	} {
		changed := maps.Clone(setup)
		changed[c.claim] = c.value
		if err := r.KeySetup(signGo(t, agent, text(t, changed))[0], agent, now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.claim, err, c.want)
		}
	}
}

// TestKinds: a captured message of one kind cannot be used as another kind.
func TestKinds(t *testing.T) {
	r := receiver(t)
	exercise := signGo(t, agent, text(t, nil))[0]
	setup := signGo(t, agent, text(t, map[string]any{"exercise": absent{}}))[0]
	refused(t, "a request, for a token", r.KeySetup(exercise, agent, now), drp.ErrKind, 403, true)
	for name, body := range map[string][]byte{"a request": exercise, "a key setup": setup} {
		refused(t, name+", to revoke", r.Revoke(body, agent), drp.ErrKind, 403, true)
	}
	_, err := r.Exercise(setup, agent, now)
	refused(t, "a key setup, to ask", err, drp.ErrAction, 400, true)
	_, err = r.Exercise(signGo(t, agent, `{"reason":"x"}`)[0], agent, now)
	refused(t, "a revocation, to ask", err, drp.ErrAgent, 403, true)
}

func FuzzExercise(f *testing.F) {
	f.Add([]byte(text(f, nil)), true)
	f.Add([]byte(`{"address":{"locality":null},"relationships":[null]}`), true)
	f.Add([]byte("eyJ9"), false)
	r := receiver(f)
	f.Fuzz(func(t *testing.T, b []byte, signed bool) {
		body := b
		if signed {
			body = signGo(t, agent, string(b))[0]
		}
		e, err := r.Exercise(body, agent, now)
		var refusal *drp.Refusal
		if err == nil && (!signed || e.AgentID != agent || e.Key == "" || len(e.Digest) != 64) {
			t.Fatalf("accepted: %+v", e)
		}
		if err != nil && (!errors.As(err, &refusal) || refusal.Status == 0 || !json.Valid(refusal.Body())) {
			t.Fatalf("refused without a reason: %v", err)
		}
	})
}
