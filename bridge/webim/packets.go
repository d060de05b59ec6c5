package webim

import (
	"context"
	"net/http"

	"causeway/bridge"
)

// packets is GET /packets: a poll, which waits until something has come (wire §3). A ticket
// that is no good is told with a status, never with 200 or an empty answer (wire §3.3).
func (h *Handler) packets(w http.ResponseWriter, r *http.Request) {
	callback, err := bridge.Callback(r)
	if err != nil {
		h.refuse(w, "", "packets", err)
		return
	}
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", "GET")
		bridge.Answer(w, http.StatusMethodNotAllowed, callback, refusal("Method Not Allowed"))
		return
	}
	body, err := h.poll(r.Context(), w, r.URL.Query().Get("ticket"))
	switch {
	case r.Context().Err() != nil:
		return // nobody is there
	case err != nil:
		h.refuse(w, callback, "packets", err)
	default:
		bridge.Answer(w, http.StatusOK, callback, body)
	}
}

func (h *Handler) poll(ctx context.Context, w http.ResponseWriter, ticket string) ([]byte, error) {
	t, err := h.hall.tab(ctx, ticket)
	if err != nil {
		return nil, err
	}
	bridge.Wait(w, h.cfg.Hold)
	return t.poll(ctx, h.cfg.Hold, h.hall.stop)
}
