package boot

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	env := &Env{lookup: func(name string) (string, bool) { return map[string]string{"HERE": "x"}[name], name == "HERE" }}
	if got := env.String("HERE"); got != "x" || env.err() != nil {
		t.Errorf("%q, %v", got, env.err())
	}
	env.String("ONE")
	env.String("TWO")
	if err := env.err(); err == nil || !strings.Contains(err.Error(), "ONE, TWO") {
		t.Errorf("error %v does not name what is missing", err)
	}
}

func TestOnce(t *testing.T) {
	calls, down := 0, errors.New("down")
	once := Once[int]{Open: func(context.Context) (int, error) {
		if calls++; calls == 1 {
			return 0, down
		}
		return calls, nil
	}}
	if _, err := once.Get(t.Context()); !errors.Is(err, down) {
		t.Errorf("the failure was not told: %v", err)
	}
	for range 2 {
		if got, err := once.Get(t.Context()); got != 2 || err != nil {
			t.Errorf("got %d, %v; want what the second try opened", got, err)
		}
	}
}
