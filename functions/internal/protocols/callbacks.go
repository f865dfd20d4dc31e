package protocols

import (
	"fmt"

	"consent-receipts/functions/internal/callback"
	"consent-receipts/shared/opendsr"
)

// Callbacks returns the messages that tell a party what now stands of its request:
// one for each URL that it gave. The same ticket gives messages of the same ids.
// A receiver authenticates a controller's by their signature; DRP has none for an
// agent's, which should ask for the status when it is told of a change.
func (a *API) Callbacks(t Ticket) ([]callback.Message, error) {
	var messages []callback.Message
	for i, url := range t.Origin.Callbacks {
		body, headers, err := a.callback(t, url)
		if err != nil {
			return nil, err
		}
		headers["Content-Type"] = "application/json"
		id := fmt.Sprintf("%s/%s/%s/%s/%d/%d", t.Origin.Party.Protocol, t.Origin.Party.ID, t.ID, t.State, t.Expected.Unix(), i)
		messages = append(messages, callback.Message{ID: id, URL: url, Header: headers, Body: body})
	}
	return messages, nil
}

func (a *API) callback(t Ticket, url string) (body []byte, headers map[string]string, err error) {
	switch {
	case t.Origin.Party.Protocol == ProtocolDRP && a.DRP != nil:
		body, err = t.agentBody()
		return body, map[string]string{}, err
	case t.Origin.Party.Protocol == ProtocolOpenDSR && a.OpenDSR != nil:
		progress, err := t.controllerProgress()
		if err != nil {
			return nil, nil, err
		}
		d := opendsr.OpenDSR
		if t.Origin.OldNames {
			d = opendsr.OpenGDPR
		}
		body = d.Callback(progress, url)
		headers, err = a.OpenDSR.Signer.Headers(d, body)
		return body, headers, err
	}
	return nil, nil, fmt.Errorf("%s: %w", t.Origin.Party.Protocol, errNotConfigured)
}
