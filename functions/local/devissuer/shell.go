package devissuer

import (
	"fmt"
	"net/http"
)

// shell answers anybody with a line that a shell evaluates to get a token. The command desk
// reads RECEIPT_TOKEN.
func (i *Issuer) shell(w http.ResponseWriter, r *http.Request) {
	token, err := i.Mint(r.PathValue("id"))
	if err != nil {
		http.Error(w, "echo 'There is no such sample person.' >&2; false", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "export TOKEN=%[1]s RECEIPT_TOKEN=%[1]s\n", token)
}
