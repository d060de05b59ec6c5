package bosh

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A stage is a handler whose streams are served by the test.
type stage struct {
	*testing.T
	*Handler
	pipes chan *Pipe
}

func newStage(t *testing.T) *stage {
	s := &stage{T: t, pipes: make(chan *Pipe, 1)}
	s.Handler = New(Config{
		Serve: func(p *Pipe) { s.pipes <- p },
		Wait:  time.Minute, Hold: 1, Inactivity: 30 * time.Second, MaxPause: time.Minute, BodyBytes: 10_000, QueueBytes: 1000,
	})
	return s
}

// post sends a request and gives the answer, once there is one.
func (s *stage) post(text string) <-chan string {
	c := make(chan string, 1)
	go func() { // ends with the answer
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "https://capulet.lit/bosh", strings.NewReader(text))
		s.ServeHTTP(w, r)
		c <- w.Body.String()
	}()
	return c
}

// enter makes a session.
func (s *stage) enter() (p *Pipe, sid string) {
	s.Helper()
	return s.enterWith("wait='60'")
}

// enterWith makes a session with more attributes.
func (s *stage) enterWith(attrs string) (p *Pipe, sid string) {
	s.Helper()
	first := s.post("<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='capulet.lit' hold='1' ver='1.6' " + attrs + "/>")
	p = <-s.pipes
	s.reads(p, "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='capulet.lit' version='1.0'>")
	s.writes(p, "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='i' from='capulet.lit' version='1.0'><stream:features/>")
	<-first
	return p, p.session.sid
}

// wantNone checks that no session is left.
func (s *stage) wantNone() {
	s.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) != 0 {
		s.Error("something is left")
	}
}

func (s *stage) reads(p *Pipe, want string) {
	s.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(p, got); err != nil || string(got) != want {
		s.Fatalf("%v: %s", err, got)
	}
}

func (s *stage) writes(p *Pipe, text string) {
	s.Helper()
	if _, err := io.WriteString(p, text); err != nil {
		s.Fatal(err)
	}
}

func said(sid string, rid int, attrs, payload string) string {
	return fmt.Sprintf("<body xmlns='http://jabber.org/protocol/httpbind' rid='%d' sid='%s' %s>%s</body>", rid, sid, attrs, payload)
}

// A request waits as long as was agreed; a client without one is gone after a while,
// and nothing is left of it (XEP-0124 #inactive). What it has not got is given back.
func TestInactive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		p, sid := s.enter()
		began := time.Now()
		if got := <-s.post(said(sid, 2, "", "")); got != "<body xmlns='http://jabber.org/protocol/httpbind'/>" || time.Since(began) != time.Minute {
			t.Errorf("after %v: %s", time.Since(began), got)
		}
		s.writes(p, "<presence/>")
		if got := <-s.post(said(sid, 3, "", "")); !strings.Contains(got, "<presence xmlns='jabber:client'/>") {
			t.Error(got)
		}
		s.writes(p, "<message id='m1'/>") // nobody comes for it
		time.Sleep(29 * time.Second)
		s.writes(p, "<message id='m2'/>") // which is no sign of life
		time.Sleep(2 * time.Second)
		if n, err := p.Read(make([]byte, 1)); err == nil {
			t.Errorf("still there: %d", n)
		}
		if got := string(p.Undelivered()); got != "<presence xmlns='jabber:client'/><message xmlns='jabber:client' id='m1'/><message xmlns='jabber:client' id='m2'/>" {
			t.Errorf("given back: %s", got)
		}
		s.wantNone()
		_ = p.Close()
	})
}

// Who writes waits while too much waits for the client, but not for ever; and reading
// ends in time, when it is to rest, and at the end.
func TestPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		p, sid := s.enter()
		big := "<message>" + strings.Repeat("x", 600) + "</message>"
		_ = p.SetWriteDeadline(time.Now().Add(time.Second))
		began := time.Now()
		if _, err := io.WriteString(p, big+big+big); err == nil || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		_ = p.SetDeadline(time.Time{})
		if got := <-s.post(said(sid, 2, "", "")); strings.Count(got, "</message>") != 2 {
			t.Error(got)
		}
		_ = p.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := p.Read(make([]byte, 1)); err == nil || time.Since(began) < 2*time.Second {
			t.Error(err)
		}
		_ = p.SetReadDeadline(time.Time{})
		p.Rest()
		if _, err := p.Read(make([]byte, 1)); err == nil {
			t.Error("no rest")
		}
		woken := make(chan bool)
		if !p.Watch(func() { close(woken) }) {
			t.Error("there is nothing to read")
		}
		held := s.post(said(sid, 3, "", "<iq/>"))
		<-woken
		if p.Watch(func() {}) {
			t.Error("there is something to read")
		}
		s.reads(p, "<iq/>")
		_ = p.Close()
		if got := <-held; !strings.Contains(got, "type='terminate' condition='remote-connection-failed'") {
			t.Error(got)
		}
		s.wantNone()
	})
}

// A client that never gets to a stream leaves nothing.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		first := s.post("<body xmlns='http://jabber.org/protocol/httpbind' rid='1' to='capulet.lit' ver='1.6'/>")
		_ = (<-s.pipes).Close()
		if got := <-first; !strings.Contains(got, "type='terminate' condition='remote-connection-failed'") {
			t.Error(got)
		}
		s.wantNone()
	})
}

// Who sends faster than is read, by requests that are answered at once, is held up by
// nothing; so there is an end to what is kept, and the session ends with it.
func TestFlood(t *testing.T) {
	for name, attrs := range map[string]string{"no time to wait": "", "pauses": "pause='1'"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				wait := "0"
				if attrs != "" {
					wait = "60"
				}
				p, sid := s.enterWith("wait='" + wait + "'")
				big := "<message>" + strings.Repeat("x", 9000) + "</message>"
				rid, got := 2, ""
				for ; rid < 20 && !strings.Contains(got, "terminate"); rid++ {
					got = <-s.post(said(sid, rid, attrs, big))
				}
				p.session.mu.Lock()
				if most := (p.session.requests + 1) * 10_000; len(p.in) > most {
					t.Errorf("%d bytes wait to be read", len(p.in))
				}
				p.session.mu.Unlock()
				if !strings.Contains(got, "condition='policy-violation'") || rid < 4 {
					t.Errorf("after %d: %s", rid, got)
				}
				_ = p.Close()
				s.wantNone()
			})
		})
	}
}

// Who is read in time may send as much as they like.
func TestNoFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		p, sid := s.enterWith("wait='0'")
		big := "<message>" + strings.Repeat("x", 9000) + "</message>"
		for rid := 2; rid < 20; rid++ {
			if got := <-s.post(said(sid, rid, "", big)); strings.Contains(got, "terminate") {
				t.Fatal(got)
			}
			s.reads(p, big)
		}
		_ = p.Close()
	})
}

// Of a client that never says what it has, an answer that may have crossed its request is
// not taken for got; what is old enough is (XEP-0124 #ack-response, #overactive).
func TestCrossed(t *testing.T) {
	for attrs, want := range map[string]string{
		"":        "<message xmlns='jabber:client' id='m4'/>", // two at once: 5 shows that 3 is answered
		"ack='1'": "",                                         // which it would say
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStage(t)
			p, sid := s.enterWith("wait='60' " + attrs)
			for rid := 2; rid < 5; rid++ {
				held := s.post(said(sid, rid, "", ""))
				synctest.Wait()
				s.writes(p, fmt.Sprintf("<message id='m%d'/>", rid))
				if got := <-held; !strings.Contains(got, "id='m") || strings.Contains(got, "report") {
					t.Error(got)
				}
			}
			last := s.post(said(sid, 5, "", ""))
			synctest.Wait()
			got := string(p.Undelivered())
			if got != want {
				t.Errorf("%q: given back %s", attrs, got)
			}
			_ = p.Close()
			<-last
		})
	}
}
