package registrar_test

import (
	"context"
	"fmt"
	"testing"

	"consent-receipts/shared/consent"
)

func BenchmarkDo(b *testing.B) {
	d := newDesk(b)
	for i := range b.N {
		if _, err := d.Do(context.Background(), alice, fmt.Sprint(i), consent.OptOut{Purposes: []string{"card-offers"}, Reason: consent.Reason(fmt.Sprint(i))}, asPerson); err != nil {
			b.Fatal(err)
		}
	}
}
