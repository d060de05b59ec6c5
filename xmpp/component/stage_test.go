package component

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
	"causeway/xmpp/xmpptest"
)

const (
	domain = "nurse.capulet.lit"
	secret = "anon, good nurse, anon"
	header = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='" + domain + "'>"
)

// fakeRouter keeps what is routed, and gives what is for the component to its gate.
type fakeRouter struct {
	mu     sync.Mutex
	server *Server
	routed []string
	before func(st *stanza.Stanza) // sees each stanza first
}

func (r *fakeRouter) Emit(ctx context.Context, st *stanza.Stanza) (router.Ticket, error) {
	if r.before != nil {
		r.before(st)
	}
	if g := r.server.Gate(st.To.Domain()); g != nil {
		return g.Accept(ctx, st)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.routed = append(r.routed, string(st.AppendTo(nil)))
	return nil, nil
}

// took gives what has been routed since the last call.
func (r *fakeRouter) took() string {
	synctest.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	all := strings.Join(r.routed, "\n")
	r.routed = nil
	return all
}

// fakeThrottle allows three failures.
type fakeThrottle struct {
	failed, succeeded int
}

func (f *fakeThrottle) Allow(netip.Addr, string) time.Duration {
	if f.failed >= 3 {
		return time.Minute
	}
	return 0
}
func (f *fakeThrottle) Failed(netip.Addr, string) time.Duration    { f.failed++; return 0 }
func (f *fakeThrottle) Succeeded(netip.Addr, string) time.Duration { f.succeeded++; return 0 }

// A stage is a server for one component.
type stage struct {
	t        *testing.T
	server   *Server
	router   *fakeRouter
	throttle *fakeThrottle
}

func newStage(t *testing.T, limits Limits) *stage {
	t.Helper()
	s := &stage{t: t, router: new(fakeRouter), throttle: new(fakeThrottle)}
	server, err := New(Config{
		Router: s.router, Throttle: s.throttle, Limits: limits,
		Secrets: map[string]string{domain: secret, "friar.verona.lit": "banished"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.server, s.router.server = server, server
	t.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return s
}

// connect gives a connection on which nothing has been said.
func (s *stage) connect(capacity int) (*xmpptest.Puppet, *xmpptest.Conn) {
	client, server := xmpptest.Pipe(capacity)
	go s.server.ServeConn(context.Background(), server) // ends with the connection
	return xmpptest.NewPuppet(s.t, "the nurse", client), client
}

// hash is the credentials for the stream that the header h opens.
func hash(h, secret string) string {
	_, rest, _ := strings.Cut(h, " id='")
	id, _, _ := strings.Cut(rest, "'")
	sum := sha1.Sum([]byte(id + secret))
	return hex.EncodeToString(sum[:])
}

// login gives a connection after the handshake.
func (s *stage) login() (*xmpptest.Puppet, *xmpptest.Conn) {
	s.t.Helper()
	p, conn := s.connect(1 << 20)
	p.Send(header)
	p.Send("<handshake>" + hash(p.Next("a header"), secret) + "</handshake>")
	p.Want("to be let in", "<handshake/>")
	synctest.Wait()
	return p, conn
}

// send has somebody send a stanza to the component.
func (s *stage) send(xml string) error {
	s.t.Helper()
	st, err := stanza.Parse([]byte(xml))
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.server.Gate(domain).Accept(s.t.Context(), st)
	return err
}

// mustSend is send where the component is there.
func (s *stage) mustSend(xml string) {
	s.t.Helper()
	if err := s.send(xml); err != nil {
		s.t.Fatalf("%s: %v", xml, err)
	}
}
