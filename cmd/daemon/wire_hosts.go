package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"causeway/xmpp/ext/command"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stream"
)

// Commands of ours that stop a host and start it again.
const (
	nodeHostStop  = "urn:causeway:admin#host-stop"
	nodeHostStart = "urn:causeway:admin#host-start"
)

// stopTime is how long the sessions of a host that is stopped have to be gone.
const stopTime = 10 * time.Second

// stopping takes up which hosts are stopped, and lets administrators say so.
func (h *house) stopping(ctx context.Context) error {
	for _, host := range h.router.Hosts() {
		stopped, err := h.store.Hosts().Stopped(ctx, host)
		if err != nil {
			return fmt.Errorf("is %s stopped: %w", host, err)
		}
		if stopped {
			h.router.SetStopped(host, true)
			h.log.Warn("a host is stopped: nobody can log in", slog.String("host", host))
		}
	}
	var turn sync.Mutex // one after the other
	for node, c := range map[string]struct {
		name string
		act  func(ctx context.Context, who, host jid.JID) error
	}{
		nodeHostStop:  {"Stop the host: everybody is logged out", h.stopHost},
		nodeHostStart: {"Start the host again", h.startHost},
	} {
		h.commands.Add(command.Command{
			Node: node, Name: c.name, Allowed: h.accounts.IsAdmin,
			Run: func(ctx context.Context, who, host jid.JID, _ *form.Form) (*form.Form, error) {
				turn.Lock()
				defer turn.Unlock()
				return nil, c.act(context.WithoutCancel(ctx), who, host)
			},
		})
	}
	return nil
}

// stopHost stops a host: that it is stopped is on the disk first, then nobody comes in any
// more, those in its rooms are told (XEP-0045 #service-shutdown-kick), and all streams end
// as when the server does (RFC 6120 §4.9.3.20). What a client has not acknowledged goes
// to the offline queue, as do messages that come from other hosts meanwhile.
func (h *house) stopHost(ctx context.Context, who, host jid.JID) error {
	ctx, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	name := host.Domain()
	if err := h.store.Hosts().SetStopped(ctx, name, true); err != nil {
		return err
	}
	h.router.SetStopped(name, true)
	if h.rooms != nil {
		if err := h.rooms.Stop(ctx, name); err != nil {
			h.log.Warn("some rooms were not left in order", slog.String("host", name), slog.Any("err", err))
		}
	}
	var left []<-chan struct{}
	for s := range h.router.All {
		if s.JID().Domain() != name {
			continue
		}
		s.End(stream.SystemShutdown.Err("the host is stopped"))
		if s.JID() != who { // who waits for us
			left = append(left, s.Left())
		}
	}
	for _, l := range left {
		select {
		case <-l:
		case <-ctx.Done():
			h.log.Warn("some clients did not take what waited for them", slog.String("host", name))
			return nil
		}
	}
	h.log.InfoContext(ctx, "administration", slog.String("act", "stop host"), slog.String("jid", name), slog.String("by", who.String()))
	return nil
}

// startHost starts a host again.
func (h *house) startHost(ctx context.Context, who, host jid.JID) error {
	if err := h.store.Hosts().SetStopped(ctx, host.Domain(), false); err != nil {
		return err
	}
	h.router.SetStopped(host.Domain(), false)
	h.log.InfoContext(ctx, "administration", slog.String("act", "start host"), slog.String("jid", host.Domain()), slog.String("by", who.String()))
	return nil
}
