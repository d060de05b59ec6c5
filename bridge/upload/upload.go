package upload

import (
	"errors"
	"log/slog"
	"net/http"

	"causeway/bridge"
	"causeway/xmpp/stanza"
)

// methods are all that a file can be asked for by.
const methods = "OPTIONS, HEAD, GET, PUT"

// A Handler answers all requests below Prefix.
type Handler struct {
	files Files
	log   *slog.Logger
}

// New makes the handler.
func New(files Files, log *slog.Logger) *Handler { return &Handler{files: files, log: log} }

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	share(w.Header())
	id, name, ok := parsePath(r.URL.EscapedPath())
	if !ok {
		bridge.Refuse(w, http.StatusNotFound, "there is no such file")
		return
	}
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		h.get(w, r, id, name)
	case http.MethodPut:
		h.put(w, r, id, name)
	case http.MethodOptions:
		w.Header().Set("Allow", methods)
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header().Set("Allow", methods) // RFC 9110 §15.5.6
		bridge.Refuse(w, http.StatusMethodNotAllowed, "")
	}
}

// share lets web clients of any site use files: their URLs are the only key there
// is, and no cookie goes with them (XEP-0363 #impl).
func share(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", methods)
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Range")
	h.Set("Access-Control-Expose-Headers", "Accept-Ranges, Content-Disposition, Content-Range, ETag")
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// fail answers with the status of an error.
func (h *Handler) fail(w http.ResponseWriter, err error) {
	var told *stanza.Error
	if !errors.As(err, &told) {
		h.log.Error("an upload or download failed", slog.Any("err", err))
		bridge.Refuse(w, http.StatusInternalServerError, "")
		return
	}
	bridge.Refuse(w, status(told.Condition), told.Text)
}

// status is what a condition means for a file.
func status(c stanza.Condition) int {
	switch c {
	case stanza.BadRequest:
		return http.StatusBadRequest
	case stanza.Forbidden:
		return http.StatusForbidden
	case stanza.ItemNotFound:
		return http.StatusNotFound
	case stanza.Conflict:
		return http.StatusConflict
	case stanza.Gone:
		return http.StatusGone
	case stanza.PolicyViolation:
		return http.StatusRequestEntityTooLarge
	case stanza.NotAcceptable:
		return http.StatusUnsupportedMediaType
	case stanza.ResourceConstraint:
		return http.StatusInsufficientStorage
	default:
		return http.StatusInternalServerError
	}
}
