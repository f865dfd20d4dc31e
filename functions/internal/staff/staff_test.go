package staff

import (
	"encoding/json"
	"testing"

	"consent-receipts/shared/api"
)

func TestDecide(t *testing.T) {
	const operator, auditor = `"` + api.ScopeOperator + `"`, `"` + api.ScopeAuditor + `"`
	for groups, suppressed := range map[string]string{
		`["operators"]`: auditor, `["auditors"]`: operator, `["operators","auditors","others"]`: "",
		`[]`: operator + "," + auditor, `null`: operator + "," + auditor, `["Operators","operator"]`: operator + "," + auditor,
	} {
		var e Event
		err := json.Unmarshal([]byte(`{"version":"2","userPoolId":"p","request":{"scopes":["openid"],"groupConfiguration":{"groupsToOverride":`+groups+`}}}`), &e)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(Decide(e))
		if err != nil {
			t.Fatal(err)
		}
		var answer struct {
			Version, UserPoolID string
			Response            json.RawMessage
		}
		if err := json.Unmarshal(b, &answer); err != nil || answer.Version != "2" || answer.UserPoolID != "p" {
			t.Errorf("%s: %s", groups, b)
		}
		want := `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToSuppress":[` + suppressed + `]}}}`
		if string(answer.Response) != want {
			t.Errorf("%s: %s, want %s", groups, answer.Response, want)
		}
	}
}
