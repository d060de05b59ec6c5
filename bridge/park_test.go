package bridge

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A parking is a server whose one handler parks everything.
type parking struct {
	t      *testing.T
	addr   string
	parked chan *Parked
	gone   chan bool
	secure chan bool   // of each request
	tls    *tls.Config // of clients; nil without TLS
}

func newParking(t *testing.T, secure bool) *parking {
	t.Helper()
	k := &parking{t: t, parked: make(chan *Parked, 10), gone: make(chan bool, 10), secure: make(chan bool, 10)}
	cfg := Config{Logger: slog.New(slog.DiscardHandler)}
	if secure {
		// For its certificate.
		other := httptest.NewTLSServer(http.NotFoundHandler())
		defer other.Close()
		cfg.TLS = &tls.Config{Certificates: other.TLS.Certificates, MinVersion: tls.VersionTLS12}
		k.tls = other.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		k.tls.ServerName, k.tls.NextProtos = "example.com", []string{"http/1.1"}
	}
	s := New(cfg)
	s.Handle("park", "/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		k.secure <- Secure(r)
		k.parked <- Park(w, r, func() { k.gone <- true })
	}))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	k.addr = ln.Addr().String()
	served := make(chan error, 1)
	go func() { served <- s.Serve(ln, secure) }() // stopped by Shutdown
	t.Cleanup(func() {
		if err := errors.Join(s.Shutdown(t.Context()), <-served); err != nil && !errors.Is(err, t.Context().Err()) {
			t.Error(err)
		}
	})
	return k
}

func (k *parking) dial() (net.Conn, *bufio.Reader) {
	k.t.Helper()
	var (
		c   net.Conn
		err error
	)
	if k.tls != nil {
		c, err = tls.Dial("tcp", k.addr, k.tls)
	} else {
		c, err = net.Dial("tcp", k.addr)
	}
	if err != nil {
		k.t.Fatal(err)
	}
	_ = c.SetDeadline(time.Now().Add(time.Minute)) // a test that hangs fails
	k.t.Cleanup(func() { _ = c.Close() })
	return c, bufio.NewReader(c)
}

const parkedRequest = "GET /packets HTTP/1.1\r\nHost: capulet.lit\r\n\r\n"

// A parked request is answered with the headers of its handler, and its connection serves
// the next one, again and again.
func TestPark(t *testing.T) {
	for _, secure := range []bool{false, true} {
		k := newParking(t, secure)
		c, in := k.dial()
		for range 5 {
			if _, err := io.WriteString(c, parkedRequest); err != nil {
				t.Fatal(err)
			}
			p := <-k.parked
			if !p.Answer(http.StatusOK, "cb", "soft") || p.Answer(http.StatusOK, "cb", "twice") {
				t.Error("not the first answer was written, and no other")
			}
			r, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(r.Body)
			if err != nil || string(body) != `/**/cb("soft");` || r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("Cache-Control") != "no-store" || r.Close {
				t.Errorf("%s %v %v", body, r.Header, err)
			}
		}
		if _, err := io.WriteString(c, parkedRequest); err != nil {
			t.Fatal(err)
		}
		p := <-k.parked
		_ = c.Close()
		<-k.gone
		if p.Answer(http.StatusOK, "", "nobody is there") {
			t.Error("written to nobody")
		}
	}
}

// A connection that was parked may be as idle as any other; then its next request has the
// time that any has, and is as protected as the first.
func TestResume(t *testing.T) {
	for _, secure := range []bool{false, true} {
		k := newParking(t, secure)
		c, in := k.dial()
		for range 3 {
			if _, err := io.WriteString(c, parkedRequest); err != nil {
				t.Fatal(err)
			}
			if got := <-k.secure; got != secure {
				t.Errorf("by TLS: %v, taken for %v", secure, got)
			}
			(<-k.parked).Answer(http.StatusOK, "", "soft")
			if _, err := http.ReadResponse(in, nil); err != nil {
				t.Fatal(err)
			}
			if _, err := in.Discard(len(`"soft"`)); err != nil {
				t.Fatal(err)
			}
		}
	}
	play(t, Limits{}, func(t *testing.T, s *stage) {
		parked := make(chan *Parked, 1)
		s.Handle("park", "/park", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			parked <- Park(w, r, func() {})
		}))
		c := s.connect("")
		for range 2 {
			s.send(c, "GET /park HTTP/1.1\r\n"+head+"\r\n")
			(<-parked).Answer(http.StatusOK, "", "soft")
			if status, _ := s.answer(c); status != 200 {
				t.Errorf("got %d", status)
			}
			time.Sleep(idleTime - time.Second)
			s.send(c, "PUT /echo HTTP/1.1\r\n"+head)
			time.Sleep(headTime - time.Second)
			s.send(c, "Content-Length: 4\r\n\r\nro")
			time.Sleep(10 * time.Second)
			s.send(c, "se")
			if status, body := s.answer(c); status != 200 || body != "rose" {
				t.Errorf("after a while: %d %s", status, body)
			}
		}
		for begin, limit := range map[string]time.Duration{"": idleTime, "GET /echo HTTP/1.1\r\n": headTime} {
			c := s.connect("")
			s.send(c, "GET /park HTTP/1.1\r\n"+head+"\r\n")
			(<-parked).Answer(http.StatusOK, "", "soft")
			s.answer(c)
			s.send(c, begin)
			began := time.Now()
			if status, _ := s.answer(c); status != 0 || time.Since(began) != limit {
				t.Errorf("after %q: %d in %v", begin, status, time.Since(began))
			}
			_ = c.Close()
		}
		_ = c.Close()
	})
}

// What cannot be parked is told so; what speaks while it is parked is answered, and ends.
func TestParkNot(t *testing.T) {
	k := newParking(t, false)
	for _, request := range []string{
		"GET / HTTP/1.0\r\nHost: capulet.lit\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: capulet.lit\r\nContent-Length: 1\r\n\r\nx",
	} {
		c, in := k.dial()
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		if p := <-k.parked; p != nil {
			t.Errorf("%q is parked", request)
		}
		if _, err := http.ReadResponse(in, nil); err != nil {
			t.Error(err) // the handler says nothing, which is 200
		}
	}
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: capulet.lit\r\nConnection: close\r\n\r\n",
		parkedRequest + parkedRequest,
	} {
		c, in := k.dial()
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatal(err)
		}
		p := <-k.parked
		p.Answer(http.StatusNotFound, "", "soft")
		text, err := io.ReadAll(in)
		if err != nil && !strings.Contains(err.Error(), "reset") || strings.Count(string(text), "HTTP/1.1 404") != 1 || !strings.Contains(string(text), "Connection: close") {
			t.Errorf("%q: %s %v", request, text, err)
		}
	}
	w := httptest.NewRecorder()
	if Park(w, httptest.NewRequest(http.MethodGet, "/", nil), func() {}) != nil {
		t.Error("a writer without a connection is parked")
	}
}
