package c2s

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"causeway/xmpp/xmpptest"
)

func TestLimitsAreSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, _ := s.connect("romeo")
		p.Header("capulet.lit")
		p.WantHeader("the limits before login", "<features xmlns='stream'><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>16384</max-bytes><idle-seconds>60</idle-seconds></limits></features>")
		p.Send(auth("PLAIN", plain("romeo", "romeopass")))
		p.Next("to be let in")
		p.Header("capulet.lit")
		p.WantHeader("the limits after login", "<features xmlns='stream'><limits xmlns='urn:xmpp:stream-limits:0'><max-bytes>262144</max-bytes><idle-seconds>300</idle-seconds></limits></features>")
	})
}

// Each phase of the login has its time, however busy the client looks.
func TestLoginTimeLimits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		send   string // at first
		drip   string // one byte a second
		within time.Duration
	}{
		{"silence", "", "", 31 * time.Second},
		{"slow header", "", strings.Repeat(" ", 50), 31 * time.Second},
		{"no login", header, strings.Repeat(" ", 100), 31 * time.Second},
		{"no bind", header + auth("PLAIN", plain("romeo", "romeopass")) + header, strings.Repeat("\n", 100), 61 * time.Second},
		{"slow stanza", header + auth("PLAIN", plain("romeo", "romeopass")) + header, "<iq " + strings.Repeat(" ", 100), 61 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, nil)
				begin := time.Now()
				client, server := xmpptest.Pipe(1 << 20)
				done := make(chan struct{})
				go func() {
					s.server.ServeConn(context.Background(), server, StartTLS)
					close(done)
				}()
				_, _ = client.Write([]byte(tt.send))
				dripped := make(chan struct{})
				go func() { // ends when the connection does
					defer close(dripped)
					for _, b := range []byte(tt.drip) {
						if _, err := client.Write([]byte{b}); err != nil {
							return
						}
						time.Sleep(time.Second)
					}
				}()
				var got strings.Builder
				buf := make([]byte, 4096)
				for {
					n, err := client.Read(buf)
					if err != nil {
						break
					}
					got.Write(buf[:n])
				}
				if !strings.HasSuffix(got.String(), "</stream:error></stream:stream>") || !strings.Contains(got.String(), "<connection-timeout") {
					t.Errorf("the stream ends with %q", got.String())
				}
				if d := time.Since(begin); d > tt.within {
					t.Errorf("the login ended after %v, want %v", d, tt.within)
				}
				_ = client.Close()
				<-done
				<-dripped
			})
		})
	}
}

func TestConnectionLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, func(c *Config) { c.Limits.Connections = 2 })
		a, _ := s.login("romeo", "a")
		s.login("romeo", "b")
		p, _ := s.connect("romeo")
		p.WantEnd("to be turned away")
		a.Send("</stream:stream>")
		a.WantClosed("the end")
		synctest.Wait()
		s.login("romeo", "c")
	})
}

// A client that does not read ends alone; who writes to it does not wait.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, func(c *Config) { c.Limits.Queue = 100_000 })
		romeo, _ := s.login("romeo", "orchard")
		client, server := xmpptest.Pipe(4096)
		go s.server.ServeConn(context.Background(), server, StartTLS) // ends with the login
		_, _ = client.Write([]byte(header + auth("PLAIN", plain("juliet", "julietpass")) + header + bindRequest("b", "<resource>asleep</resource>")))
		synctest.Wait()
		for i := range 1000 {
			romeo.Send(fmt.Sprintf("<message to='juliet@capulet.lit/asleep' id='%d'><body>%s</body></message>", i, strings.Repeat("x", 400)))
			romeo.Send(fmt.Sprintf("<message to='romeo@capulet.lit/orchard' id='%d'/>", i))
			romeo.Want("his own words at once", fmt.Sprintf("<message id='%d'/>", i))
		}
		time.Sleep(time.Minute)
		// What was not written has gone another way: the newest 1000 but for what one
		// write and the pipe hold.
		seen := make(map[string]bool)
		for _, m := range s.router.rerouted() {
			_, id, _ := strings.Cut(m, " id='")
			id, _, _ = strings.Cut(id, "'")
			if seen[id] {
				t.Errorf("message %s went another way twice", id)
			}
			seen[id] = true
		}
		if len(seen) < 1000-2*100_000/400 || !seen["999"] {
			t.Errorf("%d messages went another way", len(seen))
		}
		if n := s.router.bound(); n != 1 {
			t.Errorf("%d sessions are bound, want romeo's only", n)
		}
		_ = client.Close()
	})
}

func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		p, _ := s.login("romeo", "orchard")
		managed, _ := s.login("romeo", "hall")
		managed.Send("<enable xmlns='urn:xmpp:sm:3'/>")
		managed.Want("stream management", "<enabled xmlns='urn:xmpp:sm:3'/>")
		time.Sleep(5*time.Minute + 2*time.Second)
		managed.Want("to be asked whether it is there", request)
		managed.Send("<a xmlns='urn:xmpp:sm:3' h='0'/>")
		time.Sleep(4 * time.Minute)
		managed.WantIdle("no more questions")
		time.Sleep(time.Minute)
		managed.Want("to be asked again", request)
		time.Sleep(65 * time.Second)
		managed.WantEnd("the end of a client that is not there")
		p.Send("<message to='romeo@capulet.lit/orchard' id='1'/>")
		p.Want("the other stream to live", "<message id='1'/>")
	})
}

func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, nil)
		romeo, _ := s.login("romeo", "orchard")
		half, _ := s.connect("nurse")
		half.Header("capulet.lit")
		half.WantHeader("mechanisms", "")
		for i := range 100 {
			romeo.Send(fmt.Sprintf("<message to='romeo@capulet.lit/orchard' id='%d'/>", i))
		}
		synctest.Wait()
		done := make(chan error)
		go func() { done <- s.server.Shutdown(context.Background()) }()
		for i := range 100 {
			romeo.Want("what was sent before", fmt.Sprintf("<message id='%d'/>", i))
		}
		romeo.WantError("to be told", "system-shutdown") // RFC 6120 §4.9.3.20
		half.WantError("to be told", "system-shutdown")
		if err := <-done; err != nil {
			t.Error(err)
		}
		if s.router.bound() != 0 {
			t.Error("a session is still bound")
		}
		late, _ := s.connect("late")
		late.WantEnd("to be turned away")
	})
}
