package opendsr_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"consent-receipts/shared/errtest"
	"consent-receipts/shared/opendsr"
	"consent-receipts/shared/statement"
)

const domain = "consent.first-example-bank.example"

var now = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

func sample(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "request.json"))
	must(t, err)
	return b
}

var must = errtest.None

func TestParse(t *testing.T) {
	got, err := opendsr.Parse(sample(t), opendsr.OpenDSR, domain, now)
	must(t, err)
	want := opendsr.Request{
		ID: "3f2b8c1e-90a4-4d6b-8f3e-6b1d2c7a9e50", Type: statement.Erasure, Regulation: "gdpr", CustomerID: "customer-0001",
		SubmittedAt: now.Add(-2 * time.Hour), Callbacks: []string{"https://first-example-bank.example/opendsr/callbacks"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

// change edits one member of the sample: a value, or absent.
type absent struct{}

func change(t testing.TB, changes map[string]any) []byte {
	t.Helper()
	var m map[string]any
	must(t, json.Unmarshal(sample(t), &m))
	for name, v := range changes {
		if _, gone := v.(absent); gone {
			delete(m, name)
		} else {
			m[name] = v
		}
	}
	b, err := json.Marshal(m)
	must(t, err)
	return b
}

func identity(kind, format, value string) map[string]any {
	return map[string]any{"identity_type": kind, "identity_format": format, "identity_value": value}
}

func TestRefusals(t *testing.T) {
	ours := identity("controller_customer_id", "raw", "customer-0001")
	for name, c := range map[string]struct {
		changes map[string]any
		want    error
		member  string
	}{
		"no regulation":             {map[string]any{"regulation": absent{}}, opendsr.ErrMissing, "regulation"},
		"null regulation":           {map[string]any{"regulation": nil}, opendsr.ErrMissing, "regulation"},
		"other regulation":          {map[string]any{"regulation": "lgpd"}, opendsr.ErrUnsupported, "regulation"},
		"regulation in capitals":    {map[string]any{"regulation": "GDPR"}, opendsr.ErrUnsupported, "regulation"},
		"no id":                     {map[string]any{"subject_request_id": absent{}}, opendsr.ErrMissing, "subject_request_id"},
		"id in capitals":            {map[string]any{"subject_request_id": "3F2B8C1E-90A4-4D6B-8F3E-6B1D2C7A9E50"}, opendsr.ErrInvalid, "subject_request_id"},
		"id of version 1":           {map[string]any{"subject_request_id": "3f2b8c1e-90a4-1d6b-8f3e-6b1d2c7a9e50"}, opendsr.ErrInvalid, "subject_request_id"},
		"id of another variant":     {map[string]any{"subject_request_id": "3f2b8c1e-90a4-4d6b-cf3e-6b1d2c7a9e50"}, opendsr.ErrInvalid, "subject_request_id"},
		"id with a line feed":       {map[string]any{"subject_request_id": "3f2b8c1e-90a4-4d6b-8f3e-6b1d2c7a9e50\n"}, opendsr.ErrInvalid, "subject_request_id"},
		"id a number":               {map[string]any{"subject_request_id": 7}, opendsr.ErrInvalid, "subject_request_id"},
		"no type":                   {map[string]any{"subject_request_type": absent{}}, opendsr.ErrMissing, "subject_request_type"},
		"rectification":             {map[string]any{"subject_request_type": "rectification"}, opendsr.ErrUnsupported, "subject_request_type"},
		"opt-out of sale":           {map[string]any{"subject_request_type": "opt-out-of-sale"}, opendsr.ErrUnsupported, "subject_request_type"},
		"no time":                   {map[string]any{"submitted_time": absent{}}, opendsr.ErrMissing, "submitted_time"},
		"a date":                    {map[string]any{"submitted_time": "2026-11-23"}, opendsr.ErrInvalid, "submitted_time"},
		"before 1970":               {map[string]any{"submitted_time": "0001-01-01T00:00:00Z"}, opendsr.ErrInvalid, "submitted_time"},
		"in the future":             {map[string]any{"submitted_time": "2026-11-23T14:05:01Z"}, opendsr.ErrInvalid, "submitted_time"},
		"version 1":                 {map[string]any{"api_version": "1.0"}, opendsr.ErrUnsupported, "api_version"},
		"version 3":                 {map[string]any{"api_version": "3.0"}, opendsr.ErrUnsupported, "api_version"},
		"version of words":          {map[string]any{"api_version": "two"}, opendsr.ErrInvalid, "api_version"},
		"no identities":             {map[string]any{"subject_identities": absent{}}, opendsr.ErrMissing, "subject_identities"},
		"empty identities":          {map[string]any{"subject_identities": []any{}}, opendsr.ErrMissing, "subject_identities"},
		"identities no list":        {map[string]any{"subject_identities": "customer-0001"}, opendsr.ErrInvalid, "subject_identities"},
		"e-mail only":               {map[string]any{"subject_identities": []any{identity("email", "raw", "a@mail.example")}}, opendsr.ErrUnsupported, "subject_identities"},
		"hashed customer number":    {map[string]any{"subject_identities": []any{identity("controller_customer_id", "sha256", "ab")}}, opendsr.ErrUnsupported, "subject_identities"},
		"unknown identity type":     {map[string]any{"subject_identities": []any{ours, identity("shoe_size", "raw", "43")}}, opendsr.ErrInvalid, "identity_type"},
		"unknown identity format":   {map[string]any{"subject_identities": []any{ours, identity("email", "rot13", "x")}}, opendsr.ErrInvalid, "identity_format"},
		"empty identity":            {map[string]any{"subject_identities": []any{identity("controller_customer_id", "raw", "")}}, opendsr.ErrInvalid, "identity_value"},
		"identity and a blank":      {map[string]any{"subject_identities": []any{identity("controller_customer_id", "raw", "customer-0001 ")}}, opendsr.ErrInvalid, "identity_value"},
		"identity over 256 bytes":   {map[string]any{"subject_identities": []any{identity("controller_customer_id", "raw", strings.Repeat("é", 129))}}, opendsr.ErrInvalid, "identity_value"},
		"long identity":             {map[string]any{"subject_identities": []any{identity("controller_customer_id", "raw", strings.Repeat("a", 257))}}, opendsr.ErrInvalid, "identity_value"},
		"identity without a format": {map[string]any{"subject_identities": []any{map[string]any{"identity_type": "email", "identity_value": "x"}}}, opendsr.ErrMissing, "identity_format"},
		"two customers":             {map[string]any{"subject_identities": []any{ours, identity("controller_customer_id", "raw", "customer-0002")}}, opendsr.ErrAmbiguous, "subject_identities"},
		"too many identities":       {map[string]any{"subject_identities": slicesOf(33, ours)}, opendsr.ErrInvalid, "subject_identities"},
		"callback over http":        {map[string]any{"status_callback_urls": []any{"http://bank.example/"}}, opendsr.ErrInvalid, "status_callback_urls"},
		"callback to loopback":      {map[string]any{"status_callback_urls": []any{"https://127.0.0.1/"}}, opendsr.ErrInvalid, "status_callback_urls"},
		"callback to metadata":      {map[string]any{"status_callback_urls": []any{"https://169.254.169.254/"}}, opendsr.ErrInvalid, "status_callback_urls"},
		"callback no string":        {map[string]any{"status_callback_urls": []any{7}}, opendsr.ErrInvalid, "status_callback_urls"},
		"too many callbacks":        {map[string]any{"status_callback_urls": slicesOf(9, "https://bank.example/")}, opendsr.ErrInvalid, "status_callback_urls"},
		"an extension for us":       {map[string]any{"extensions": map[string]any{domain: map[string]any{"skip_waiting_period": true}}}, opendsr.ErrUnsupported, "extensions"},
		"the same, shouted":         {map[string]any{"extensions": map[string]any{strings.ToUpper(domain) + ".": nil}}, opendsr.ErrUnsupported, "extensions"},
		"extensions no object":      {map[string]any{"extensions": []any{}}, opendsr.ErrJSON, "extensions"},
	} {
		_, err := opendsr.Parse(change(t, c.changes), opendsr.OpenDSR, domain, now)
		var r *opendsr.Refusal
		if !errors.Is(err, c.want) || !errors.As(err, &r) || r.Member != c.member {
			t.Errorf("%s: %v, want %s: %v", name, err, c.member, c.want)
		}
	}
}

func slicesOf(n int, v any) []any {
	out := make([]any, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestMalformed(t *testing.T) {
	good := string(sample(t))
	for name, c := range map[string]struct {
		body string
		want error
	}{
		"empty":         {"", opendsr.ErrJSON},
		"a list":        {"[]", opendsr.ErrJSON},
		"null":          {"null", opendsr.ErrJSON},
		"two values":    {good + good, opendsr.ErrJSON},
		"repeated name": {strings.Replace(good, `"regulation": "gdpr"`, `"regulation": "gdpr", "regulation": "ccpa"`, 1), opendsr.ErrJSON},
		"no UTF-8":      {strings.Replace(good, "customer-0001", "customer-\xff", 1), opendsr.ErrJSON},
		"too large":     {good + strings.Repeat(" ", opendsr.MaxBody), opendsr.ErrTooLarge},
		"a comma too many, as in the specification's own example": {strings.Replace(good, `"123456"}`, `"123456",}`, 1), opendsr.ErrJSON},
		"names in other letters":                                  {strings.ReplaceAll(good, "subject_request_id", "Subject_Request_ID"), opendsr.ErrMissing},
	} {
		if _, err := opendsr.Parse([]byte(c.body), opendsr.OpenDSR, domain, now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestAccepted(t *testing.T) {
	for name, changes := range map[string]map[string]any{
		"ccpa":                    {"regulation": "ccpa"},
		"no version":              {"api_version": absent{}},
		"a version that is to be": {"api_version": "2.1"},
		"no callbacks":            {"status_callback_urls": absent{}},
		"no extensions":           {"extensions": absent{}},
		"an unknown member":       {"group_id": "audience-7"},
		"a clock a little fast":   {"submitted_time": "2026-11-23T14:04:00Z"},
		"the same number twice":   {"subject_identities": slicesOf(2, identity("controller_customer_id", "raw", "customer-0001"))},
	} {
		if _, err := opendsr.Parse(change(t, changes), opendsr.OpenDSR, domain, now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	r, err := opendsr.Parse(change(t, map[string]any{"status_callback_urls": slicesOf(3, "https://bank.example/")}), opendsr.OpenDSR, domain, now)
	if err != nil || len(r.Callbacks) != 1 {
		t.Errorf("a URL given three times is called %d times: %v", len(r.Callbacks), err)
	}
}

// TestOpenGDPR: the older name has no regulation, and its drafts said 0.1.
func TestOpenGDPR(t *testing.T) {
	for _, v := range []any{absent{}, "0.1", "1.0"} {
		r, err := opendsr.Parse(change(t, map[string]any{"regulation": absent{}, "api_version": v}), opendsr.OpenGDPR, domain, now)
		if err != nil || r.Regulation != opendsr.RegulationGDPR {
			t.Errorf("version %v: %+v, %v", v, r, err)
		}
	}
	if _, err := opendsr.Parse(change(t, map[string]any{"api_version": "2.0"}), opendsr.OpenGDPR, domain, now); !errors.Is(err, opendsr.ErrUnsupported) {
		t.Errorf("version 2.0 under the older name: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte(`{"subject_identities":[null],"extensions":{"a":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, d := range []opendsr.Dialect{opendsr.OpenDSR, opendsr.OpenGDPR} {
			r, err := opendsr.Parse(body, d, domain, now)
			var refusal *opendsr.Refusal
			switch {
			case err == nil && (!opendsr.ValidID(r.ID) || r.CustomerID == "" || r.Regulation == "" || r.Type == "" || r.SubmittedAt.IsZero()):
				t.Fatalf("accepted with a part missing: %+v", r)
			case err != nil && (!errors.As(err, &refusal) || !json.Valid(refusal.Body())):
				t.Fatalf("refused without a reason: %v", err)
			}
		}
	})
}
