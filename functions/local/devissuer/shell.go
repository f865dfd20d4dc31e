package devissuer

import (
	"fmt"
	"net/http"
)

// shell gives a token as a line that a shell evaluates, to whoever asks: of a sample person,
// or of a client that has scopes of its own. The command desk reads RECEIPT_TOKEN.
func (i *Issuer) shell(w http.ResponseWriter, r *http.Request) {
	id, options := r.PathValue("id"), []Option(nil)
	if c, ok := i.client(id); ok && len(c.Scopes) > 0 {
		id, options = c.For, []Option{WithClient(c.ID), WithScopes(c.Scopes...)}
	}
	token, err := i.Mint(id, options...)
	if err != nil {
		http.Error(w, "echo 'There is no such sample person.' >&2; false", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "export TOKEN=%[1]s RECEIPT_TOKEN=%[1]s\n", token)
}
