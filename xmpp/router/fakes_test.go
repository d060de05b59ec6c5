package router

import (
	"context"
	"log/slog"
	"sync"
	"testing"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
)

// An exit is a client that writes down what it is given.
type exit struct {
	mu     sync.Mutex
	got    []string
	ended  *stream.Error
	full   bool
	silent bool         // it takes stanzas, but does not tell
	untold []func(bool) // what it has not told
}

func (e *exit) Deliver(st *stanza.Stanza) (Ticket, bool) {
	e.mu.Lock()
	if e.full {
		e.mu.Unlock()
		return nil, false
	}
	e.got = append(e.got, string(st.AppendTo(nil)))
	if e.silent && st.Told != nil {
		e.untold = append(e.untold, st.Told)
		e.mu.Unlock()
		return nil, true
	}
	e.mu.Unlock()
	if st.Told != nil {
		// A real Exit tells from its own goroutine; here nothing is locked any more.
		st.Told(true)
	}
	return nil, true
}

func (e *exit) End(reason *stream.Error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = reason
}

func (e *exit) setFull(full bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.full = full
}

func (e *exit) setSilent(silent bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.silent = silent
}

func (e *exit) tell(delivered bool) {
	e.mu.Lock()
	untold := e.untold
	e.untold = nil
	e.mu.Unlock()
	for _, told := range untold {
		told(delivered)
	}
}

func (e *exit) take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	got := e.got
	e.got = nil
	return got
}

// end cuts the client off and gives what it had until then.
func (e *exit) end() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.full = true
	return e.got
}

// accounts is the set of those there are.
type accounts map[string]bool

func (a accounts) Exists(_ context.Context, bare jid.JID) (bool, error) { return a[bare.String()], nil }

func (a accounts) Active(_ context.Context, bare jid.JID) (bool, error) { return a[bare.String()], nil }

// presences is a presence service that makes sessions available and no more.
type presences struct{ priority int8 }

func (p *presences) Broadcast(ctx context.Context, s *Session, st *stanza.Stanza) error {
	if st.Type == stanza.Unavailable {
		s.SetUnavailable("")
		return nil
	}
	s.SetAvailable(st.Clone(), p.priority)
	if p.priority < 0 {
		return nil
	}
	return s.Backlog(ctx)
}
func (p *presences) Directed(context.Context, *Session, *stanza.Stanza)       {}
func (p *presences) Outbound(context.Context, *Session, *stanza.Stanza) error { return nil }
func (p *presences) Inbound(context.Context, *stanza.Stanza, bool) error      { return nil }
func (p *presences) Unbound(context.Context, *Session)                        {}

// A queue is an offline queue in memory, whose writes are done at once.
type queue struct {
	mu      sync.Mutex
	waiting map[string][]*stanza.Stanza
	flush   sync.Mutex
}

type done struct{}

func (done) Done() <-chan struct{} { c := make(chan struct{}); close(c); return c }
func (done) Err() error            { return nil }
func (done) OnDone(f func(error))  { f(nil) }

func (q *queue) Store(_ context.Context, st *stanza.Stanza, present func() bool) (Ticket, bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if present != nil && present() {
		return nil, false, nil
	}
	if q.waiting == nil {
		q.waiting = make(map[string][]*stanza.Stanza)
	}
	owner := st.To.Bare().String()
	q.waiting[owner] = append(q.waiting[owner], st.Clone())
	return done{}, true, nil
}

func (q *queue) Flush(_ context.Context, owner jid.JID, deliver func(*stanza.Stanza) bool, empty func()) error {
	q.flush.Lock()
	defer q.flush.Unlock()
	for {
		q.mu.Lock()
		list := q.waiting[owner.String()]
		if len(list) == 0 {
			empty()
			q.mu.Unlock()
			return nil
		}
		q.mu.Unlock()
		if !deliver(list[0]) {
			return nil
		}
		q.mu.Lock()
		q.waiting[owner.String()] = q.waiting[owner.String()][1:]
		q.mu.Unlock()
	}
}

func (q *queue) Hold(context.Context, jid.JID, *stanza.Stanza) (func(bool), Ticket, error) {
	return func(bool) {}, nil, nil
}

func (q *queue) count(owner string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting[owner])
}

// A stage is a router with romeo, juliet and nurse.
type stage struct {
	*Router
	t        *testing.T
	queue    *queue
	presence *presences
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, queue: &queue{}, presence: &presences{}}
	s.Router = New(Config{
		Hosts:    []string{"capulet.lit", "montague.lit"},
		Accounts: accounts{"romeo@montague.lit": true, "juliet@capulet.lit": true, "nurse@capulet.lit": true},
		Logger:   slog.New(slog.DiscardHandler),
	})
	s.SetPresence(s.presence)
	s.SetOffline(s.queue)
	return s
}

// login binds a session; with a priority it becomes available as well.
func (s *stage) login(full string, priority ...int8) (*Session, *exit) {
	s.t.Helper()
	e := &exit{}
	session, err := s.Bind(s.t.Context(), jid.MustParse(full), e)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(priority) > 0 {
		s.presence.priority = priority[0]
		s.send(session, "<presence/>")
	}
	return session, e
}

func (s *stage) send(from *Session, xml string) {
	s.t.Helper()
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		s.t.Fatalf("%s: %v", xml, err)
	}
	if _, err := from.Route(s.t.Context(), st); err != nil {
		s.t.Fatalf("%s: %v", xml, err)
	}
}

func (s *stage) want(why string, e *exit, want ...string) {
	s.t.Helper()
	got := e.take()
	if len(got) != len(want) {
		s.t.Errorf("%s: got %d stanzas %q, want %d %q", why, len(got), got, len(want), want)
		return
	}
	for i := range got {
		if got[i] != want[i] {
			s.t.Errorf("%s:\n got %s\nwant %s", why, got[i], want[i])
		}
	}
}
