package webim

import (
	"context"
	"net/http"
	"time"

	"causeway/bridge"
)

// offline is POST webim/offline: the tab goes. If it was the only one, the account is
// seen to go at once (webim #offline).
func (h *Handler) offline(ctx context.Context, c *call) (any, error) {
	if c.tab == nil {
		return nil, bridge.Wrong(http.StatusForbidden, "no such ticket")
	}
	p := c.tab.person
	h.hall.drop(c.tab)
	p.mu.Lock()
	alone := len(p.tabs) == 0
	p.mu.Unlock()
	if alone {
		h.hall.expel(ctx, p)
	}
	return ok, nil
}

// refresh is POST webim/refresh: the page is being loaded again. What it has got it has;
// a new ticket will come, and until then the account stays (webim #refresh).
func (h *Handler) refresh(_ context.Context, c *call) (any, error) {
	if c.tab == nil {
		return nil, bridge.Wrong(http.StatusForbidden, "no such ticket")
	}
	h.hall.drop(c.tab)
	return ok, nil
}

// logout is POST webim/logout, which the protocol lacks: the browser forgets who it is, and
// all its tabs go offline.
func (h *Handler) logout(ctx context.Context, c *call) (any, error) {
	if p := h.hall.of(c.account); p != nil {
		p.mu.Lock()
		var mine []*tab
		for _, t := range p.tabs {
			if t == c.tab || c.cookie.id != "" && t.cookie == c.cookie.id {
				mine = append(mine, t)
			}
		}
		alone := len(mine) == len(p.tabs)
		p.mu.Unlock()
		for _, t := range mine {
			h.hall.drop(t)
		}
		if alone {
			h.hall.expel(ctx, p)
		}
	}
	if c.cookie.id != "" {
		h.revoked.revoke(c.cookie.id, time.Now().Add(cookieLife), time.Now())
	}
	h.cookie().Set(c.w, c.r, "")
	return ok, nil
}
