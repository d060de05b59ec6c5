package badinput

import (
	"sync"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// loginTime is the time limit of a login here, and slack what a slow test machine
// may add to it.
const (
	loginTime = 2 * time.Second
	slack     = 10 * time.Second
	dripEvery = 20 * time.Millisecond
)

// Who says nothing, or next to nothing, is not waited for: RFC 6120 §4.9.3.4. What
// comes byte by byte does not make the time longer.
func TestTimeLimits(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for seconds")
	}
	s := process.New(t, domain, append(settings, `c2s.login_time = "`+loginTime.String()+`"`)...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	var lagging []*laggard
	var dripping sync.WaitGroup
	for _, l := range laggards() {
		l.conn = reach(t, s, l.at)
		l.began = time.Now()
		_ = l.conn.Send(l.send)
		lagging = append(lagging, &l)
		if l.drip != "" {
			dripping.Go(func() { drip(l.conn, l.drip) })
		}
	}
	others.chat(t)
	for _, l := range lagging {
		t.Run(l.name, func(t *testing.T) {
			if l.told {
				timedOut(t, l.conn)
			} else {
				hungUp(t, l.conn.Under())
			}
			if took := time.Since(l.began); took < loginTime*3/4 || took > loginTime+slack {
				t.Errorf("ended after %v, the limit is %v", took, loginTime)
			}
			others.chat(t)
		})
	}
	dripping.Wait()
	others.leave()
	s.Stop(t)
}

// A laggard is a connection that stops at some stage.
type laggard struct {
	name string
	at   stage
	send string // before the silence
	drip string // byte by byte during it
	told bool   // there is a stream to say so on

	conn  *wire.Conn
	began time.Time
}

func laggards() []laggard {
	return []laggard{
		{name: "RFC 6120 §4.9.3.4 connection-timeout: no word", at: fresh, told: true},
		{name: "RFC 6120 §4.9.3.4 connection-timeout: half a header", at: fresh, send: "<?xml version='1.0'?><stream:str", told: true},
		{name: "RFC 6120 §4.9.3.4 connection-timeout: nothing after the header", at: clear, told: true},
		{name: "RFC 6120 §4.9.3.4 connection-timeout: no login", at: secured, told: true},
		{name: "RFC 6120 §4.9.3.4 connection-timeout: a challenge without an answer", at: secured, send: auth("SCRAM-SHA-1", "n,,n=romeo,r=abc"), told: true},
		{name: "RFC 6120 §4.9.3.4 connection-timeout: no resource", at: known, told: true},
		{name: "RFC 6120 §4.9.3.4: a header, byte by byte", at: fresh, drip: wire.Header(domain)},
		{name: "RFC 6120 §4.9.3.4: white space as a sign of life", at: clear, drip: blanks},
		{name: "RFC 6120 §4.9.3.4: an element, byte by byte", at: secured, drip: auth("PLAIN", "\x00romeo\x00pencil")},
		{name: "RFC 6120 §5.4.3.2: no handshake", at: clear, send: startTLS},
		{name: "RFC 6120 §5.4.3.2: a handshake, byte by byte", at: clear, send: startTLS, drip: "\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03"},
	}
}

const blanks = "                                "

// drip sends a text byte by byte, but never its last one, and then blanks, until
// that fails.
func drip(c *wire.Conn, text string) {
	ticker := time.NewTicker(dripEvery)
	defer ticker.Stop()
	for limit := time.After(loginTime + slack); ; {
		for i := range len(text) - 1 {
			select {
			case <-ticker.C:
			case <-limit:
				return
			}
			if c.Send(text[i:i+1]) != nil {
				return
			}
		}
		text = blanks
	}
}

// timedOut reads the error and the end, past what the server had to say before.
func timedOut(t *testing.T, c *wire.Conn) {
	t.Helper()
	for {
		e, err := c.Next(wire.Patience)
		if err != nil {
			t.Fatalf("%v\n%s", err, c.Transcript())
		}
		if e.Name.Local == "error" {
			if err := wire.Match(streamError("connection-timeout")[0], e); err != nil {
				t.Errorf("%v\n%s", err, c.Transcript())
			}
			c.WantEnd(t, "after the error")
			return
		}
	}
}

// A client may close its half of the connection at any time, in the middle of
// anything. Then the server closes the other half: nothing can come any more.
func TestHalfClosed(t *testing.T) {
	s := process.New(t, domain, settings...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	others := newBystanders(t, s)
	for _, h := range []struct {
		name string
		at   stage
		send string
	}{
		{"RFC 6120 §4.4: without a word", fresh, ""},
		{"RFC 6120 §4.4: in the middle of the header", fresh, "<stream:stream to='" + domain},
		{"RFC 6120 §4.4: after the header", clear, ""},
		{"RFC 6120 §4.4: before TLS", clear, startTLS},
		{"RFC 6120 §4.4: before the login", secured, ""},
		{"RFC 6120 §4.4: in the middle of the login", secured, auth("SCRAM-SHA-1", "n,,n=romeo,r=abc")},
		{"RFC 6120 §4.4: before the resource", known, ""},
		{"RFC 6120 §4.4: with a resource", bound, ""},
		{"RFC 6120 §4.4: in the middle of a message", bound, "<message to='" + party + "/balcony'><body>Sof"},
		{"XEP-0198 #closure: with stream management", managed, ""},
	} {
		t.Run(h.name, func(t *testing.T) {
			c := reach(t, s, h.at)
			_ = c.Send(h.send)
			others.chat(t)
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			hungUp(t, c.Under())
			others.chat(t)
		})
	}
	others.leave()
	s.Stop(t)
}
