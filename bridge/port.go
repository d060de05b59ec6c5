package bridge

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// An Entrance is what a Port needs of the rest of the server. The daemon makes one of
// the router.
type Entrance interface {
	// Bind makes a session of a full JID, whose stanzas leave by exit. A *stanza.Error
	// says why not.
	Bind(ctx context.Context, full jid.JID, exit Exit) (Session, error)
	// Ask sends a request whose From is trusted, the bare JID of an account here or a host,
	// and gives the answer, which may be an error stanza.
	Ask(ctx context.Context, iq *stanza.Stanza) (*stanza.Stanza, error)
	// Emit routes a stanza whose From is trusted.
	Emit(ctx context.Context, st *stanza.Stanza) (Ticket, error)
	// Elsewhere reports whether a session of the account takes messages to the bare JID,
	// and since when one has done so without a break.
	Elsewhere(account jid.JID) (since time.Time, ok bool)
}

// A Session is the entry of one bound resource.
type Session interface {
	// Route stamps the sender and routes st. The ticket, if not nil, is fulfilled when what
	// st changed is on the disk.
	Route(ctx context.Context, st *stanza.Stanza) (Ticket, error)
	// Close unbinds the resource; whoever saw it learns that it is gone.
	Close(ctx context.Context)
}

// An Exit is where the stanzas for a session go.
type Exit interface {
	// Deliver takes st, of which it copies what it keeps. It never blocks, and is false if
	// it is full or gone; then st.Told is not called.
	Deliver(st *stanza.Stanza) bool
	// End closes the exit; reason is nil for an ordinary end. It does not wait.
	End(reason *stream.Error)
}

// A Ticket is a write on its way to the disk.
type Ticket interface {
	Done() <-chan struct{}
	// Err is the outcome, once Done is closed.
	Err() error
}

// DefaultQueue is how much may wait for a line, in bytes, unless the configuration says
// otherwise.
const DefaultQueue = 256 << 10

// askTime is how long an answer is waited for.
const askTime = 20 * time.Second

// PortConfig is what a Port is made of.
type PortConfig struct {
	Entrance Entrance
	Queue    int // most that waits for a line, in bytes; 0 is DefaultQueue
	Logger   *slog.Logger
}

// A Port is the only way into the server for a bridge. It has four verbs: Bind a line,
// and on that line Send a stanza, Ask a question, and take what is Next. What needs no
// line (the questions of a host's own administrator, or on behalf of an account) is asked
// of the Port itself. It may be used from many goroutines.
type Port struct {
	in    Entrance
	queue int
	log   *slog.Logger
}

// NewPort makes a Port.
func NewPort(cfg PortConfig) *Port {
	p := &Port{in: cfg.Entrance, queue: cfg.Queue, log: cfg.Logger}
	if p.queue == 0 {
		p.queue = DefaultQueue
	}
	return p
}

// Bind makes a line of a full JID. Notify, if not nil, is called each time something has
// come for the line, or it has ended: by whoever sends it, so it must not block, nor use
// any method of the line but Take and Ended. Without it, Next waits.
func (p *Port) Bind(ctx context.Context, full jid.JID, notify func()) (*Line, error) {
	l := &Line{port: p, jid: full, notify: notify, ready: make(chan struct{}, 1), over: make(chan struct{}), asks: make(map[string]*question)}
	s, err := p.in.Bind(ctx, full, exit{l})
	if err != nil {
		return nil, fmt.Errorf("bind %s: %w", full, err)
	}
	l.session = s
	return l, nil
}

// Ask sends a request from an account here, on whose behalf the bridge may act, or from a
// host, as that host's own administrator (XEP-0133). It gives the result; an answer of
// type error is a *stanza.Error. What the request changed is on the disk then.
func (p *Port) Ask(ctx context.Context, from, to jid.JID, typ stanza.Type, payload []byte) (*stanza.Stanza, error) {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	answer, err := p.in.Ask(ctx, stanza.New(stanza.IQ, typ, "ask", from, to, payload))
	if err != nil {
		return nil, err
	}
	return result(answer)
}

// Send routes a stanza whose From is an account or a host here, on whose behalf the
// bridge may act, and returns when what it changed is on the disk. It learns of no
// refusal; a line does.
func (p *Port) Send(ctx context.Context, st *stanza.Stanza) error {
	t, err := p.in.Emit(ctx, st)
	if err != nil {
		return err
	}
	return kept(ctx, t)
}

// result is the answer, or the error that it tells.
func result(answer *stanza.Stanza) (*stanza.Stanza, error) {
	if told, ok := answer.AsError(); ok {
		return nil, told
	}
	return answer, nil
}

// kept waits for a write.
func kept(ctx context.Context, t Ticket) error {
	if t == nil {
		return nil
	}
	select {
	case <-t.Done():
		return t.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}
