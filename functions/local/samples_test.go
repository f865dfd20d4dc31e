package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sample "consent-receipts/events/catalogue"
	"consent-receipts/shared/api"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/consent/catalogue/draft"
)

// answered is the JSON of an answer with this status.
func answered[A any](t *testing.T, r *running, status int, method, path string, body any) (out A) {
	t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	got, text := r.ask(t, method, path, string(b))
	if got != status {
		t.Fatalf("%s %s: %d %s", method, path, got, text)
	}
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}

// inForce are the purposes that are.
func inForce(t *testing.T, r *running) (purposes []string) {
	t.Helper()
	for _, l := range answered[api.Standing](t, r, http.StatusOK, "GET", "/v1/standing", nil).Lines {
		if l.InForce {
			purposes = append(purposes, l.Purpose)
		}
	}
	return purposes
}

// TestSamples: with each sample, and with a draft as it is written, a person reads an offer
// in every language, says yes to all of it, has the signal of a browser say no, and then
// says no to all.
func TestSamples(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, sample.FS); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		asked   int    // purposes
		signals string // the purpose that a browser's signal ends
	}{
		"first-example-bank.yaml":      {3, "card-offers"},
		"sample-general-hospital.yaml": {2, ""},
		"sample-street-shop.yaml":      {2, "advertisers"},
		drafted(t, dir):                {2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, filepath.Join(t.TempDir(), "data"), "-catalogue", filepath.Join(dir, name))
			var offer api.Offer
			for _, language := range []string{"es", "en"} {
				offer = answered[api.Offer](t, r, http.StatusOK, "GET", "/v1/offers?language="+language, nil)
				if offer.Language != language || len(offer.Items) != c.asked || len(offer.Notices) != c.asked {
					t.Errorf("in %s: %+v", language, offer)
				}
			}
			yes := api.OptIn{Offer: offer.Offer}
			for _, it := range offer.Items {
				yes.Choices = append(yes.Choices, consent.Choice{Purpose: it.Purpose, Answer: "yes"})
			}
			answered[api.Given](t, r, http.StatusCreated, "POST", "/v1/opt-in", yes)
			if got := inForce(t, r); len(got) != c.asked {
				t.Errorf("after the yes %v", got)
			}
			if c.signals != "" {
				answered[api.Given](t, r, http.StatusCreated, "POST", "/v1/signals", api.Signal{})
				if got := inForce(t, r); len(got) != c.asked-1 || strings.Contains(strings.Join(got, " "), c.signals) {
					t.Errorf("after the signal %v", got)
				}
			}
			answered[api.Given](t, r, http.StatusCreated, "POST", "/v1/opt-out", consent.OptOut{All: true})
			if got := inForce(t, r); len(got) != 0 {
				t.Errorf("after the no %v", got)
			}
			if code := r.stop(); code != 0 {
				t.Errorf("ended with %d", code)
			}
		})
	}
}

// drafted writes a draft into a folder, from the questions' own examples.
func drafted(t *testing.T, dir string) (name string) {
	t.Helper()
	var a draft.Answers
	for _, q := range draft.Questions() {
		answer := q.Example
		if q.Name == "country" {
			answer = "ES"
		}
		if wrong := q.Take(&a, answer); wrong != "" {
			t.Fatalf("%s: %s", q.Name, wrong)
		}
	}
	const folder, file = "own", "mine.yaml"
	files, err := a.Files(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, folder, "notices"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, folder, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(folder, file)
}
