package sam

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/agent"
	"consent-receipts/shared/sweep"
)

// agent has an agent of the Data Rights Protocol ask in a sample person's name.
func (s *Stack) agent(ctx context.Context) error {
	a := agent.Agent{ID: system.SampleAgent, Business: system.SampleBusiness, Key: s.agentKey, Base: s.Site.Base, Client: s.Site.Client}
	return a.Story(ctx, system.SampleMail)
}

// The consent whose end sweep records lasts as short as this. Its yes has to come before
// its own end: where the machine is so busy that it does not, a longer one is tried.
const (
	briefest = 3 * time.Second
	longest  = 2 * time.Minute
)

// sweep gives a consent that ends at once, and has sweep record that it did.
func (s *Stack) sweep(ctx context.Context) error {
	var offer struct{ Offer string }
	if err := s.ask(ctx, http.MethodGet, "/v1/offers", "", &offer); err != nil {
		return err
	}
	var until time.Time
	for brief := briefest; ; brief *= 2 {
		until = time.Now().Add(brief)
		var given struct{ Seq int }
		yes := fmt.Sprintf(`{"offer":%q,"choices":[{"purpose":"account-alerts","answer":"yes","until":%q}]}`, offer.Offer, until.UTC().Format(time.RFC3339))
		err := s.ask(ctx, http.MethodPost, "/v1/opt-in", yes, &given)
		if err == nil {
			break
		}
		if brief > longest {
			return err
		}
	}
	time.Sleep(time.Until(until))
	answer, err := s.Lambda.Invoke(ctx, "sweep", []byte(`{}`))
	if err != nil {
		return err
	}
	var report sweep.Report
	if err := json.Unmarshal(answer, &report); err != nil || report.Recorded != 1 || report.Failed+report.Left > 0 {
		return fmt.Errorf("sweep: want one receipt, got %s", answer)
	}
	return nil
}

// ask sends a request of the sample person and reads the answer.
func (s *Stack) ask(ctx context.Context, method, path, body string, into any) error {
	token, err := s.Site.Token(system.SamplePerson)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, s.Site.Base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.Site.Client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %d %.500s", method, path, res.StatusCode, b)
	}
	return json.Unmarshal(b, into)
}
