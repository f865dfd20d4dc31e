package registrar_test

import (
	"context"
	"fmt"
	"testing"

	"consent-receipts/shared/consent"
	"consent-receipts/shared/ledger"
)

func BenchmarkDo(b *testing.B) {
	d := newDesk(b)
	for i := range b.N {
		if _, err := d.Do(context.Background(), ledger.Person(alice), fmt.Sprint(i), consent.OptOut{Purposes: []string{"card-offers"}, Reason: consent.Reason(fmt.Sprint(i))}, asPerson); err != nil {
			b.Fatal(err)
		}
	}
}
