package bridge

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/xmpptest"
)

// door is a listener in memory.
type door struct {
	conns chan net.Conn
	once  sync.Once
	shut  chan struct{}
}

func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.shut:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error {
	d.once.Do(func() { close(d.shut) })
	return nil
}

func (d *door) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5280} }

// A stage is a server without TLS in a bubble.
type stage struct {
	*Server
	t    *testing.T
	door *door
	log  bytes.Buffer // read it when all is quiet
}

func play(t *testing.T, limits Limits, test func(*testing.T, *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &stage{t: t, door: &door{conns: make(chan net.Conn), shut: make(chan struct{})}}
		s.Server = New(Config{Limits: limits, Logger: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		s.Handle("echo", "/echo", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := Body(w, r, r.ContentLength)
			text, err := io.ReadAll(body)
			if err != nil || body.Err() != nil {
				Refuse(w, http.StatusRequestTimeout, "")
				return
			}
			_, _ = w.Write(text)
		}))
		s.Handle("panic", "/panic", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a mistake") }))
		done := make(chan error, 1)
		go func() { done <- s.Serve(s.door, false) }() // stopped by Shutdown
		test(t, s)
		if err := errors.Join(s.Shutdown(t.Context()), <-done); err != nil {
			t.Error(err)
		}
	})
}

// connect comes from an address, which is this machine's if it is "".
func (s *stage) connect(ip string) net.Conn {
	client, server := xmpptest.Pipe(1 << 20)
	if ip == "" {
		ip = "127.0.0.1"
	}
	s.door.conns <- from{server, &net.TCPAddr{IP: net.ParseIP(ip), Port: 40000}}
	return client
}

type from struct {
	net.Conn
	addr net.Addr
}

func (f from) RemoteAddr() net.Addr { return f.addr }

func (s *stage) send(c net.Conn, text string) {
	s.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		s.t.Fatal(err)
	}
}

// answer reads one response; the status is 0 if the connection ends instead.
func (s *stage) answer(c net.Conn) (status int, body string) {
	s.t.Helper()
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0, ""
	}
	text, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

const head = "Host: capulet.lit\r\n"

// Who says nothing, or next to nothing, is not waited for.
func TestSlowClients(t *testing.T) {
	for _, tt := range []struct {
		name   string
		begin  string
		drip   string        // again and again,
		every  time.Duration // after so long
		within time.Duration
		status int // before the end; 0 for none
	}{
		{"silence", "", "", 0, headTime, 0},
		{"half a head", "GET /echo HTTP/1.1\r\n" + head, "", 0, headTime, 0},
		{"a head without an end", "GET /echo HTTP/1.1\r\n" + head, "X: y\r\n", time.Second, headTime + time.Second, 0},
		{"a body that does not come", "PUT /echo HTTP/1.1\r\n" + head + "Content-Length: 1000000\r\n\r\n", "", 0, paceTime, 408},
		{"a body byte by byte", "PUT /echo HTTP/1.1\r\n" + head + "Content-Length: 1000000\r\n\r\n", "x", 20 * time.Second, paceTime + 1000000/leastPace*time.Second, 408},
	} {
		t.Run(tt.name, func(t *testing.T) {
			play(t, Limits{}, func(t *testing.T, s *stage) {
				c, began := s.connect(""), time.Now()
				s.send(c, tt.begin)
				over := make(chan struct{})
				go func() { // stopped by over, or by the end of the connection
					for tt.drip != "" {
						select {
						case <-over:
							return
						case <-time.After(tt.every):
							if _, err := io.WriteString(c, tt.drip); err != nil {
								return
							}
						}
					}
				}()
				status, _ := s.answer(c)
				close(over)
				if took := time.Since(began); status != tt.status || took > tt.within {
					t.Errorf("status %d after %v", status, took)
				}
				_ = c.Close()
			})
		})
	}
}

// A connection that is used goes on, and ends when it is not.
func TestIdle(t *testing.T) {
	play(t, Limits{}, func(t *testing.T, s *stage) {
		c := s.connect("")
		for range 3 {
			s.send(c, "PUT /echo HTTP/1.1\r\n"+head+"Content-Length: 4\r\n\r\nrose")
			if status, body := s.answer(c); status != 200 || body != "rose" {
				t.Errorf("got %d %s", status, body)
			}
			time.Sleep(50 * time.Second)
		}
		began := time.Now()
		if status, _ := s.answer(c); status != 0 || time.Since(began) > idleTime {
			t.Errorf("after %v: %d", time.Since(began), status)
		}
		_ = c.Close()
	})
}

func TestHugeHead(t *testing.T) {
	play(t, Limits{HeaderBytes: 1000}, func(t *testing.T, s *stage) {
		for _, request := range []string{
			"GET /echo HTTP/1.1\r\n" + head + "X: " + strings.Repeat("y", 10_000) + "\r\n\r\n",
			"GET /echo HTTP/1.1\r\n" + head + strings.Repeat("X: y\r\n", 2000) + "\r\n",
			"GET /echo/" + strings.Repeat("y", 10_000) + " HTTP/1.1\r\n" + head + "\r\n",
		} {
			c := s.connect("")
			s.send(c, request)
			if status, _ := s.answer(c); status != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("got %d", status)
			}
			_ = c.Close()
		}
	})
}

// One address can have so many connections, and no more; others can still have some.
func TestConnectionLimits(t *testing.T) {
	play(t, Limits{Connections: 6, PerAddress: 2}, func(t *testing.T, s *stage) {
		alive := func(c net.Conn) bool {
			_, err := io.WriteString(c, "GET /echo HTTP/1.1\r\n"+head+"\r\n")
			status, _ := s.answer(c)
			return err == nil && status == 200
		}
		var open []net.Conn
		for _, tt := range []struct {
			ip   string
			want bool
		}{
			{"192.0.2.1", true},
			{"192.0.2.1", true},
			{"192.0.2.1", false},
			{"192.0.2.2", true},
			{"2001:db8::1", true},
			{"2001:db8::2", true},
			{"2001:db8::3", false}, // the same network
			{"", true},
			{"", false}, // six in all
		} {
			c := s.connect(tt.ip)
			if got := alive(c); got != tt.want {
				t.Errorf("%s: %v", tt.ip, got)
			}
			open = append(open, c)
		}
		_ = open[0].Close()
		synctest.Wait()
		c := s.connect("192.0.2.1")
		if !alive(c) {
			t.Error("no room for another after one has gone")
		}
		for _, c := range append(open, c) {
			_ = c.Close()
		}
	})
}

// The log names routes, and nothing that a client has chosen or that opens anything.
func TestLog(t *testing.T) {
	play(t, Limits{}, func(t *testing.T, s *stage) {
		for path, want := range map[string]int{"/echo/secret?token": 200, "/elsewhere/secret": 404, "/../echo/secret": 404, "/%65cho/secret": 404} {
			c := s.connect("")
			s.send(c, "GET "+path+" HTTP/1.1\r\n"+head+"Authorization: Bearer secret\r\n\r\n")
			if status, _ := s.answer(c); status != want {
				t.Errorf("%s: %d", path, status)
			}
			_ = c.Close()
		}
		synctest.Wait()
		text := s.log.String()
		if strings.Contains(text, "secret") || strings.Contains(text, "token") || !strings.Contains(text, "route=echo method=GET status=200") ||
			!strings.Contains(text, "route=none") {
			t.Errorf("the log: %s", text)
		}
	})
}

// A mistake in a handler is one failed request.
func TestPanic(t *testing.T) {
	play(t, Limits{}, func(t *testing.T, s *stage) {
		c := s.connect("")
		s.send(c, "GET /panic HTTP/1.1\r\n"+head+"\r\n")
		if status, body := s.answer(c); status != 500 || strings.Contains(body, "mistake") {
			t.Errorf("got %d %s", status, body)
		}
		_ = c.Close()
		synctest.Wait()
		if text := s.log.String(); !strings.Contains(text, "level=ERROR msg=\"a handler panicked\" panic=\"a mistake\"") {
			t.Errorf("the log: %s", text)
		}
	})
}

// A shutdown waits for an upload, but not for ever.
func TestShutdown(t *testing.T) {
	play(t, Limits{}, func(t *testing.T, s *stage) {
		c := s.connect("")
		s.send(c, "PUT /echo HTTP/1.1\r\n"+head+"Content-Length: 4\r\n\r\nro")
		synctest.Wait()
		go func() { // ends soon
			time.Sleep(5 * time.Second)
			s.send(c, "se")
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if status, body := s.answer(c); status != 200 || body != "rose" {
			t.Errorf("got %d %s", status, body)
		}
		_ = c.Close()
	})
	play(t, Limits{}, func(t *testing.T, s *stage) {
		c := s.connect("")
		s.send(c, "PUT /echo HTTP/1.1\r\n"+head+"Content-Length: 4\r\n\r\nro")
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if status, _ := s.answer(c); status == 200 {
			t.Error("an upload that never ended was answered")
		}
		_ = c.Close()
	})
}
