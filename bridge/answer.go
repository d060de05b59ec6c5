package bridge

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// maxCallback is the longest name of a callback.
const maxCallback = 100

// Callback gives the name of the function that a page wants called with the answer
// (JSONP), "" if it wants plain JSON. The name becomes code, so nothing passes but what
// names a property: letters, digits, "_", "$" and ".".
func Callback(r *http.Request) (name string, err error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	values, asked := query["callback"]
	if err == nil && !asked {
		return "", nil
	}
	if err != nil || len(values) > 1 || !isCallback(values[0]) {
		return "", Wrong(http.StatusBadRequest, "not the name of a callback")
	}
	return values[0], nil
}

func isCallback(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == '$':
		case ('0' <= c && c <= '9' || c == '.') && i > 0:
		default:
			return false
		}
	}
	return 0 < len(name) && len(name) <= maxCallback
}

// Answer writes v as JSON or, if callback is not "", as a script that calls it with v. A
// value that is []byte is JSON already. It is false if the client cannot have got it.
func Answer(w http.ResponseWriter, status int, callback string, v any) (written bool) {
	body, ok := v.([]byte)
	if !ok {
		var err error
		if body, err = json.Marshal(v); err != nil { // a mistake of ours
			Refuse(w, http.StatusInternalServerError, "")
			return false
		}
	}
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	if callback != "" {
		h.Set("Content-Type", "application/javascript; charset=utf-8")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin") // a script of another origin is what JSONP is
		body = script(callback, body)
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if _, err := w.Write(body); err != nil {
		return false
	}
	// What is in a buffer is not written; a writer that cannot say is taken at its word.
	err := http.NewResponseController(w).Flush()
	return err == nil || errors.Is(err, http.ErrNotSupported)
}

// script is a call. The comment keeps the answer from being another kind of file whose
// first bytes somebody chose by the name of the callback; the two characters are line
// ends in old JavaScript, but not in JSON.
func script(callback string, body []byte) []byte {
	out := make([]byte, 0, len(callback)+len(body)+8)
	out = append(out, "/**/"...)
	out = append(out, callback...)
	out = append(out, '(')
	for _, part := range bytes.SplitAfter(body, []byte("\u2028")) {
		cut, ends := bytes.CutSuffix(part, []byte("\u2028"))
		out = append(out, bytes.ReplaceAll(cut, []byte("\u2029"), []byte(`\u2029`))...)
		if ends {
			out = append(out, `\u2028`...)
		}
	}
	return append(out, ");"...)
}

// RetryAfter says in the head of the answer when to try again (RFC 9110 §10.2.3).
func RetryAfter(w http.ResponseWriter, wait time.Duration) {
	if wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
}

// Wait tells the server that the answer to a request takes so long because nothing has
// happened, and that its client is not slow.
func Wait(w http.ResponseWriter, hold time.Duration) {
	end := time.Now().Add(hold + paceTime)
	c := http.NewResponseController(w)
	// A writer without deadlines, as in tests, has nobody to wait for.
	_ = c.SetReadDeadline(end)
	_ = c.SetWriteDeadline(end)
}
