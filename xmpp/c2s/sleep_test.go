package c2s

import (
	"context"
	"crypto/tls"
	"net"
	"runtime"
	"testing"
	"time"

	"causeway/xmpp/stream"
	"causeway/xmpp/xmpptest"
)

// listenOn serves a socket, since only sockets can sleep.
func (s *stage) listenOn(mode Mode) (dial func(name string) (*xmpptest.Puppet, net.Conn)) {
	s.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.server.Serve(context.Background(), ln, mode) }() // ends with Shutdown
	s.Cleanup(func() {
		if err := s.server.Shutdown(context.Background()); err != nil {
			s.Errorf("shutdown: %v", err)
		}
		if err := <-done; err != nil {
			s.Errorf("serve: %v", err)
		}
	})
	return func(name string) (*xmpptest.Puppet, net.Conn) {
		conn, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			s.Fatal(err)
		}
		s.Cleanup(func() { _ = conn.Close() })
		if mode == DirectTLS {
			conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}) //nolint:gosec // what is tested is not the certificate
		}
		return xmpptest.NewPuppet(s.T, name, conn), conn
	}
}

// links gives the links that are logged in.
func (s *stage) links() (list []*link) {
	for _, w := range s.server.wires.all(nil) {
		if k := w.link.Load(); k != nil {
			list = append(list, k)
		}
	}
	return list
}

// putToSleep waits until so many streams sleep.
func (s *stage) putToSleep(want int) {
	s.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); runtime.Gosched() {
		asleep := 0
		for _, k := range s.links() {
			k.rest()
			k.client.mu.Lock()
			if k.asleep {
				asleep++
			}
			k.client.mu.Unlock()
		}
		if asleep == want {
			return
		}
	}
	s.Fatalf("not all of %d streams sleep", want)
}

func TestSleep(t *testing.T) {
	if !canSleep {
		t.Skip("nothing sleeps on this system")
	}
	for _, mode := range []Mode{StartTLS, DirectTLS} {
		t.Run([]string{"plain", "tls"}[mode], func(t *testing.T) {
			change, _ := withTLS(t)
			s := newStage(t, func(c *Config) {
				change(c)
				c.PlainLoopback = true
			})
			dial := s.listenOn(mode)
			login := func(name, resource string) (*xmpptest.Puppet, net.Conn) {
				p, conn := dial(name)
				s.authenticate(p, name)
				p.Send(bindRequest("b", "<resource>"+resource+"</resource>"))
				p.Want("its resource", "<iq type='result' id='b'/>")
				return p, conn
			}
			romeo, _ := login("romeo", "orchard")
			juliet, julietConn := login("juliet", "balcony")
			nurse, _ := login("nurse", "kitchen")
			for range 3 {
				s.putToSleep(3)
				romeo.Send(message("juliet@capulet.lit/balcony", 1))
				juliet.Want("his words in her sleep", "<message id='1'/>")
				s.putToSleep(3)
				juliet.Send(message("romeo@capulet.lit/orchard", 2)[:20])
				juliet.Send(message("romeo@capulet.lit/orchard", 2)[20:])
				romeo.Want("her words", "<message id='2'/>")
			}
			s.putToSleep(3)
			_ = julietConn.Close()
			for s.router.bound() != 2 {
				runtime.Gosched()
			}
			for _, k := range s.links() {
				if k.client.jid.Local() == "nurse" {
					k.client.End(stream.PolicyViolation.Err("out"))
				}
			}
			nurse.WantError("to be told in her sleep", "policy-violation")
			romeo.Send(message("romeo@capulet.lit/orchard", 3) + enableResumable)
			romeo.Want("the stream to live", "<message id='3'/>")
			romeo.Want("resumption", "<enabled xmlns='urn:xmpp:sm:3' id='$id'/>")
			s.putToSleep(1)
			again, _ := dial("romeo")
			s.authenticate(again, "romeo")
			again.Send("<resume xmlns='urn:xmpp:sm:3' h='0' previd='" + romeo.Vars["$id"] + "'/>")
			again.Want("a session that slept", resumed(0))
			romeo.WantError("to make way in its sleep", "conflict")
			s.putToSleep(1) // and Shutdown ends it
		})
	}
}
