package bridge

import (
	"context"
	"log/slog"
	"time"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// exit is a line as the router sees it.
type exit struct{ line *Line }

// Deliver implements Exit.
func (e exit) Deliver(st *stanza.Stanza) bool {
	l := e.line
	whole, own := flat(st)
	st = whole
	if st.Kind == stanza.IQ && (st.Type == stanza.Get || st.Type == stanza.Set) && !st.From.IsZero() && st.From != l.jid.Bare() {
		return l.decline(st) // it is no push of the own account
	}
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return false
	}
	if l.answered(st) {
		l.mu.Unlock()
		if st.Told != nil {
			st.Told(true)
		}
		return true
	}
	if l.size+st.Size() > l.port.queue {
		l.mu.Unlock()
		// RFC 6120 §4.9.3.17: the line is not read, and its account must not hold up others.
		l.end(stream.ResourceConstraint.Err("too much waits"))
		return false
	}
	if !own {
		st = st.Clone()
	}
	if st.Told == nil && keepable(st) {
		at, unread := time.Now(), st
		st.Told = func(delivered bool) {
			if !delivered {
				l.returned(unread, at)
			}
		}
	}
	l.queue = append(l.queue, st)
	l.size += st.Size()
	l.mu.Unlock()
	l.signal()
	return true
}

// flat gives st with its Extra among its children, which is how a bridge reads it. Own is
// true if that made a copy.
func flat(st *stanza.Stanza) (whole *stanza.Stanza, own bool) {
	if len(st.Extra) == 0 {
		return st, false
	}
	whole, err := stanza.Parse(st.AppendTo(nil))
	if err != nil { // a fault of ours; the stanza itself is in order
		return st, false
	}
	whole.Kept, whole.Told = st.Kept, st.Told
	return whole, true
}

// End implements Exit.
func (e exit) End(reason *stream.Error) { e.line.end(reason) }

// answered gives st to whoever waits for it. The lock is held.
func (l *Line) answered(st *stanza.Stanza) bool {
	if st.Kind == stanza.IQ || st.Type == stanza.TypeError {
		q := l.asks[st.ID()]
		if q == nil || q.kind != st.Kind {
			return st.Kind == stanza.IQ && st.Type != stanza.Set // an answer that comes too late
		}
		delete(l.asks, st.ID())
		q.answer <- st.Clone()
		return true
	}
	if st.Kind != stanza.Message {
		return false
	}
	for _, q := range l.asks {
		if q.take != nil && q.take(st) {
			return true
		}
	}
	return false
}

// decline answers a request of another's client: there is nobody on a line to ask (RFC
// 6120 §8.3.3.19).
func (l *Line) decline(st *stanza.Stanza) bool {
	reply := st.ErrorReply(stanza.ServiceUnavailable.Err(""))
	if _, err := l.port.in.Emit(context.Background(), reply); err != nil {
		l.port.log.Debug("a reply found no way", slog.String("stanza", reply.String()), slog.Any("err", err))
	}
	return true
}

// settling is how long after it began to take messages a session is certain to have been
// given those to the bare JID.
const settling = 2 * time.Second

// keepable reports whether a stanza is one of those that wait for people who are not
// there (RFC 6121 §8.5.2.2.1); copies are kept by those they were made for.
func keepable(st *stanza.Stanza) bool {
	return st.Kind == stanza.Message && (st.Type == stanza.Chat || st.Type == stanza.Normal) &&
		!st.Has(nsCarbons, "") && (st.Has(stanza.NSClient, "") || st.Has(nsIDs, "")) && st.From != st.To.Bare()
}

const (
	nsCarbons = "urn:xmpp:carbons:2"
	nsDelay   = "urn:xmpp:delay"
	nsIDs     = "urn:xmpp:sid:0"
)

// returned sends a message on its way again that was taken from the line and did not
// reach whoever it was for. The line has ended by then.
func (l *Line) returned(st *stanza.Stanza, at time.Time) {
	if since, ok := l.port.in.Elsewhere(l.jid.Bare()); ok && st.To.IsBare() && since.Add(settling).Before(at) {
		return // the other resource had it at the same time
	}
	if !st.Has(nsDelay, "delay") {
		st = delayed(st, l.jid.Domain(), at)
	}
	st.Kept, st.Told = true, nil // it went by the archive, and was copied, when it first came
	if _, err := l.port.in.Emit(context.Background(), st); err != nil {
		l.port.log.Error("a message that was not read found no way", slog.String("jid", l.jid.String()), slog.Any("err", err))
	}
}

// delayed gives st with the time at which it should have been delivered (XEP-0203).
func delayed(st *stanza.Stanza, by string, at time.Time) *stanza.Stanza {
	note := stanza.AppendAttr([]byte("<delay xmlns='"+nsDelay+"'"), "from", by)
	note = stanza.AppendAttr(note, "stamp", at.UTC().Format("2006-01-02T15:04:05Z"))
	with, err := stanza.Parse(st.AppendTo(nil, append(note, "/>"...)))
	if err != nil {
		return st
	}
	return with
}
