package webim

import (
	"context"
	"slices"
)

// notification is GET webim/notification: announcements and requests that have come since
// the account is online, newest first (webim #notification).
func (h *Handler) notification(_ context.Context, c *call) (any, error) {
	list := []notice{}
	if p := h.hall.of(c.account); p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		list = append(list, p.notices...)
		slices.Reverse(list)
	}
	return list, nil
}
