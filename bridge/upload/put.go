package upload

import (
	"errors"
	"net/http"
	"os"

	"causeway/bridge"
)

// put takes a file (XEP-0363 #upload).
func (h *Handler) put(w http.ResponseWriter, r *http.Request, id, name string) {
	switch {
	case r.ContentLength < 0:
		// Only with it can "the Content-Length … match the size of the slot request".
		bridge.Refuse(w, http.StatusLengthRequired, "")
		return
	case r.Header.Get("Content-Range") != "":
		// RFC 9110 §14.4: a server that has no partial PUT "SHOULD respond with a 400"
		bridge.Refuse(w, http.StatusBadRequest, "a file comes in one piece")
		return
	case r.Header.Get("Content-Encoding") != "":
		bridge.Refuse(w, http.StatusUnsupportedMediaType, "no content encoding is known here")
		return
	}
	body := bridge.Body(w, r, r.ContentLength)
	err := h.files.Put(r.Context(), Delivery{
		ID: id, Name: name, Token: r.URL.RawQuery, Type: r.Header.Get("Content-Type"), Size: r.ContentLength, Body: body,
	})
	switch {
	case err == nil:
		// XEP-0363 #upload: 201 means "that the server is now ready to serve the file"
		w.WriteHeader(http.StatusCreated)
	case errors.Is(body.Err(), os.ErrDeadlineExceeded):
		bridge.Refuse(w, http.StatusRequestTimeout, "")
	case body.Err() != nil:
		bridge.Refuse(w, http.StatusBadRequest, "the file has not come whole")
	default:
		h.fail(w, err)
	}
}
