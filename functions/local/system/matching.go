package system

import (
	"encoding/json"
	"net/http"

	"consent-receipts/shared/aws/matcher"
	"consent-receipts/shared/drp"
)

// MatchFunction is the name of a matching function that knows the sample people, and
// SampleMail the address by which it finds the first.
const (
	MatchFunction = "sample-match"
	SampleMail    = "alex@example.com"
)

// Matching serves the Invoke API of Lambda for MatchFunction, which a controller would
// deploy, and leaves every other function to others.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func Matching(others http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", others)
	mux.HandleFunc("POST /2015-03-31/functions/"+MatchFunction+"/invocations", func(w http.ResponseWriter, r *http.Request) {
		var person drp.Person
		var answer matcher.Answer
		err := json.NewDecoder(r.Body).Decode(&person)
		if err == nil {
			answer.Customer, answer.Refusal, err = match(r.Context(), &person)
		}
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = w.Write([]byte(`{"errorType":"match"}`))
			return
		}
		_ = json.NewEncoder(w).Encode(answer) // to a caller who may be gone
	})
	return mux
}
