// Package matching is a matching function, which a controller would deploy: it knows the
// sample people.
package matching

import (
	"encoding/json"
	"net/http"

	"consent-receipts/functions/local/system"
	"consent-receipts/shared/aws/matcher"
	"consent-receipts/shared/drp"
)

// Function is its name.
const Function = "sample-match"

// Serve serves the Invoke API of Lambda for Function, and leaves every other function to
// others.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
func Serve(others http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", others)
	mux.HandleFunc("POST /2015-03-31/functions/"+Function+"/invocations", func(w http.ResponseWriter, r *http.Request) {
		var person drp.Person
		var answer matcher.Answer
		err := json.NewDecoder(r.Body).Decode(&person)
		if err == nil {
			answer.Customer, answer.Refusal, err = system.Match(r.Context(), &person)
		}
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			_, _ = w.Write([]byte(`{"errorType":"match"}`))
			return
		}
		_ = json.NewEncoder(w).Encode(answer) // the caller may have gone
	})
	return mux
}
