package bridge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// A Line is one bound resource of a bridge: an Exit with a bounded queue, and the entry
// of what the bridge says. It holds no goroutine and no buffer while it waits. Its
// methods may be called from many goroutines.
type Line struct {
	port    *Port
	jid     jid.JID
	session Session
	notify  func()
	ready   chan struct{} // has a token when there is something to take
	over    chan struct{} // closed when nothing is taken any more

	sending sync.Mutex // held while a stanza enters the router, so that the order is that of Send

	mu    sync.Mutex // guards the following
	queue []*stanza.Stanza
	size  int
	asks  map[string]*question // by id; see Ask and Send
	ended bool
	cause error
}

// A question is something that was sent and may be answered.
type question struct {
	kind   stanza.Kind
	take   func(*stanza.Stanza) bool
	answer chan *stanza.Stanza // has room for one
}

// ErrEnded is the cause of a line that ended without a reason.
var ErrEnded = errors.New("the line has ended")

// JID gives the full JID.
func (l *Line) JID() jid.JID { return l.jid }

// Account gives the bare JID.
func (l *Line) Account() jid.JID { return l.jid.Bare() }

// Send routes a message or presence and returns when what it changed is on the disk. St
// has an id and no From. A refusal that comes back at once, as it does from whoever is on
// this server, is a *stanza.Error; one that comes later is taken from the queue.
func (l *Line) Send(ctx context.Context, st *stanza.Stanza) error {
	q := &question{kind: st.Kind, answer: make(chan *stanza.Stanza, 1)}
	id := st.ID()
	if !l.expect(id, q) {
		return l.Cause()
	}
	defer l.forget(id)
	t, err := l.route(ctx, st)
	if err != nil {
		return err
	}
	if err := kept(ctx, t); err != nil {
		return err
	}
	select {
	case refusal := <-q.answer:
		_, err := result(refusal)
		return err
	default:
		return nil
	}
}

// Ask sends a request and gives its result; an answer of type error is a *stanza.Error. A
// zero to is the own account. Take, if not nil, sees each message that comes meanwhile,
// and keeps those for which it says true from the queue, such as the pages of an archive;
// it must not block.
func (l *Line) Ask(ctx context.Context, to jid.JID, typ stanza.Type, payload []byte, take func(*stanza.Stanza) bool) (*stanza.Stanza, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	q := &question{kind: stanza.IQ, take: take, answer: make(chan *stanza.Stanza, 1)}
	id := rand.Text()
	if !l.expect(id, q) {
		return nil, l.Cause()
	}
	defer l.forget(id)
	if _, err := l.route(ctx, stanza.New(stanza.IQ, typ, id, jid.JID{}, to, payload)); err != nil {
		return nil, err
	}
	select {
	case answer := <-q.answer:
		return result(answer)
	case <-l.over:
		return nil, l.Cause()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// route lets a stanza enter the router.
func (l *Line) route(ctx context.Context, st *stanza.Stanza) (Ticket, error) {
	l.sending.Lock()
	defer l.sending.Unlock()
	// What has entered goes its way, whether or not somebody waits for it.
	t, err := l.session.Route(context.WithoutCancel(ctx), st)
	var fault *stream.Error
	if errors.As(err, &fault) {
		l.end(fault)
	}
	return t, err
}

// Next waits for the next stanza, which the caller may keep. The caller calls its Told, if
// there is one, when it is known what became of it. The error is that of ctx, or the cause of the end.
func (l *Line) Next(ctx context.Context) (*stanza.Stanza, error) {
	for {
		l.mu.Lock()
		if len(l.queue) > 0 {
			st := l.queue[0]
			l.queue, l.size = l.queue[1:], l.size-st.Size()
			l.mu.Unlock()
			return st, nil
		}
		ended, cause := l.ended, l.cause
		l.queue = nil
		l.mu.Unlock()
		if ended {
			return nil, cause
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Take gives all that waits, without waiting; as with Next, the caller calls Told.
func (l *Line) Take() []*stanza.Stanza {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := l.queue
	l.queue, l.size = nil, 0
	return list
}

// Ended reports whether the line takes nothing any more. Close still has to be called.
func (l *Line) Ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended
}

// Cause says why the line has ended; nil if it has not.
func (l *Line) Cause() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cause
}

// Close unbinds the line. What waits and was not taken goes another way, in order, as do
// the stanzas that were taken and whose Told is called with false afterwards.
func (l *Line) Close(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	l.end(nil)
	l.session.Close(ctx)
	for _, st := range l.Take() {
		if st.Told != nil {
			st.Told(false)
		}
	}
}

// end lets the line take nothing any more.
func (l *Line) end(reason *stream.Error) {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return
	}
	l.ended, l.cause = true, ErrEnded
	if reason != nil {
		l.cause = fmt.Errorf("%w: %w", ErrEnded, reason)
	}
	close(l.over)
	l.mu.Unlock()
	l.signal()
}

// signal tells whoever takes.
func (l *Line) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
	if l.notify != nil {
		l.notify()
	}
}

// expect notes a question; false if the line has ended.
func (l *Line) expect(id string, q *question) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.asks[id] = q
	return true
}

func (l *Line) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.asks, id)
}
