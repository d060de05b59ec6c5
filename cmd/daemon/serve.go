package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"causeway/xmpp/c2s"
)

// An ear is a listener and what it hears.
type ear struct {
	net.Listener
	kind earKind
}

// An earKind is what is spoken at a listener, as people are told of it.
type earKind string

const (
	startTLS   earKind = "starttls"
	directTLS  earKind = "tls"
	https      earKind = "https"
	plainHTTP  earKind = "http"
	components earKind = "component"
	commands   earKind = "flash"
)

// listen opens all listeners of the configuration, or none.
func (h *house) listen(ctx context.Context) ([]ear, error) {
	var ears []ear
	for _, l := range []struct {
		kind  earKind
		addrs []string
		hint  string
	}{
		{startTLS, h.cfg.C2S.Listen, "--c2s and --c2s-tls name other addresses"},
		{directTLS, h.cfg.C2S.ListenTLS, "--c2s and --c2s-tls name other addresses"},
		{https, h.cfg.HTTP.Listen, "--http names another address"},
		{plainHTTP, h.cfg.HTTP.ListenPlain, "http.listen_plain names the addresses"},
		{components, h.cfg.Component.Listen, "component.listen names the addresses"},
		{commands, h.commandAddrs(), "--flash names another address; flash.listen = [] in the configuration turns it off"},
	} {
		for _, a := range l.addrs {
			// The servers set the keepalive of what they accept by themselves.
			ln, err := (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp", a)
			if err != nil {
				err = hinted(fmt.Errorf("listen on %s: %w", a, err), l.hint)
				for _, e := range ears {
					err = errors.Join(err, e.Close())
				}
				return nil, err
			}
			ears = append(ears, ear{ln, l.kind})
		}
	}
	return ears, nil
}

// hear serves a listener until ctx ends or its server is shut down.
func (h *house) hear(ctx context.Context, e ear) error {
	switch e.kind {
	case https, plainHTTP:
		return h.web.Serve(e, e.kind == https)
	case commands:
		return h.flash.Serve(e)
	case components:
		return h.components.Serve(ctx, e)
	case directTLS:
		return h.clients.Serve(ctx, e, c2s.DirectTLS)
	default:
		return h.clients.Serve(ctx, e, c2s.StartTLS)
	}
}

// serve runs a house until ctx ends, the store stops, or somebody sends SIGTERM or
// SIGINT; then it drains it. ready is called when clients can connect.
func (h *house) serve(ctx context.Context, ready func([]ear)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt, syscall.SIGHUP)
	defer signal.Stop(signals)

	if err := h.accounts.FinishRemovals(ctx); err != nil {
		// Those accounts stay closed; everybody else's need not.
		h.log.Error("interrupted removals of accounts could not be finished", slog.Any("err", err))
	}
	socket, err := h.openControl(ctx)
	if err != nil {
		return errors.Join(err, h.store.Close())
	}
	ears, err := h.listen(ctx)
	if err != nil {
		return errors.Join(err, socket.Close(), h.store.Close())
	}
	h.status.ears.Store(&ears)
	failed := make(chan error, len(ears))
	for _, e := range ears {
		h.log.Info("listening", slog.String("addr", e.Addr().String()), slog.String("for", string(e.kind)))
		// Stopped by cancel, and by the shutdowns of h.clients, h.components, h.flash and h.web.
		go func() { failed <- h.hear(ctx, e) }()
	}
	go h.certs.watch(ctx) // stopped by cancel
	go giveBack(ctx)      // stopped by cancel
	go h.uploads.Run(ctx) // stopped by cancel
	go h.sweepRooms(ctx)  // stopped by cancel
	if h.webim != nil {
		go h.webim.Run(ctx) // stopped by cancel
	}
	if h.flash != nil {
		h.statusFiles(ctx)
	}
	if h.plugchat != nil {
		go h.plugchat.Run(ctx) // stopped by cancel
	}
	ready(ears)
	cause := h.wait(ctx, signals, failed)
	h.status.draining.Store(true)
	return errors.Join(cause, h.drain(signals, socket, cancel))
}

// wait returns when the house is to be closed, with an error if nobody asked for it.
func (h *house) wait(ctx context.Context, signals <-chan os.Signal, failed <-chan error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-h.store.Stopped():
			return hinted(errors.New("the store has stopped"), "the log says why; is the disk full?")
		case err := <-failed:
			return err
		case s := <-signals:
			if s != syscall.SIGHUP {
				h.log.Info("shutting down", slog.String("signal", s.String()))
				return nil
			}
			h.hangUp()
		}
	}
}

// drainTime bounds the wait for clients that do not take what waits for them.
const drainTime = 8 * time.Second
