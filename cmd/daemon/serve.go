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
	mode c2s.Mode
}

// listen opens all listeners of the configuration, or none.
func (h *house) listen(ctx context.Context) ([]ear, error) {
	var ears []ear
	open := func(addrs []string, mode c2s.Mode) error {
		for _, a := range addrs {
			// The server sets the keepalive of what it accepts by itself.
			ln, err := (&net.ListenConfig{KeepAlive: -1}).Listen(ctx, "tcp", a)
			if err != nil {
				return hinted(fmt.Errorf("listen on %s: %w", a, err), "--c2s and --c2s-tls name other addresses")
			}
			ears = append(ears, ear{ln, mode})
		}
		return nil
	}
	if err := errors.Join(open(h.cfg.C2S.Listen, c2s.StartTLS), open(h.cfg.C2S.ListenTLS, c2s.DirectTLS)); err != nil {
		for _, e := range ears {
			err = errors.Join(err, e.Close())
		}
		return nil, err
	}
	return ears, nil
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
	failed := make(chan error, len(ears))
	for _, e := range ears {
		h.log.Info("listening", slog.String("addr", e.Addr().String()), slog.Bool("tls", e.mode == c2s.DirectTLS))
		// Stopped by cancel, and by the shutdown of h.clients.
		go func() { failed <- h.clients.Serve(ctx, e, e.mode) }()
	}
	h.status.ears.Store(&ears)
	go h.certs.watch(ctx) // stopped by cancel
	go giveBack(ctx)      // stopped by cancel
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
