package daemon

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
)

// drain closes a house: everybody out of the rooms, no new connections,
// <system-shutdown/> to every client and component (RFC 6120 §4.9.3.20), what waits
// for them written or kept, uploads and downloads ended, and then the store.
// A second signal ends the waiting at once; what was acknowledged is on the disk
// in any case.
func (h *house) drain(signals <-chan os.Signal, socket io.Closer, cancel context.CancelFunc) error {
	ctx, stop := context.WithTimeout(context.Background(), drainTime)
	defer stop()
	// Ends with ctx.
	go func() {
		select {
		case <-signals:
			h.log.Warn("shutting down at once")
			stop()
		case <-ctx.Done():
		}
	}()
	if h.webim != nil {
		h.webim.Close(ctx) // first: polls that wait would hold up the others
	}
	if h.flash != nil {
		if err := h.flash.Shutdown(ctx); err != nil {
			h.log.Warn("some commands were cut off", slog.Any("err", err))
		}
	}
	if h.plugchat != nil {
		h.plugchat.Close(ctx)
	}
	web := make(chan error, 1)
	go func() { web <- h.web.Shutdown(ctx) }() // ends with ctx
	if h.rooms != nil {                        // before those who are in them are gone
		if err := h.rooms.Shutdown(ctx); err != nil {
			h.log.Warn("some rooms were not left in order", slog.Any("err", err))
		}
	}
	err := h.clients.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		h.log.Warn("some clients did not take what waited for them", slog.Any("err", err))
		err = nil
	}
	// After the clients, whose last presence they are to see.
	if err := h.components.Shutdown(ctx); err != nil {
		h.log.Warn("some components did not take what waited for them", slog.Any("err", err))
	}
	if err := <-web; err != nil {
		h.log.Warn("some uploads or downloads were cut off", slog.Any("err", err))
	}
	cancel()
	h.push.Close()
	if err := h.queue.Drain(ctx); err != nil {
		h.log.Warn("some messages may be delivered twice", slog.Any("err", err))
	}
	if err := h.archive.Drain(ctx); err != nil {
		h.log.Warn("some retracted messages are still in the archive", slog.Any("err", err))
	}
	err = errors.Join(err, socket.Close(), h.store.Close())
	h.log.Info("shut down")
	return err
}
