package inbound_test

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	contracts "consent-receipts/events"
	"consent-receipts/shared/exchange/inbound"
)

// kantaraWild are consent receipts in the forms that real systems write. The forms are theirs,
// every detail is invented. A receipt is read, and what it says is listed; or it is refused,
// and the error names each member that stands in the way.
var kantaraWild = []struct {
	name string
	in   string
	want string   // id, subject, time, kind, choices
	at   []string // members that the error names
	lost []string // members that the report names as dropped
}{
	{"1 Kantara 1.1, a date as termination",
		`{"version":"KI-CR-v1.1.0","jurisdiction":"ES","consentTimestamp":1790000000,"collectionMethod":"web form","consentReceiptID":"0b8f2c1e-5f0e-4c53-9f57-2f7a0f3d1a11","piiPrincipalId":"c-1","policyUrl":"https://bank.example/p",
		"piiControllers":[{"piiController":"First Example Bank","contact":"Pat","address":{"addressCountry":"ES"},"email":"p@bank.example","phone":"+34 600 000 000"}],"sensitive":false,"spiCat":[],
		"services":[{"service":"app","purposes":[{"purpose":"service-improvement","consentType":"EXPLICIT","purposeCategory":["6 - Marketing"],"piiCategory":["Card transactions"],"termination":"2027-01-31","thirdPartyDisclosure":false}]}]}`,
		"0b8f2c1e-5f0e-4c53-9f57-2f7a0f3d1a11 c-1 2026-09-21T14:13:20Z explicit: yes service-improvement bank [card-transactions] until 2027-01-31", nil, nil},
	{"2 Kantara 1.0",
		`{"version":"KI-CR-v1.0.0","subject":"c-2","consentTimestamp":1500000000,"dataController":{"org":"Old Shop","contact":"Kim","onBehalf":false},
		"services":[{"serviceName":"news","purposes":[{"purpose":"letters","consentType":"EXPLICIT","nonCorePurpose":true,"purposeTermination":"1 year","thirdPartyDisclosure":true,"3rdPartyName":"Post Ltd"}]}]}`,
		"", []string{"/version", "/jurisdiction", "/piiPrincipalId", "/piiControllers"}, nil},
	{"3 minimum viable consent receipt",
		`{"iss":"https://r.example/","sub":"c-3@example.org","iat":1440000000,"jti":"a1","jurisdiction":"US","data_controller":{"company":"Store","on_behalf":true},
		"purpose":["delivery"],"pi_collected":{"name":"N"},"sensitive":["health"],"policy_uri":"https://store.example/p"}`,
		"", []string{"/version", "/consentTimestamp", "/services"}, nil},
	{"4 Datafund",
		`{"version":"Kantara_v1.1","language":"English","consentTimestamp":1560000000,"piiPrincipalId":"c-4@example.org","services":[{"service":"S","purposes":[{"purpose":"Core","consentType":"explicit","termination":"1 year"}]}]}`,
		"", []string{"/jurisdiction", "/consentReceiptID", "/piiControllers"}, nil},
	{"5 Datafund viewer",
		`{"header":{"alg":"HS256","typ":"JWT"},"payload":{"version":"Version","consentTimestamp":213456789,"piiPrincipalId":"c-5","services":[]}}`,
		"", []string{"/payload"}, nil},
	{"6 WSO2 Identity Server, revoked", wso2("REVOKED", "DATE_UNTIL:INDEFINITE"), "", []string{"/state"}, nil},
	{"6 WSO2 Identity Server, active", wso2("ACTIVE", "DATE_UNTIL:INDEFINITE"),
		"d5 c-6 2026-09-21T14:13:20Z explicit: yes service-improvement bank [card-transactions]", nil, []string{"/tenantDomain", "/services/0/purposes/0/piiCategory/0/piiCategoryId"}},
	{"6 WSO2 Identity Server, an end in the data", wso2("ACTIVE", "DATE_UNTIL:2026-12-24"),
		"d5 c-6 2026-09-21T14:13:20Z explicit: yes service-improvement bank [card-transactions] until 2026-12-24", nil, nil},
	{"6 WSO2 Identity Server, a validity in words", wso2("ACTIVE", "as long as you like"), "", []string{"/services/0/purposes/0/piiCategory/0/validity"}, nil},
	{"7 an ISO time, lower case, a controller that is a name",
		`{"version":"KI-CR-v1.1.0","jurisdiction":"EU/GDPR","consentTimestamp":"2026-03-14T10:30:00.250+0100","consentReceiptID":"r-7","piiPrincipalId":"c-7","piiControllers":"First Example Bank","services":[{"service":"S","purposes":[{"purpose":"Improve the bank's own service","consentType":"explicit","piiCategory":["Card transactions"],"termination":"withdraw in settings"}]}]}`,
		"r-7 c-7 2026-03-14T09:30:00.25Z explicit: yes service-improvement bank [card-transactions]", nil, []string{"/services/0/purposes/0/termination"}},
	{"8 a wiki's example",
		`{"version":"KI-CR-v1.1.0","consentTimestamp":"","piiPrincipalId":null,"piiControllers":"Some IdP","services":null,"sensitive":"false"}`,
		"", []string{"/jurisdiction", "/consentTimestamp", "/piiPrincipalId", "/services"}, nil},
	{"9 a contract",
		`{"version":"KI-CR-v1.1.0","jurisdiction":"KR|EU","consentReceiptID":"r-9","piiPrincipalId":"5e88","consentTimestamp":"2026-04-23T10:00:00Z","ttl":157680000,"piiControllers":["First Example Bank"],"services":[{"purposes":[{"purpose":"service-improvement","lawfulBasis":"contract","piiCategory":["Card transactions"]}]}]}`,
		"r-9 5e88 2026-04-23T10:00:00Z :", nil, []string{"/services/0/purposes/0/lawfulBasis"}},
	{"10 an implied yes", strings.Replace(wso2("ACTIVE", "DATE_UNTIL:INDEFINITE"), "EXPLICIT", "Implicit", 1),
		"d5 c-6 2026-09-21T14:13:20Z implied: yes service-improvement bank [card-transactions]", nil, nil},
	{"11 an implied yes beside an explicit one",
		strings.Replace(wso2("ACTIVE", "DATE_UNTIL:INDEFINITE"), `"purposes":[`, `"purposes":[{"purpose":"account-alerts","consentType":"IMPLICIT","piiCategory":["Checking-account balances"],"thirdPartyDisclosure":true,"thirdPartyName":"Parley Messenger"},`, 1),
		"d5 c-6 2026-09-21T14:13:20Z explicit: yes service-improvement bank [card-transactions]", nil, []string{"/services/0/purposes/0/purpose"}},
	{"12 nine digits", strings.Replace(wso2("ACTIVE", ""), "1790000000000", "179000000", 1), "", []string{"/consentTimestamp"}, nil},
}

// wso2 is a receipt as WSO2 Identity Server has them.
func wso2(state, validity string) string {
	return `{"consentReceiptID":"d5","version":"KI-CR-v1.1.0","jurisdiction":"US","consentTimestamp":1790000000000,"piiPrincipalId":"c-6","tenantDomain":"t.example","state":"` + state + `","publicKey":null,
		"piiControllers":[{"piiController":"First Example Bank","contact":"Pat"}],
		"services":[{"service":"app","serviceDisplayName":"App","purposes":[{"purpose":"service-improvement","consentType":"EXPLICIT","purposeDescription":"P","piiCategory":[{"piiCategoryId":4,"piiCategoryName":"Card transactions","validity":"` + validity + `"}],"termination":"DATE_UNTIL:INDEFINITE"}]}]}`
}

func TestKantaraWild(t *testing.T) {
	cat, _ := bank(t)
	for _, c := range kantaraWild {
		t.Run(c.name, func(t *testing.T) {
			record, report, err := inbound.Kantara([]byte(c.in), cat)
			if (err != nil) != (len(c.at) > 0) {
				t.Fatalf("%v", err)
			}
			for _, at := range c.at {
				if !strings.Contains(err.Error(), "at "+at+" (") {
					t.Errorf("%q does not name %s", err, at)
				}
			}
			if err != nil {
				return
			}
			if got := says(record); got != c.want {
				t.Errorf("it says %q, want %q", got, c.want)
			}
			for _, at := range c.lost {
				found := false
				for _, f := range report.Fields {
					found = found || f.Path == at && f.Fate == "dropped"
				}
				if !found {
					t.Errorf("the report does not say that %s is dropped", at)
				}
			}
		})
	}
}

// says writes a record in one line.
func says(r *inbound.Record) string {
	s := fmt.Sprintf("%s %s %s %s:", r.ID, r.Subject, r.Time.Format(time.RFC3339Nano), r.Attests)
	for _, c := range r.Choices {
		s += fmt.Sprintf(" %s %s %s %v", c.Answer, c.Purpose, c.Recipient, c.Data)
		if c.Until != "" {
			s += " until " + c.Until
		}
	}
	return s
}

// mappedWild are exports of other systems, each with a mapping that an operator could write.
var mappedWild = []struct {
	name, mapping, in string
	want              []string // of each row: what it says, or "at NAME" of the value for which it is refused
}{
	{"OneTrust event", `
format: jsonl
each: /payload/profiles
from: {id: /eventId, subject: /payload/dataSubjectGuid, time: /eventTime, answer: /eventType, purpose: "/payload/profiles/*/purposeId"}
values: {answer: {"3010": "yes", "3011": ""}, purpose: {p1: service-improvement}}`, `
{"eventId":"e1","eventTime":"2026-01-09T16:35:26.277+0000","eventType":"3010","payload":{"dataSubjectGuid":"g1","profiles":[{"purposeId":"p1","topics":[]},{"purposeId":"p2"}]}}
{"eventId":"e2","eventTime":"2026-01-09T16:35:26.277+0000","eventType":"3011","payload":{"dataSubjectGuid":"g1","profiles":[{"purposeId":"p1"}]}}
{"eventId":"e3","eventTime":"2026-01-09T16:35:26.277+0000","eventType":"9999","payload":{"dataSubjectGuid":"g1","profiles":[]}}`,
		[]string{"e1 g1 2026-01-09T16:35:26Z : yes service-improvement  []", "at /payload/profiles/*/purposeId", "at /eventType", "at /payload/profiles"}},
	{"OneTrust receipt, a test", `
format: jsonl
each: /purposes
from: {id: /identifier, subject: /identifier, time: /time, answer: "/purposes/*/TransactionType", purpose: "/purposes/*/Id"}
values: {answer: {CONFIRMED: "yes", WITHDRAWN: "no", NOTGIVEN: "", PENDING: ""}}
empty: [/test]`,
		`{"identifier":"c-13","requestInformation":"<jwt>","test":true,"purposes":[{"Id":"p1","TransactionType":"CONFIRMED"},{"Id":"p2","TransactionType":"NOTGIVEN"}]}`,
		[]string{"at /test", "at /test"}},
	{"Cookie Compliance", `
format: csv
from: {id: jti, subject: sub, time: lat, answer: consent, purpose: purpose, days: exp}
values: {answer: {Accept: "yes", Reject: "no"}, purpose: {necessary: service-improvement}}`,
		"\ufeffmoc,jurisdiction,sub,consent,jti,lat,exp,purpose\r\nweb form,US,84a1,Reject,fc83,1790000000000,30,necessary\r\nweb form,US,84a1,Accept,fc84,1790000000000,30,necessary\r\nweb form,US,84a1,Accept,fc85,179000000000,30,necessary\r\nweb form,US,84a1,Accept,fc86,1790000000,a month,necessary\r\n",
		[]string{"fc83 84a1 2026-09-21T14:13:20Z : no service-improvement  []", "fc84 84a1 2026-09-21T14:13:20Z : yes service-improvement  [] until 2026-10-21T14:13:20Z", "at lat", "at exp"}},
	{"CookieScript: no names of columns, no zone, nobody", `
format: csv
columns: [key, action, ip, time, page, browser, categories, text]
timezone: Europe/Madrid
from: {id: key, subject: key, time: time, answer: action, purpose: categories}
values: {answer: {accept: "yes", reject: "no"}, purpose: {strict: service-improvement}}`,
		`8f2e,accept,203.0.113.0,2026-05-01 23:59:58,https://shop.example/,Mozilla/5.0,strict,"We use
cookies"
8f2f,accept,203.0.113.0,2026-05-01 23:59:58,https://shop.example/,Mozilla/5.0,"strict,targeting","We use cookies"`,
		[]string{"8f2e 8f2e 2026-05-01T21:59:58Z : yes service-improvement  []", "at categories"}},
	{"Usercentrics: a no is no word of a customer, an implied yes of nobody", `
format: jsonl
each: /services
from: {id: /controllerId, subject: /controllerId, time: "/services/*/history/1/timestamp", answer: "/services/*/history/1/status", purpose: "/services/*/id"}
values: {answer: {"true": "yes", "false": "no"}, purpose: {ads: card-offers}}
only: {"/services/*/history/1/type": explicit}`,
		`{"controllerId":"k9","services":[{"id":"ads","status":false,"history":[{"action":"onInitialPageLoad","type":"implicit","status":true,"timestamp":1790000000000},{"action":"onDenyAllServices","type":"explicit","status":false,"timestamp":1790000050000}]},{"id":"ads","history":[{},{"type":"implicit","status":true,"timestamp":1790000000000}]}]}`,
		[]string{"k9 k9 2026-09-21T14:14:10Z : no card-offers  []", "at /services/*/history/1/type"}},
	{"Didomi: a pending event", `
format: jsonl
each: /consents/purposes
from: {id: /id, subject: /user/organization_user_id, time: /created_at, answer: "/consents/purposes/*/enabled", purpose: "/consents/purposes/*/id"}
values: {answer: {"true": "yes", "false": "no"}, purpose: {ads: card-offers}}
only: {/status: confirmed}`, `
{"id":"ev1","organization_id":"o1","created_at":"2026-09-21T12:53:20.000Z","status":"pending_approval","user":{"organization_user_id":"c-20"},"consents":{"purposes":[{"id":"ads","enabled":true}]}}
{"id":"ev2","organization_id":"o1","created_at":"2026-09-21T12:53:20.000Z","status":"confirmed","user":{"organization_user_id":"c-20"},"consents":{"purposes":[{"id":"ads","enabled":true}]}}
{"id":"ev3","organization_id":"o1","created_at":"2026-09-21T12:53:20.000Z","status":"confirmed","user":{},"consents":{"purposes":[{"id":"ads","enabled":true}]}}`,
		[]string{"at /status", "ev2 c-20 2026-09-21T12:53:20Z : yes card-offers  []", "at /user/organization_user_id"}},
	{"Commanders Act", `
format: csv
from: {id: id_hit, subject: tcpid, time: date_hit, answer: type_action, purpose: cookie}
values: {answer: {banner: ""}, purpose: {"1": card-offers}}`,
		"id_hit,id_privacy,version,cookie,tcpid,date_hit,privacy_action,type_action,device\n77,3,12,\"1,4\",ab12,1790000000,V,banner,3\n",
		[]string{"at type_action"}},
	{"Klaviyo: suppressed, and a blank in front", `
format: csv
from: {id: Source, subject: Email, time: Email Marketing Consent Timestamp, answer: Email Marketing Consent}
always: {purpose: card-offers}
values: {answer: {SUBSCRIBED: "yes", UNSUBSCRIBED: "no", NEVER_SUBSCRIBED: ""}}
empty: [Suppressed]`, `Email,Email Marketing Consent,Email Marketing Consent Timestamp,Suppressed,Source
" C-22@Example.org",SUBSCRIBED,,2026-08-01T00:00:00Z,Footer form
" C-22@Example.org",SUBSCRIBED,2026-08-01T00:00:00Z,,Footer form
c-22@example.org,SUBSCRIBED,,,Footer form
c-22@example.org,NEVER_SUBSCRIBED,2026-08-01T00:00:00Z,,Footer form
c-22@example.org,SUBSCRIBED,2026-08-01T00:00:00Z,,Footer form`,
		[]string{"at Suppressed", "at Email", "at Email Marketing Consent Timestamp", "at Email Marketing Consent", "Footer form c-22@example.org 2026-08-01T00:00:00Z : yes card-offers  []"}},
	{"Mailchimp: an address that the account added", `
format: csv
timezone: Europe/Madrid
from: {id: EUID, subject: Email Address, time: OPTIN_TIME}
always: {answer: "yes", purpose: card-offers}`,
		`"Email Address",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,CC,LAST_CHANGED,LEID,EUID,NOTES
c-23@example.org,2,,,"2026-03-16 14:40:47",,ES,"2026-03-16 14:40:47",5501,a0b1,
c-23@example.org,2,"2026-03-16 14:40:47",,"2026-03-16 14:40:47",,ES,"2026-03-16 14:40:47",5501,a0b2,
c-23@example.org,2`,
		[]string{"at OPTIN_TIME", "a0b2 c-23@example.org 2026-03-16T13:40:47Z : yes card-offers  []", "not as many values"}},
	{"HubSpot: two bases, no time", `
format: csv
separator: ;
from: {id: Record ID, subject: Email, time: Consent date, answer: Legal basis}
always: {purpose: card-offers}
values: {answer: {Freely given consent from contact: "yes", Not applicable: ""}}`,
		"Record ID;Email;Legal basis;Consent date\n901;c-24@example.org;Freely given consent from contact,Performance of a contract;\n902;c-24@example.org;Freely given consent from contact;\n903;c-24@example.org;Not applicable;2026-08-01T00:00:00Z\n",
		[]string{"at Legal basis", "at Consent date", "at Legal basis"}},
	{"a spreadsheet's apostrophe", `
format: csv
from: {id: id, subject: phone, time: at}
always: {answer: "no", purpose: card-offers}`,
		"id,phone,at\n1,'+34600000000,2026-08-01T00:00:00Z\n2,+34600000000,2026-08-01T00:00:00Z\n3,'=c-3,2026-08-01T00:00:00Z",
		[]string{"at phone", "2 +34600000000 2026-08-01T00:00:00Z : no card-offers  []", "at phone"}},
	{"GovStack: a no or an end", `
format: jsonl
from: {id: /id, subject: /individual, time: /time, answer: /optIn, purpose: /dataAgreementRevisionHash}
values: {answer: {"true": "yes", "false": ""}, purpose: {ab: card-offers}}
only: {/state: signed}`, `
{"id":"r1","dataAgreementRevisionHash":"ab","individual":"c-25","optIn":false,"state":"signed"}
{"id":"r2","dataAgreementRevisionHash":"ab","individual":"c-25","optIn":true,"state":"unsigned"}
{"id":"r3","dataAgreementRevisionHash":"ab","individual":"c-25","optIn":true,"state":"signed"}`,
		[]string{"at /optIn", "at /state", "at /time"}},
	{"WSO2 OpenFGC: only what was approved, no end", `
format: jsonl
each: /purposes/0/elements
from: {id: /id, subject: /authorizations/0/userId, time: /createdTime, answer: "/purposes/0/elements/*/approved", purpose: /purposes/0/name, data: "/purposes/0/elements/*/name", until: /expirationTime}
values: {answer: {"true": "yes", "false": ""}, purpose: {letters: card-offers}, data: {mail: card-transactions, phone: card-transactions}, until: {"0": ""}}
only: {/status: ACTIVE, /authorizations/0/status: APPROVED}`,
		`{"id":"123e","status":"ACTIVE","createdTime":1790000000000,"expirationTime":0,"authorizations":[{"userId":"c-26@example.org","status":"APPROVED"}],"purposes":[{"name":"letters","version":"v1","elements":[{"name":"mail","namespace":"default","approved":true},{"name":"phone","approved":false}]}]}`,
		[]string{"123e c-26@example.org 2026-09-21T14:13:20Z : yes card-offers  [card-transactions]", "at /purposes/0/elements/*/approved"}},
}

func TestMappedWild(t *testing.T) {
	cat, _ := bank(t)
	for _, c := range mappedWild {
		t.Run(c.name, func(t *testing.T) {
			m, err := inbound.ParseMapping([]byte(c.mapping))
			must(t, err)
			n := 0
			for r, err := range inbound.Mapped(strings.NewReader(strings.TrimSpace(c.in)), m, cat) {
				must(t, err)
				if n++; n > len(c.want) {
					t.Fatalf("row %d is one too many: %+v", n, r)
				}
				switch want := c.want[n-1]; {
				case r.Err != nil && !strings.Contains(r.Err.Error(), want):
					t.Errorf("row %d: %v, want %s", n, r.Err, want)
				case r.Err != nil && strings.Contains(r.Err.Error(), "c-2"):
					t.Errorf("row %d: the error quotes the row: %v", n, r.Err)
				case r.Err == nil && says(r.Record) != want:
					t.Errorf("row %d says %q, want %q", n, says(r.Record), want)
				}
			}
			if n != len(c.want) {
				t.Errorf("%d rows, want %d", n, len(c.want))
			}
		})
	}
}

func TestMappingRefused(t *testing.T) {
	const from = "from: {id: a, subject: b, time: c, answer: d, purpose: e}\n"
	_, err := inbound.ParseMapping([]byte("format: csv\n" + from))
	must(t, err)
	for name, text := range map[string]string{
		"no YAML":                  "format: [",
		"no format":                from,
		"an unknown member":        "format: csv\nform: x\n" + from,
		"an unknown field":         "format: csv\nalways: {mood: good}\n" + from,
		"a field without value":    "format: csv\nfrom: {id: a}\n",
		"a field with two values":  "format: csv\nalways: {id: x}\n" + from,
		"a separator of two":       "format: csv\nseparator: ab\n" + from,
		"a separator that quotes":  "format: csv\nseparator: '\"'\n" + from,
		"a list of CSV":            "format: csv\neach: /a\n" + from,
		"columns of JSON":          "format: jsonl\ncolumns: [a]\n" + from,
		"a zone that nobody knows": "format: csv\ntimezone: Mars/Olympus\n" + from,
		"too large":                "format: csv\n" + from + strings.Repeat("#", inbound.MaxMapping),
	} {
		if _, err := inbound.ParseMapping([]byte(text)); !errors.Is(err, inbound.ErrMapping) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMappedFile: what ends the reading of a file, and what does not.
func TestMappedFile(t *testing.T) {
	cat, _ := bank(t)
	m, err := inbound.ParseMapping([]byte("format: csv\nfrom: {id: a, subject: b, time: c}\nalways: {answer: \"no\", purpose: card-offers}"))
	must(t, err)
	const row = "1,c-1,2026-08-01T00:00:00Z\n"
	for _, c := range []struct {
		name, in string
		read     int
		ends     bool
	}{
		{"all are read", "a,b,c\n" + row + row, 2, false},
		{"a bad row costs only itself", "a,b,c\n" + row + "1\"2,c-1,x\n1,2\n" + row, 2, false},
		{"a column is missing", "a,b\n1,c-1\n", 0, true},
		{"a column is there twice", "a,b,c,c\n", 0, true},
		{"a quote is never closed", "a,b,c\n" + row + `"` + strings.Repeat(row, 1<<12), 1, true},
	} {
		read, ended := 0, false
		for r, err := range inbound.Mapped(strings.NewReader(c.in), m, cat) {
			if err != nil {
				ended = true
			} else if r.Err == nil {
				read++
			}
		}
		if read != c.read || ended != c.ends {
			t.Errorf("%s: %d read, ended %v", c.name, read, ended)
		}
	}
}

// TestByteOrderMark: no kind of file is read differently for beginning with a byte order mark.
func TestByteOrderMark(t *testing.T) {
	cat, _ := bank(t)
	const mark, line = "\ufeff", `{"id":"r-1","subject":"c-1","time":"2026-08-01T00:00:00Z","answer":"no","purpose":"card-offers"}`
	mapping := func(rest string) *inbound.Mapping {
		m, err := inbound.ParseMapping([]byte(mark + rest + "\nalways: {answer: \"no\", purpose: card-offers}"))
		must(t, err)
		return m
	}
	quoted := mapping("format: csv\nfrom: {id: id, subject: c, time: t}")
	bare := mapping("format: csv\ncolumns: [id, c, t]\nfrom: {id: id, subject: c, time: t}")
	objects := mapping("format: jsonl\nfrom: {id: /id, subject: /subject, time: /time}")
	const row = "r-1,c-1,2026-08-01T00:00:00Z\n"
	for name, results := range map[string]iter.Seq2[inbound.Result, error]{
		"lines":                   inbound.Lines(strings.NewReader(mark+line), cat),
		"CSV":                     inbound.Mapped(strings.NewReader(mark+"\"id\",\"c\",\"t\"\n"+row), quoted, cat),
		"CSV without a first row": inbound.Mapped(strings.NewReader(mark+row), bare, cat),
		"JSON":                    inbound.Mapped(strings.NewReader(mark+line), objects, cat),
	} {
		for r, err := range results {
			if err != nil || r.Err != nil || says(r.Record) != "r-1 c-1 2026-08-01T00:00:00Z : no card-offers  []" {
				t.Errorf("%s: %+v %v", name, r, err)
			}
		}
	}
	if _, _, err := inbound.Kantara([]byte(mark+kantaraWild[0].in), cat); err != nil {
		t.Errorf("a receipt of Kantara: %v", err)
	}
}

// FuzzMapped: whatever a mapping and a file hold, a record that is read has a valid envelope.
func FuzzMapped(f *testing.F) {
	cat, _ := bank(f)
	for _, c := range mappedWild {
		f.Add(c.mapping, c.in)
	}
	f.Fuzz(func(t *testing.T, mapping, file string) {
		m, err := inbound.ParseMapping([]byte(mapping))
		if err != nil {
			return
		}
		for r, err := range inbound.Mapped(strings.NewReader(file), m, cat) {
			if err != nil || r.Err != nil {
				continue
			}
			b, err := r.Record.Envelope("old-crm")
			must(t, err)
			must(t, contracts.CheckJSON("envelope/1", b))
		}
	})
}
