package dynamoledger

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"consent-receipts/shared/ledger"
)

// insert puts an item where there is none. If there is one, ours says whether it is the
// very same item: then an earlier attempt got through and its answer was lost, which is no
// error. Otherwise the error is ledger.ErrConflict.
func (s *Store) insert(ctx context.Context, it item, ours func(item) bool) error {
	if err := ended(ctx); err != nil {
		return err
	}
	statement, parameters := s.statement(it)
	_, err := s.client.ExecuteStatement(ctx, &dynamodb.ExecuteStatementInput{
		Statement: &statement, Parameters: parameters,
	})
	if err == nil {
		return nil
	}
	if !isDuplicate(err) {
		return translate(ctx, err)
	}
	r := reader{item: it}
	pk, sk := r.text(attrPK), r.text(attrSK)
	there, err := s.get(ctx, pk, sk)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return fmt.Errorf("%w: the item that held the place of %q is gone", ledger.ErrUnavailable, sk)
	case err != nil:
		return err
	case !ours(there):
		return fmt.Errorf("%w: %q", ledger.ErrConflict, sk)
	}
	return nil
}

// statement is INSERT INTO "table" VALUE {'pk': ?, ...} and what its question
// marks stand for.
func (s *Store) statement(it item) (string, []types.AttributeValue) {
	var members []string
	var parameters []types.AttributeValue
	for _, name := range slices.Sorted(maps.Keys(it)) {
		members = append(members, "'"+name+"': ?")
		parameters = append(parameters, it[name])
	}
	return fmt.Sprintf(`INSERT INTO "%s" VALUE {%s}`, s.table, strings.Join(members, ", ")), parameters
}
