// Package errtest ends tests whose own steps fail. A test package says
//
//	var must = errtest.None
//
// and then must(t, err), where an error is no finding but the end.
package errtest

import "testing"

// None ends the test if there is an error.
func None(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
