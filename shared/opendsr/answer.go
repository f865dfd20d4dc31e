package opendsr

import (
	"encoding/base64"
	"encoding/json"
	"time"
)

// Progress is where a request stands.
type Progress struct {
	ControllerID string // the controller's name in this system
	RequestID    string // subject_request_id
	Received     time.Time
	Expected     time.Time // by when it will be done
	Status       Status
}

type answer struct {
	ControllerID string `json:"controller_id"`
	Expected     string `json:"expected_completion_time,omitempty"`
	Received     string `json:"received_time,omitempty"`
	Encoded      string `json:"encoded_request,omitempty"`
	CallbackURL  string `json:"status_callback_url,omitempty"`
	RequestID    string `json:"subject_request_id"`
	Status       Status `json:"request_status,omitempty"`
	APIVersion   string `json:"api_version,omitempty"`
}

func (a answer) body() []byte {
	b, _ := json.Marshal(a) // strings: cannot fail
	return b
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Accepted is the body of the answer 201 to a request (section 7.3). It holds the
// request, as it was sent: it must be neither logged nor stored.
func Accepted(p Progress, request []byte) []byte {
	return answer{
		ControllerID: p.ControllerID, Expected: stamp(p.Expected), Received: stamp(p.Received),
		Encoded: base64.StdEncoding.EncodeToString(request), RequestID: p.RequestID,
	}.body()
}

func (d Dialect) status(p Progress) answer {
	return answer{
		ControllerID: p.ControllerID, Expected: stamp(p.Expected), RequestID: p.RequestID, Status: p.Status, APIVersion: d.Version,
	}
}

// Status is the body of the answer 200 to a question for the status (section 8.3).
func (d Dialect) Status(p Progress) []byte { return d.status(p).body() }

// Callback is the body of a callback to one of the URLs that the request gave
// (section 8.6). Its media type is application/json.
func (d Dialect) Callback(p Progress, url string) []byte {
	a := d.status(p)
	a.CallbackURL, a.APIVersion = url, "" // section 8.6 has no version in a callback
	return a.body()
}

// Cancellation is the body of the answer 202 to a cancellation that was received at the
// given moment (section 9.2).
func (d Dialect) Cancellation(p Progress, received time.Time) []byte {
	return answer{ControllerID: p.ControllerID, RequestID: p.RequestID, Received: stamp(received), APIVersion: d.Version}.body()
}

// Discovery is the discovery document (section 6.3). The URL leads to the certificate, and
// is on the domain of the processor.
func (d Dialect) Discovery(certificateURL string) []byte {
	type identity struct {
		Type   string `json:"identity_type"`
		Format string `json:"identity_format"`
	}
	doc := struct {
		APIVersion  string     `json:"api_version"`
		Identities  []identity `json:"supported_identities"`
		Types       []string   `json:"supported_subject_request_types"`
		Certificate string     `json:"processor_certificate"`
	}{d.Version, []identity{{customerID, rawFormat}}, nil, certificateURL}
	for _, t := range d.types() {
		doc.Types = append(doc.Types, t.name)
	}
	b, _ := json.Marshal(doc) // strings: cannot fail
	return b
}
