package webim

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// visitorLocal is how the localparts of the accounts of visitors begin: the id of such an
// account begins with "vid:" (XEP-0106), and the library shows those in a group of their
// own (wire §2.1).
const visitorLocal = `vid\3a`

// IsVisitor reports whether an account is one that was made for a visitor.
func IsVisitor(j jid.JID) bool { return strings.HasPrefix(j.Local(), visitorLocal) }

// visitor lets somebody in who has no account, where the host allows it: with an account
// that is removed when they go.
func (h *Handler) visitor(ctx context.Context, c *call) (jid.JID, profile, bool, error) {
	if !slices.Contains(h.cfg.Visitors, c.site.host) || c.params["visitor"] != "true" {
		return jid.JID{}, profile{}, false, errLogin
	}
	if wait := h.guests.Allow(bridge.Network(bridge.Address(c.r))); wait > 0 {
		return jid.JID{}, profile{}, false, &bridge.Problem{Status: http.StatusTooManyRequests, Text: "too many visitors", Wait: wait}
	}
	if h.hall.visitors() >= maxVisitors {
		return jid.JID{}, profile{}, false, &bridge.Problem{Status: http.StatusServiceUnavailable, Text: "too many visitors", Wait: time.Minute}
	}
	account, err := jid.New(visitorLocal+strings.ToLower(rand.Text()[:12]), c.site.host, "")
	if err != nil {
		return jid.JID{}, profile{}, false, err
	}
	if err := h.cfg.People.Ensure(ctx, account); err != nil {
		return jid.JID{}, profile{}, false, err
	}
	return account, profile{nick: cut(c.params["nick"], maxNick)}, true, nil
}

// maxVisitors is how many visitors are here at once: each is an account on the disk.
const maxVisitors = 10_000

// visitors counts those who are here.
func (h *hall) visitors() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.guests
}

// dismiss removes the account of a visitor who has gone.
func (h *hall) dismiss(ctx context.Context, account jid.JID) {
	if err := h.people.Remove(context.WithoutCancel(ctx), account); err != nil {
		h.log.Error("a visitor could not be removed", slog.String("jid", account.String()), slog.Any("err", err))
	}
}

// sweepVisitors removes visitors who were here when the server ended without notice.
func (h *Handler) sweepVisitors(ctx context.Context) {
	for _, host := range h.cfg.Hosts {
		for after := ""; ; {
			list, err := h.cfg.People.Visitors(ctx, host, visitorLocal, after)
			if err != nil {
				h.log.Error("visitors could not be looked up", slog.String("host", host), slog.Any("err", err))
			}
			if err != nil || len(list) == 0 {
				break
			}
			for _, account := range list {
				after = account.Local()
				if h.hall.of(account) == nil {
					h.hall.dismiss(ctx, account)
				}
			}
		}
	}
}
