package c2s

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/sasl"
	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
	"causeway/xmpp/xmpptest"
)

// fakeRouter delivers to full JIDs, and to all resources of bare ones; what it
// cannot deliver it keeps in lost, in order.
type fakeRouter struct {
	mu       sync.Mutex
	sessions map[jid.JID]*fakeSession
	lost     []string
	refuse   *stanza.Error           // of the next Bind
	ticket   func() router.Ticket    // of what is routed; nil means none
	seen     func(st *stanza.Stanza) // of each stanza that comes in by a session
	emitted  func(st *stanza.Stanza) // of each stanza that is emitted
	turn     chan struct{}           // full while a message passes; as strict as if all accounts shared one turn
}

type fakeSession struct {
	router *fakeRouter
	jid    jid.JID
	exit   router.Exit
	closed bool
}

func newFakeRouter() *fakeRouter {
	return &fakeRouter{sessions: make(map[jid.JID]*fakeSession), turn: make(chan struct{}, 1)}
}

// inTurn does as the router does: one message passes after the other, and nobody who
// is called meanwhile may route another, or wait for one who does: in a bubble an
// hour is over as soon as nothing goes on.
func (r *fakeRouter) inTurn(f func()) {
	select {
	case r.turn <- struct{}{}:
	case <-time.After(time.Hour):
		panic("deadlock: a message is routed by somebody who has to end before its turn comes")
	}
	f()
	<-r.turn
}

func (r *fakeRouter) IsHost(domain string) bool {
	return domain == "capulet.lit" || domain == "montague.lit" || domain == "stopped.lit"
}
func (r *fakeRouter) Hosts() []string { return []string{"capulet.lit", "montague.lit"} }

func (r *fakeRouter) Stopped(host string) bool { return host == "stopped.lit" }

func (r *fakeRouter) Bind(_ context.Context, full jid.JID, exit router.Exit) (Session, error) {
	r.mu.Lock()
	if e := r.refuse; e != nil {
		r.refuse = nil
		r.mu.Unlock()
		return nil, e
	}
	old := r.sessions[full]
	s := &fakeSession{router: r, jid: full, exit: exit}
	r.sessions[full] = s
	r.mu.Unlock()
	if old != nil {
		old.exit.End(stream.Conflict.Err("replaced by a new connection"))
	}
	return s, nil
}

func (r *fakeRouter) Emit(_ context.Context, st *stanza.Stanza) (router.Ticket, error) {
	if r.emitted != nil {
		r.emitted(st)
	}
	pass := func() {
		if !r.deliver(st) {
			r.mu.Lock()
			r.lost = append(r.lost, string(st.AppendTo(nil)))
			r.mu.Unlock()
		}
	}
	if st.Kind == stanza.Message {
		r.inTurn(pass)
	} else {
		pass()
	}
	return nil, nil
}

func (r *fakeRouter) Elsewhere(bare jid.JID) (since time.Time, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for full := range r.sessions {
		if full.Bare() == bare {
			return time.Unix(0, 0), true
		}
	}
	return since, false
}

func (r *fakeRouter) Wake(context.Context, jid.JID) {}

func (r *fakeRouter) Active(context.Context, jid.JID) (bool, error) { return true, nil }

func (r *fakeRouter) deliver(st *stanza.Stanza) (ok bool) {
	r.mu.Lock()
	var exits []router.Exit
	if st.To.IsFull() {
		if s := r.sessions[st.To]; s != nil {
			exits = append(exits, s.exit)
		}
	} else {
		for full, s := range r.sessions {
			if full.Bare() == st.To {
				exits = append(exits, s.exit)
			}
		}
	}
	r.mu.Unlock()
	for _, exit := range exits {
		_, taken := exit.Deliver(st)
		ok = taken || ok
	}
	return ok
}

func (r *fakeRouter) rerouted() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lost)
}

func (r *fakeRouter) bound() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.sessions)
}

func (s *fakeSession) Route(ctx context.Context, st *stanza.Stanza) (router.Ticket, error) {
	if !st.From.IsZero() && st.From != s.jid && st.From != s.jid.Bare() {
		return nil, stream.InvalidFrom.Err("")
	}
	st.From = s.jid
	if st.To.IsZero() {
		st.To = s.jid.Bare()
	}
	if s.router.seen != nil {
		s.router.seen(st)
	}
	if _, err := s.router.Emit(ctx, st); err != nil {
		return nil, err
	}
	if s.router.ticket != nil {
		return s.router.ticket(), nil
	}
	return nil, nil
}

func (s *fakeSession) Backlog(context.Context) error { return nil }

func (s *fakeSession) Close(ctx context.Context) { s.Unbind(ctx) }

func (s *fakeSession) Unbind(context.Context) {
	s.router.mu.Lock()
	defer s.router.mu.Unlock()
	s.closed = true
	if s.router.sessions[s.jid] == s {
		delete(s.router.sessions, s.jid)
	}
}

// fakeDirectory lets everybody in whose password is their name and "pass".
type fakeDirectory struct{}

func (fakeDirectory) Keys(_ context.Context, username string, h sasl.Hash) (sasl.Keys, bool, error) {
	k, err := sasl.DeriveKeys(h, username+"pass", []byte("0123456789abcdef"), 4096)
	return k, true, err
}

func (fakeDirectory) CheckPassword(_ context.Context, username, password string) (bool, error) {
	return password == username+"pass", nil
}

func fakeDirectories(context.Context, string) (sasl.Directory, error) { return fakeDirectory{}, nil }

// A stage is a server in a bubble, and the router under it.
type stage struct {
	*testing.T
	router *fakeRouter
	server *Server
}

// newStage makes a server that lets clients log in in the clear.
func newStage(t *testing.T, change func(*Config)) *stage {
	t.Helper()
	r := newFakeRouter()
	cfg := Config{
		Router: r, Directories: fakeDirectories, PlainLoopback: true,
		Logger: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	st := &stage{T: t, router: r, server: s}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return st
}

// connect gives a puppet whose other end the server serves.
func (s *stage) connect(name string) (*xmpptest.Puppet, *xmpptest.Conn) {
	client, server := xmpptest.Pipe(1 << 20)
	p := xmpptest.NewPuppet(s.T, name, client)
	s.Cleanup(func() { _ = client.Close() })
	go s.server.ServeConn(context.Background(), server, StartTLS) // ends with the login
	return p, client
}

// login gives a puppet that is bound to a resource.
func (s *stage) login(name, resource string) (*xmpptest.Puppet, *xmpptest.Conn) {
	s.Helper()
	p, conn := s.connect(name)
	s.authenticate(p, name)
	p.Send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" + resource + "</resource></bind></iq>")
	p.Want("its resource", "<iq type='result' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>"+name+"@capulet.lit/"+resource+"</jid></bind></iq>")
	return p, conn
}

// authenticate takes a puppet to the features that follow its login.
func (s *stage) authenticate(p *xmpptest.Puppet, name string) {
	s.Helper()
	p.Header("capulet.lit")
	p.WantHeader("mechanisms", "")
	p.Send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + plain(name, name+"pass") + "</auth>")
	p.Want("to be let in", "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
	p.Header("capulet.lit")
	p.WantHeader("bind", "")
}

// A fakeTicket is fulfilled when the test says so.
type fakeTicket struct {
	mu   sync.Mutex
	done chan struct{}
	err  error
	then []func(error)
}

func newTicket() *fakeTicket { return &fakeTicket{done: make(chan struct{})} }

func (t *fakeTicket) Done() <-chan struct{} { return t.done }
func (t *fakeTicket) Err() error            { return t.err }

func (t *fakeTicket) OnDone(f func(error)) {
	t.mu.Lock()
	select {
	case <-t.done:
		t.mu.Unlock()
		f(t.err)
	default:
		t.then = append(t.then, f)
		t.mu.Unlock()
	}
}

func (t *fakeTicket) fulfil(err error) {
	t.mu.Lock()
	t.err = err
	close(t.done)
	then := t.then
	t.mu.Unlock()
	for _, f := range then {
		f(err)
	}
}

// fakeHolder keeps messages by id attribute: "held", "stored" or "forgotten".
type fakeHolder struct {
	mu    sync.Mutex
	state map[string]string
	order []string
}

func newFakeHolder() *fakeHolder { return &fakeHolder{state: make(map[string]string)} }

func (h *fakeHolder) Hold(_ context.Context, _ jid.JID, st *stanza.Stanza) (func(bool), router.Ticket, error) {
	id := st.ID()
	h.set(id, "held")
	h.mu.Lock()
	h.order = append(h.order, id)
	h.mu.Unlock()
	return func(delivered bool) {
		if delivered {
			h.set(id, "forgotten")
		} else {
			h.set(id, "stored")
		}
	}, nil, nil
}

func (h *fakeHolder) set(id, state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.state[id] = state
}

func (h *fakeHolder) get(id string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.state[id]
}
