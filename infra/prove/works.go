package main

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/uuid"

	"consent-receipts/shared/aws/dynamoledger"
	"consent-receipts/shared/aws/eventbus"
	"consent-receipts/shared/drill"
	"consent-receipts/shared/receipt"
)

// Claims of docs/deploy.md.
const (
	routesMatch     = "that API Gateway's ARNs of routes are as the functions' policies have them"
	authorizers     = "that the API's authorizers refuse"
	tableRestores   = "that the table restores"
	maxAnswer       = 1 << 20 // bytes
	apiKind         = "AWS::ApiGatewayV2::Api"
	provisionedKind = "Custom::Provision"
)

// tryAPI asks the API what needs no token, and with none.
func (p *proof) tryAPI(ctx context.Context) {
	for _, c := range []struct {
		claim, path, token string
		want               int
	}{
		{routesMatch, "/", "", http.StatusOK}, {routesMatch, "/v1/catalogue", "", http.StatusOK},
		{authorizers, "/v1/receipts", "", http.StatusUnauthorized}, {authorizers, "/v1/receipts", "a.b.c", http.StatusUnauthorized},
		{authorizers, "/v1/operator/requests", "", http.StatusUnauthorized},
		{routesMatch, "/v2/requests/x/", "", http.StatusUnauthorized}, // the portal would answer if the slash had no route
	} {
		p.try(ctx, c.claim, fmt.Sprintf("GET %s with the token %q is a %d", c.path, c.token, c.want), func(ctx context.Context) error {
			status, _, err := p.get(ctx, c.path, c.token)
			if err == nil && status != c.want {
				err = fmt.Errorf("the answer is a %d", status)
			}
			return err
		})
	}
}

// get asks the API.
func (p *proof) get(ctx context.Context, path, token string) (status int, body []byte, err error) {
	if err := p.has(apiKind); err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(p.outputs["ApiUrl"], "/")+path, nil)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return res.StatusCode, body, err
}

// tryReceipt makes a person, says no to everything in their name as a producer does, by the bus,
// and waits for the receipt in the table. This takes an insert, by which alone the condition on
// its partition key is shown to let through what it should.
func (p *proof) tryReceipt(ctx context.Context) {
	subject := "prove-" + uuid.NewString()
	p.try(ctx, "", "add a person to the user pool", func(ctx context.Context) error {
		pool, err := p.named("AWS::Cognito::UserPool", "People")
		if err != nil {
			return err
		}
		made, err := cognitoidentityprovider.NewFromConfig(p.config).AdminCreateUser(ctx, &cognitoidentityprovider.AdminCreateUserInput{
			UserPoolId: &pool, Username: aws.String(subject + "@bank.example"), MessageAction: cognito.MessageActionTypeSuppress,
		})
		if err != nil {
			return err
		}
		for _, a := range made.User.Attributes {
			if aws.ToString(a.Name) == "sub" {
				subject = *a.Value
			}
		}
		return nil
	})
	p.try(ctx, leadingKeys, "an event on the bus becomes a receipt in the table", func(ctx context.Context) error {
		if err := p.has(provisionedKind); err != nil { // without it no function has a root or a catalogue
			return err
		}
		if err := p.sayNo(ctx, subject); err != nil {
			return err
		}
		table := dynamoledger.OpenWhole(p.config, p.outputs["TableName"])
		return p.until(ctx, "there is a receipt", func() (bool, error) {
			for _, err := range table.Entries(ctx) {
				return err == nil, err
			}
			return false, nil
		})
	})
	p.try(ctx, "", "it verifies under the root of RootFingerprint", func(ctx context.Context) error {
		verifier, root, err := p.verifier(ctx)
		if err != nil {
			return err
		}
		for e, err := range dynamoledger.OpenWhole(p.config, p.outputs["TableName"]).Entries(ctx) {
			if err == nil {
				_, err = verifier.VerifyEntry(e.Receipt, receipt.Place{Issuer: root.Issuer(), Subject: e.Subject.Pseudonym(), Seq: 1})
			}
			return err
		}
		return skip("there is no receipt")
	})
}

// sayNo puts an opt-out from everything on the bus, which any catalogue allows.
func (p *proof) sayNo(ctx context.Context, subject string) error {
	producer := ""
	for _, r := range p.resources {
		if _, name, ok := strings.Cut(r.name, stackName+"-intake-"); ok && r.kind == "AWS::SQS::Queue" && strings.HasPrefix(r.id, "Queue") {
			producer = name
		}
	}
	if producer == "" {
		return skip("what was deployed has no queue of a producer")
	}
	event, err := json.Marshal(map[string]any{
		"specversion": "1.0", "id": uuid.NewString(), "source": producer, "type": "consent.opt-out.v1", "time": time.Now().UTC().Format(time.RFC3339),
		"subject": subject, "datacontenttype": "application/json", "data": map[string]any{"all": true, "actor": map[string]any{"role": "subject"}},
	})
	if err != nil {
		return err
	}
	return eventbus.New(p.config, p.outputs["IntakeBus"], producer, "consent.opt-out.v1").Put(ctx, [][]byte{event})[0]
}

// verifier trusts the root that the API serves, if that is the one of the deployment's output.
func (p *proof) verifier(ctx context.Context) (*receipt.Verifier, receipt.Roots, error) {
	status, body, err := p.get(ctx, "/.well-known/consent-receipt/root.pem", "")
	if err != nil {
		return nil, nil, err
	}
	block, _ := pem.Decode(body)
	if block == nil {
		return nil, nil, fmt.Errorf("root.pem is a %d and no certificate", status)
	}
	root, err := receipt.ParseRoot(block.Bytes)
	if err != nil {
		return nil, nil, err
	}
	if got := receipt.Fingerprint(root); got != p.outputs["RootFingerprint"] {
		return nil, nil, fmt.Errorf("root.pem is %s, and the output %s", got, p.outputs["RootFingerprint"])
	}
	return receipt.NewVerifier(root), receipt.Roots{root}, nil
}

// tryRestore restores the table and compares the copy, as desk drill does.
func (p *proof) tryRestore(ctx context.Context) {
	table := p.outputs["TableName"]
	live := dynamoledger.OpenWhole(p.config, table)
	copied := live.Beside(table + "-drill")
	p.try(ctx, tableRestores, "point-in-time recovery is on", func(ctx context.Context) error {
		out, err := dynamodb.NewFromConfig(p.config).DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &table})
		if err != nil {
			return err
		}
		if on := out.ContinuousBackupsDescription.PointInTimeRecoveryDescription; on == nil || on.PointInTimeRecoveryStatus != "ENABLED" {
			return errors.New("it is not")
		}
		return nil
	})
	d := &drill.Drill{Live: live, Copy: copied, Finding: func(what string) { fmt.Fprintln(p.out, what) }}
	restored := p.try(ctx, tableRestores, "restore it", func(ctx context.Context) (err error) {
		p.later("remove the copy", func(ctx context.Context) error { return p.removeCopy(ctx, copied) })
		d.At, err = live.Restore(ctx, copied.Name())
		return err
	})
	p.try(ctx, tableRestores, "each receipt of the copy verifies, and is the one of the table", func(ctx context.Context) error {
		if !restored {
			return skip("there is no copy")
		}
		verifier, root, err := p.verifier(ctx)
		if err != nil {
			return err
		}
		d.Verifier, d.Issuer = verifier, root.Issuer()
		r, err := d.Run(ctx)
		switch {
		case err == nil && r.Findings > 0:
			err = fmt.Errorf("%d findings", r.Findings)
		case err == nil && r.Receipts == 0: // the latest restorable moment is some minutes ago
			err = skip("the copy has no receipt yet")
		}
		return err
	})
}

// removeCopy waits with that until the copy is there, should this have been interrupted while it
// was made: DynamoDB deletes no table that it is still making.
func (p *proof) removeCopy(ctx context.Context, copied *dynamoledger.Whole) error {
	return p.until(ctx, "the copy can be deleted", func() (bool, error) {
		err := copied.Remove(ctx)
		if codeOf(err) == "ResourceInUseException" {
			return false, nil
		}
		return true, ifThere(err)
	})
}
