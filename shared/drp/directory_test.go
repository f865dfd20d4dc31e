package drp_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"consent-receipts/shared/drp"
	"consent-receipts/shared/statement"
)

func TestDirectory(t *testing.T) {
	good := `{"id":"EXAMPLE_AGENT_001","name":"Example Agent","verify_key":"` + publicKey(agent) + `","web_url":"https://agent.example","logo":null}`
	for name, c := range map[string]struct {
		text string
		ok   bool
	}{
		"one":              {`[` + good + `]`, true},
		"none":             {`[]`, true},
		"an object":        {good, false},
		"no JSON":          {`[`, false},
		"the id twice":     {`[` + good + `,` + strings.Replace(good, publicKey(agent), publicKey(other), 1) + `]`, false},
		"the key twice":    {`[` + good + `,` + strings.Replace(good, "EXAMPLE_AGENT_001", "B", 1) + `]`, false},
		"no id":            {`[{"verify_key":"` + publicKey(agent) + `"}]`, false},
		"an id of digits":  {strings.Replace(`[`+good+`]`, "EXAMPLE_AGENT_001", "001", 1), false},
		"an id of spaces":  {strings.Replace(`[`+good+`]`, "EXAMPLE_AGENT_001", "A B", 1), false},
		"a key in base 16": {strings.Replace(`[`+good+`]`, publicKey(agent), strings.Repeat("a3", 32), 1), false},
		"a short key":      {strings.Replace(`[`+good+`]`, publicKey(agent), "AAAA", 1), false},
		"too large":        {`[` + strings.Repeat(" ", 1<<20) + `]`, false},
	} {
		d, err := drp.ParseDirectory([]byte(c.text))
		if (err == nil) != c.ok || (err != nil && !errors.Is(err, drp.ErrDirectory)) {
			t.Errorf("%s: %v, %v", name, d, err)
		}
	}
}

func FuzzParseDirectory(f *testing.F) {
	f.Add([]byte(`[{"id":"A","verify_key":"` + publicKey(agent) + `"}]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := drp.ParseDirectory(b); err != nil && !errors.Is(err, drp.ErrDirectory) {
			t.Fatal(err)
		}
	})
}

func TestTokens(t *testing.T) {
	r := receiver(t)
	key := bytes.Repeat([]byte{7}, 32)
	tokens, err := drp.NewTokens(key, r, rand.Reader)
	must(t, err)
	token, err := tokens.New(agent)
	must(t, err)
	if second, _ := tokens.New(agent); second == token {
		t.Error("two tokens are the same")
	}
	if id, err := tokens.Agent(token); err != nil || id != agent {
		t.Errorf("%q, %v", id, err)
	}
	for i := range token { // no letter of it can be another
		forged := []byte(token)
		if forged[i]++; forged[i] == '{' || forged[i] == ':' || forged[i] == '[' || forged[i] == '.' {
			forged[i] = 'A'
		}
		if id, err := tokens.Agent(string(forged)); err == nil {
			t.Errorf("letter %d changed: %q", i, id)
		}
	}
	for name, bad := range map[string]string{"empty": "", "short": token[:60], "long": token + strings.Repeat("A", 400), "padded": token + "="} {
		_, err := tokens.Agent(bad)
		refused(t, name, err, drp.ErrToken, 401, false)
	}

	elsewhere, err := drp.NewTokens(key, &drp.Receiver{Business: "ANOTHER_BANK", Agents: r.Agents}, rand.Reader)
	must(t, err)
	_, err = elsewhere.Agent(token)
	refused(t, "another business", err, drp.ErrToken, 401, false)
	rotated, err := drp.NewTokens(bytes.Repeat([]byte{8}, 32), r, rand.Reader)
	must(t, err)
	_, err = rotated.Agent(token)
	refused(t, "another key", err, drp.ErrToken, 401, false)
	delete(r.Agents, agent)
	_, err = tokens.Agent(token)
	refused(t, "an agent that left", err, drp.ErrToken, 401, false)

	if _, err := drp.NewTokens(key[:31], r, rand.Reader); !errors.Is(err, drp.ErrTokenKey) {
		t.Error(err)
	}
	broken, err := drp.NewTokens(key, r, iotest.ErrReader(errors.New("no randomness")))
	must(t, err)
	if token, err := broken.New(agent); err == nil {
		t.Errorf("a token without randomness: %q", token)
	}
}

func TestStates(t *testing.T) {
	for state, row := range drp.States {
		if status, reason, ok := drp.StatusOf(state, ""); !ok || status != row.Status || reason != row.Reason {
			t.Errorf("%s: %s, %s", state, status, reason)
		}
	}
	for ours, want := range drp.Denials {
		if status, reason, _ := drp.StatusOf("denied", ours); status != drp.Denied || reason != want {
			t.Errorf("%s: %s, %s", ours, status, reason)
		}
		if status, reason, _ := drp.StatusOf("completed", ours); status != drp.Fulfilled || reason != "" {
			t.Errorf("completed is told as %s, %s", status, reason)
		}
	}
	if _, _, ok := drp.StatusOf("no-state", ""); ok {
		t.Error("an unknown state has a status")
	}
}

func TestActions(t *testing.T) {
	askable := []statement.RequestType{statement.OptOutOfSale, statement.Erasure, statement.Access, statement.AccessCategories, statement.AccessSpecific}
	for action := range drp.Actions {
		kind, ok := action.Type()
		if ok != (action != drp.SaleOptIn) || (ok && !slices.Contains(askable, kind)) {
			t.Errorf("%s: %s, %v", action, kind, ok)
		}
	}
	if _, ok := drp.Action("access:everything").Type(); ok {
		t.Error("an unknown action has a type")
	}
}
