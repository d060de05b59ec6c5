package rest

import "net/http"

// allowOrigin lets pages of other sites read an answer. There are no cookies here, so a
// page gets nothing without a token of its own (Fetch, "CORS protocol").
func allowOrigin(w http.ResponseWriter) {
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// preflight answers what a browser asks before it sends a token (wire §3.3): it needs none.
func preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS")
	h.Set("Access-Control-Allow-Headers", "authorization, content-type, accept, restrict-access, share-secret, thumbnail, x-requested-with")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}
