package c2s

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A reader is what reading needs while there is something to read. An idle
// connection has none.
type reader struct {
	framer *stream.Framer
	st     stanza.Stanza
}

// getReader gives a reader that stands between two elements of k's stream.
func (k *link) getReader() *reader {
	s := k.client.srv
	r, ok := s.readers.Get().(*reader)
	if !ok {
		r = &reader{framer: stream.NewFramer(s.limits())}
	}
	r.framer.Reset(s.limits())
	r.framer.Resume(k.header)
	return r
}

// putReader takes r back if nothing is half read in it; it gives what the
// connection still holds.
func (k *link) putReader(r *reader) *reader {
	if !r.framer.Release() {
		return r
	}
	r.st = stanza.Stanza{}
	k.client.srv.readers.Put(r)
	return nil
}

// run reads the stream of a client until it ends. Stanzas are routed in this
// goroutine, one after the other, so they keep their order (RFC 6120 §10.1).
func (k *link) run(ctx context.Context, r *reader) {
	k.listen()
	err := k.loop(ctx, r)
	if errors.Is(err, errAsleep) {
		return // wake starts another
	}
	k.conclude(err)
	k.end(ctx, err)
}

// loop takes what comes in until the connection or the stream ends.
func (k *link) loop(ctx context.Context, r *reader) (err error) {
	from := sourceOf(k) // not kept in k, which may sleep for hours
	for err == nil {
		if r != nil {
			err = k.takeAll(ctx, r)
		}
		if err == nil {
			k.heed()
			k.pace()
			r, err = from.next(r)
		}
		if err != nil && k.woken.Load() {
			err = k.sleep(r, err)
		}
	}
	return err
}

// takeAll takes the events that are whole. A panic in it is the end of one
// stream, not of the server.
func (k *link) takeAll(ctx context.Context, r *reader) (err error) {
	defer func() {
		if p := recover(); p != nil {
			k.client.srv.log.Error("a stream panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			err = stream.InternalServerError.Err("")
		}
	}()
	for {
		ev, err := r.framer.Next()
		if err != nil {
			return err
		}
		if ev.Kind == stream.NeedMore {
			return nil
		}
		if err := k.take(ctx, r, ev); err != nil {
			return err
		}
	}
}

// conclude closes our side of the stream, if there is anybody to tell.
func (k *link) conclude(err error) {
	var told *stream.Error
	switch {
	case errors.Is(err, errClosed):
		k.goodbye(nil) // RFC 6120 §4.4: answered with a closing tag
	case errors.As(err, &told):
		k.client.srv.log.Info("stream error", slog.String("jid", k.client.jid.String()),
			slog.String("cond", string(told.Condition)), slog.String("text", told.Text))
		k.goodbye(told)
	}
}

// goodbye is sayGoodbye for those who do not hold the lock.
func (k *link) goodbye(reason *stream.Error) {
	k.client.mu.Lock()
	defer k.client.mu.Unlock()
	if k.client.link == k {
		k.sayGoodbye(reason)
	}
}

// end is the last part of a connection.
func (k *link) end(ctx context.Context, err error) {
	c := k.client
	c.beginParting()
	c.lost(ctx, k, err)
	c.mu.Lock()
	managed := c.managed // then the ledger knew what was not sent
	closing := k.closing
	c.reading = nil
	if k.gone != nil {
		close(k.gone)
	}
	c.mu.Unlock()
	if closing {
		k.settle()
	}
	lingers := closing && !errors.Is(err, errClosed) && !lostAlone(err)
	if !lingers {
		_ = k.wire.Close()
	}
	if unsent, out := k.leftover(); !managed {
		c.rerouteUnsent(ctx, k.undelivered())
		c.rerouteUnsent(ctx, unsent)
		c.rerouteUnsent(ctx, out)
		c.rerouteDeferred(ctx)
	}
	c.endParting(ctx)
	if lingers {
		linger(k.conn)
		_ = k.wire.Close()
	}
	c.srv.asleep.forget(k)
	c.srv.running.Done()
}

// lostAlone reports whether a stream ended with its connection, without a word
// from either side.
func lostAlone(err error) bool {
	var told *stream.Error
	return !errors.Is(err, errClosed) && !errors.As(err, &told)
}

// take deals with one event of the client's stream.
func (k *link) take(ctx context.Context, r *reader, ev stream.Event) error {
	switch ev.Kind {
	case stream.Closing:
		return errClosed
	case stream.Opening:
		return stream.BadFormat.Err("") // no restart is due
	}
	el := ev.Element
	if isManagement(el) {
		return k.manage(el)
	}
	if k.deaf() {
		return nil // our stream is closed; only acknowledgements still matter
	}
	switch err := r.st.Reset(el.Raw, el.Index, k.client.srv.resolve); {
	case err == nil:
		if !el.Is(stream.NSClient, r.st.Kind.String()) {
			return stream.InvalidNamespace.Err("") // RFC 6120 §4.8.3
		}
		return k.stanza(ctx, &r.st)
	case errors.Is(err, stanza.ErrNotStanza):
		return k.notStanza(el)
	default:
		return k.reject(&r.st, err)
	}
}

// notStanza takes an element that is neither a stanza nor of stream management.
func (k *link) notStanza(el stream.Element) error {
	if el.Namespace() == nsState {
		return k.indicate(el)
	}
	if el.Is(stream.NS, "error") {
		return errClosed // RFC 6120 §4.9.1.1: whoever sends one closes its stream
	}
	switch string(el.Local()) {
	case "message", "presence", "iq":
		return stream.InvalidNamespace.Err("") // RFC 6120 §4.9.3.10
	}
	return stream.UnsupportedStanzaType.Err("") // RFC 6120 §4.9.3.24
}

func (k *link) deaf() bool {
	k.client.mu.Lock()
	defer k.client.mu.Unlock()
	return k.closing || k.client.link != k
}

// stanza routes one stanza of the client.
func (k *link) stanza(ctx context.Context, st *stanza.Stanza) error {
	if st.Kind == stanza.IQ && st.Type == stanza.Set && (k.reserved(st) || k.answered(st)) {
		return k.client.handled(nil)
	}
	ticket, err := k.client.session.Route(ctx, st)
	if err != nil {
		return err
	}
	return k.client.handled(ticket)
}

// answered answers the requests that belong to the stream and not to the session.
func (k *link) answered(st *stanza.Stanza) bool {
	me := k.client.jid
	if to := st.To; !to.IsZero() && to != me.Bare() && to != me.Host() {
		return false
	}
	var reply *stanza.Stanza
	switch {
	case st.PayloadIs(nsSession, "session"):
		reply = st.Result() // RFC 3921 §3: it is there already
	case st.PayloadIs(nsBind, "bind"):
		// RFC 6120 §7.1 knows no second resource on one stream.
		reply = st.ErrorReply(stanza.NotAllowed.Err("a resource is bound already"))
	default:
		return false
	}
	reply.To = me
	k.client.Deliver(reply)
	return true
}

// reject answers a stanza that cannot be routed. The stream goes on (RFC 6120 §8.3).
func (k *link) reject(st *stanza.Stanza, err error) error {
	var told *stanza.Error
	if !errors.As(err, &told) {
		return err
	}
	if st.From.IsZero() && st.Index().From != (stanza.Attr{}) {
		// RFC 6120 §8.1.2.1, §4.9.3.9: what is no address is not the client's either.
		return stream.InvalidFrom.Err("not an address")
	}
	st.From = k.client.jid
	if reply := st.ErrorReply(told); reply != nil {
		k.client.Deliver(reply)
	}
	return k.client.handled(nil)
}
