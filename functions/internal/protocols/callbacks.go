package protocols

import (
	"context"
	"fmt"

	"consent-receipts/shared/callback"
	"consent-receipts/shared/counter"
	"consent-receipts/shared/opendsr"
)

// Callback returns the message that tells a party the present state of its request, for one
// of the URLs that the party gave. The signature authenticates a callback to a controller.
// DRP has no signature for a callback to an agent, which should ask for the status when it is
// told of a change.
func (a *API) Callback(ctx context.Context, t counter.Ticket, url string) (callback.Message, error) {
	body, headers, err := a.callback(ctx, t, url)
	if err != nil {
		return callback.Message{}, err
	}
	headers["Content-Type"] = "application/json"
	return callback.Message{ID: fmt.Sprintf("%s/%s/%s/%s", t.Request(), t.State, t.Due, url), URL: url, Header: headers, Body: body}, nil
}

func (a *API) callback(ctx context.Context, t counter.Ticket, url string) (body []byte, headers map[string]string, err error) {
	switch {
	case t.Origin.Party.Protocol == counter.DRP && a.DRP != nil:
		body, err = agentBody(t)
		return body, map[string]string{}, err
	case t.Origin.Party.Protocol == counter.OpenDSR && a.OpenDSR != nil:
		progress, err := controllerProgress(t)
		if err != nil {
			return nil, nil, err
		}
		d := opendsr.OpenDSR
		if t.Origin.OldNames {
			d = opendsr.OpenGDPR
		}
		body = d.Callback(progress, url)
		headers, err = a.OpenDSR.Signer.Headers(ctx, d, body)
		return body, headers, err
	}
	return nil, nil, fmt.Errorf("%s: %w", t.Origin.Party.Protocol, errNotConfigured)
}
