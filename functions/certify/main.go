// Command certify certifies, with the root key, the keys that the other functions make in
// memory, for six hours. Only it and selfsign may use the root key.
//
// Trigger: invoked by the functions that sign, and by nobody else. Output: a certificate.
// Failure: a function error; the caller tells its own caller to try again.
package main

import (
	"consent-receipts/functions/internal/boot"
	"consent-receipts/functions/internal/boot/rootkey"
)

func main() {
	boot.Main(func(env *boot.Env) (any, error) { return rootkey.Handler(env).Leaf, nil })
}
