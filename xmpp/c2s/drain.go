package c2s

import (
	"context"
	"time"

	"causeway/xmpp/stream"
)

// Shutdown ends all streams in order: no new connections, <system-shutdown/> and
// a closing tag to every client, and what a client has not acknowledged goes to
// the offline queue. It returns when that is done or ctx ends; then the
// connections that are left are cut. The server cannot be used again.
func (s *Server) Shutdown(ctx context.Context) error {
	if s.closing.Swap(true) {
		return nil
	}
	close(s.closed)
	defer s.asleep.stop()
	s.mu.Lock()
	for ln := range s.ears {
		_ = ln.Close()
	}
	s.mu.Unlock()
	for _, w := range s.wires.all(nil) {
		if k := w.link.Load(); k != nil {
			k.client.End(stream.SystemShutdown.Err("")) // RFC 6120 §4.9.3.20
		} else {
			_ = w.SetReadDeadline(time.Unix(1, 0)) // wakes the login, which sees why
		}
	}
	for _, c := range s.cut.all(nil) {
		c.endIfCut(ctx)
	}
	done := make(chan struct{})
	go func() { // ends when the last stream does, which the end of this function sees to
		s.running.Wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	}
	for _, w := range s.wires.all(nil) {
		_ = w.Close()
	}
	<-done
	return err
}

// endIfCut ends a session that waits for its client; what it holds is on the disk.
func (c *client) endIfCut(ctx context.Context) {
	c.mu.Lock()
	cut := c.cut
	c.note(stream.SystemShutdown.Err(""))
	c.mu.Unlock()
	if cut {
		c.finish(ctx)
	}
}
