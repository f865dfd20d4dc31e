package api_test

import (
	"errors"
	"testing"

	"consent-receipts/shared/api"
)

// TestCheckOrigin: an origin that no browser sends, or that stands for several, is refused.
func TestCheckOrigin(t *testing.T) {
	for origin, good := range map[string]bool{
		"https://app.bank.example": true, "https://app.bank.example:8443": true, "http://localhost:3000": true, "http://127.0.0.1": true,
		"": false, "*": false, "null": false, "https://": false, "https://*.bank.example": false, "https://*": false,
		"https://app.bank.example/": false, "https://app.bank.example/path": false, "https://App.bank.example": false, "https://app.bank.example:443": false,
		"http://localhost:80": false, "http://app.bank.example": false, "https://user@bank.example": false, "http://localhost.bank.example": false,
		"https://a.example,https://b.example": false, "https://a.example https://b.example": false, " https://a.example": false, "https://a.example\n": false,
	} {
		if err := api.CheckOrigin(origin); (err == nil) != good || err != nil && !errors.Is(err, api.ErrOrigin) {
			t.Errorf("%q: %v", origin, err)
		}
	}
}
