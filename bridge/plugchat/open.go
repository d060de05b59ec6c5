package plugchat

import (
	"net/http"
	"time"

	"causeway/bridge"
)

// An opening is what a page gets that opens a session, or comes back to one.
type opening struct {
	Key string `json:"key"`
	update
}

// open gives a page its session: that of its key, or a new one.
func (h *Handler) open(r *http.Request, app bridge.App, p bridge.Params) (any, error) {
	from := bridge.Address(r)
	if key := p["key"]; key != "" {
		if s, err := h.hall.find(r.Context(), app.ID, key, from); err == nil {
			return s.opening(), nil
		}
	}
	if err := h.limit(r, h.opening); err != nil {
		return nil, err
	}
	account, err := newGuest(h.cfg.Sealer, app.Host.Domain())
	if err != nil {
		return nil, err
	}
	s, err := h.hall.enter(r.Context(), pass{newID(), time.Now(), account, app.ID}, bridge.Network(from))
	if err != nil {
		return nil, err
	}
	return s.opening(), nil
}

func (s *session) opening() opening {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = time.Now()
	return opening{s.key(), s.update(0)}
}

// leave ends a session: the visitor has closed the bar, on all pages.
func (h *Handler) leave(r *http.Request, app bridge.App, p bridge.Params) (any, error) {
	s, err := h.hall.find(r.Context(), app.ID, p["key"], bridge.Address(r))
	if err != nil {
		return nil, err
	}
	h.hall.end(r.Context(), s)
	return nil, nil
}
