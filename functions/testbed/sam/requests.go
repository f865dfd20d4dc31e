package sam

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"consent-receipts/functions/local/system"
	"consent-receipts/functions/testbed/agent"
	"consent-receipts/functions/testbed/samples"
	"consent-receipts/shared/api"
	"consent-receipts/shared/api/client"
	"consent-receipts/shared/consent"
	"consent-receipts/shared/statement"
)

// agent has an agent of the Data Rights Protocol make a request in a sample person's name.
func (s *Stack) agent(ctx context.Context) error {
	a := agent.Agent{ID: system.SampleAgent, Business: system.SampleBusiness, Key: s.agentKey, Base: s.Site.Base, Client: s.Site.Client}
	return a.Story(ctx, system.SampleMail)
}

// These are the shortest and the longest validity of the consent whose end sweep records. The
// yes has to come before its own end. If the machine is too busy for that, a longer validity
// is tried.
const (
	briefest = 3 * time.Second
	longest  = 2 * time.Minute
)

// sweep gives a consent that ends at once, and has sweep record that it did.
func (s *Stack) sweep(ctx context.Context) error {
	person, err := s.Site.API(system.SamplePerson)
	if err != nil {
		return err
	}
	offer, err := client.Ask[api.Offer](ctx, person, http.MethodGet, "/v1/offers", nil)
	if err != nil {
		return err
	}
	var until time.Time
	for brief := briefest; ; brief *= 2 {
		until = time.Now().Add(brief)
		yes := consent.Choice{Purpose: "account-alerts", Answer: "yes", Until: until.UTC().Format(time.RFC3339)}
		_, err := person.Do(ctx, http.MethodPost, "/v1/opt-in", api.OptIn{Offer: offer.Offer, Choices: []consent.Choice{yes}})
		if err == nil {
			break
		}
		if brief > longest {
			return err
		}
	}
	time.Sleep(time.Until(until))
	if answer, err := s.Lambda.Invoke(ctx, "sweep", samples.Agenda(until)); err != nil || !strings.Contains(string(answer), `"batchItemFailures": null`) {
		return fmt.Errorf("sweep: %s (%w)", answer, err)
	}
	standing, err := client.Ask[api.Standing](ctx, person, http.MethodGet, "/v1/standing", nil)
	if err == nil && !slices.ContainsFunc(standing.Lines, func(l api.Line) bool { return l.State == statement.Expired }) {
		err = fmt.Errorf("sweep: nothing has expired: %+v", standing.Lines)
	}
	return err
}
