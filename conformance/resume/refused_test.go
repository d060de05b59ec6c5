package resume

import (
	"fmt"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

const (
	nsSM      = wire.NSManagement
	nsStanzas = "urn:ietf:params:xml:ns:xmpp-stanzas"
	nsStreams = "urn:ietf:params:xml:ns:xmpp-streams"
)

// A session is a connection with one that can be resumed.
type session struct {
	*wire.Conn
	id string
}

// start logs in and asks for a session that can be resumed.
func start(t *testing.T, to wire.Target) session {
	t.Helper()
	c, err := wire.Login(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	id, err := c.Enable(true)
	if err != nil {
		t.Fatal(err)
	}
	return session{c, id}
}

// enter logs in up to where a session may be resumed.
func enter(t *testing.T, to wire.Target) *wire.Conn {
	t.Helper()
	c, err := wire.Dial(to.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	features, err := c.Enter(to)
	if err != nil {
		t.Fatal(err)
	}
	if features.Child(nsSM, "sm") == nil {
		t.Fatalf("XEP-0198 #feature: stream management is not offered: %v", features)
	}
	return c
}

func resume(h int, id string) string {
	return fmt.Sprintf("<resume xmlns='%s' h='%d' previd='%s'/>", nsSM, h, id)
}

func failed(condition string) string {
	return "<failed xmlns='" + nsSM + "'><" + condition + " xmlns='" + nsStanzas + "'/></failed>"
}

func streamError(inside string) string { return "<stream:error>" + inside + "</stream:error>" }

func tooHigh(h, sent int) string {
	return streamError(fmt.Sprintf("<undefined-condition xmlns='%s'/><handled-count-too-high xmlns='%s' h='%d' send-count='%d'/>", nsStreams, nsSM, h, sent))
}

// newServer starts a server with three people.
func newServer(t *testing.T, settings ...string) *process.Server {
	t.Helper()
	s := process.New(t, domain, append(settings, "accounts.iterations = 4096", `log.level = "warn"`)...)
	s.AddUsers(t, "romeo", "juliet", "nurse")
	s.Start(t)
	t.Cleanup(func() { s.Stop(t) })
	return s
}

// What may not be resumed, and what may, on one server.
func TestRules(t *testing.T) {
	s := newServer(t)
	t.Run("refused", func(t *testing.T) { refused(t, s) })
	t.Run("the session has ended", func(t *testing.T) { endedSession(t, s) })
	t.Run("the old connection is alive", func(t *testing.T) { oldConnectionAlive(t, s) })
	t.Run("the count is too high", func(t *testing.T) { countTooHigh(t, s) })
	t.Run("enabled twice", func(t *testing.T) { enabledTwice(t, s) })
	t.Run("resumed after binding", func(t *testing.T) { resumedAfterBinding(t, s) })
}

// What is answered to a <resume/> that cannot be granted; a resource can be bound
// afterwards all the same (XEP-0198 #resumption: "the server SHOULD allow the
// client to bind a resource at this point").
func refused(t *testing.T, s *process.Server) {
	romeo := target(s, "romeo")
	other := start(t, target(s, "juliet"))
	ended := start(t, target(s, "nurse"))
	ended.MustSend(t, "<presence/><iq type='get' id='x'><ping xmlns='urn:xmpp:ping'/></iq></stream:stream>")
	ended.Want(t, "her own presence", "<presence/>")
	answered := false
	for {
		e, err := ended.Next(wire.Patience)
		if err != nil {
			break // after requests to acknowledge, which come between
		}
		answered = answered || wire.Match("<iq type='result' id='x'/>", e) == nil
	}
	if !answered {
		t.Fatalf("the request was not answered\n%s", ended.Transcript())
	}
	for _, c := range []struct{ name, send, want string }{
		{"XEP-0198 #resumption: unknown id", resume(0, "no-such-id"), failed("item-not-found")},
		{"XEP-0198 #resumption: half of an id", resume(0, other.id[:len(other.id)/2]), failed("item-not-found")},
		{"XEP-0198 #resumption: the id of somebody else", resume(0, other.id), failed("item-not-found")},
		{"XEP-0198 #closure: the id of a session that has ended, of somebody else", resume(0, ended.id), failed("item-not-found")},
		{"XEP-0198 #resumption: no id", "<resume xmlns='" + nsSM + "' h='0'/>", failed("bad-request")},
		{"XEP-0198 #resumption: no count", "<resume xmlns='" + nsSM + "' previd='x'/>", failed("bad-request")},
		{"XEP-0198 #resumption: a count that is no number", "<resume xmlns='" + nsSM + "' previd='x' h='many'/>", failed("bad-request")},
		{"XEP-0198 #acking: a count beyond 32 bits", "<resume xmlns='" + nsSM + "' previd='x' h='4294967296'/>", failed("bad-request")},
		{"XEP-0198 #enable: enabled before a resource is bound", "<enable xmlns='" + nsSM + "'/>", failed("unexpected-request")},
	} {
		t.Run(c.name, func(t *testing.T) {
			romeo.Resource = ""
			conn := enter(t, romeo)
			conn.MustSend(t, c.send)
			conn.Want(t, "the refusal", c.want)
			if err := conn.Bind("orchard"); err != nil {
				t.Fatal(err)
			}
			conn.WantIdle(t, "the new session")
		})
	}
	other.WantIdle(t, "the session that somebody else tried to take over")
}

// A session that was ended by its client cannot be resumed; the server may say how
// far it had got (XEP-0198 #closure, #resumption).
func endedSession(t *testing.T, s *process.Server) {
	old := start(t, target(s, "romeo"))
	old.MustSend(t, "</stream:stream>")
	old.WantEnd(t, "the closing tag is answered")
	c := enter(t, target(s, "romeo"))
	c.MustSend(t, resume(0, old.id))
	c.Want(t, "the refusal", failed("item-not-found"))
}

// A session waits only so long. Contacts learn that it has ended, and resuming it
// gives the number of stanzas that were handled (XEP-0198 #resumption).
func TestWaitedTooLong(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for seconds")
	}
	s := newServer(t, `c2s.resume = "1s"`)
	juliet := start(t, target(s, "juliet"))
	juliet.MustSend(t, "<presence/>")
	juliet.Want(t, "her own presence", "<presence/>")
	old := start(t, target(s, "romeo"))
	old.MustSend(t, "<presence to='juliet@"+domain+"/garden'/><r xmlns='"+nsSM+"'/>")
	next(t, juliet.Conn, "romeo is there", "<presence from='romeo@"+domain+"/garden'/>")
	old.Want(t, "one stanza handled", "<a xmlns='"+nsSM+"' h='1'/>")
	old.Close()
	next(t, juliet.Conn, "romeo is gone (RFC 6121 §4.6.3)", "<presence type='unavailable' from='romeo@"+domain+"/garden'/>")
	c := enter(t, target(s, "romeo"))
	c.MustSend(t, resume(0, old.id))
	c.Want(t, "the refusal", "<failed xmlns='"+nsSM+"' h='1'><item-not-found xmlns='"+nsStanzas+"'/></failed>")
	if err := c.Bind("garden"); err != nil {
		t.Fatal(err)
	}
}

// next is Want, past requests to acknowledge.
func next(t *testing.T, c *wire.Conn, why, pattern string) {
	t.Helper()
	for {
		e, err := c.Next(wire.Patience)
		if err != nil {
			t.Fatalf("%s: %v\n%s", why, err, c.Transcript())
		}
		if e.Name.Space == nsSM && e.Name.Local == "r" {
			continue
		}
		if err := wire.Match(pattern, e); err != nil {
			t.Fatalf("%s: %v\n%s", why, err, c.Transcript())
		}
		return
	}
}

// The old connection may be alive when the session is resumed: "the server SHOULD
// send a 'conflict' stream error and close that stream" (XEP-0198 #resumption).
// What was not acknowledged comes again, on the new one.
func oldConnectionAlive(t *testing.T, s *process.Server) {
	romeo, juliet := start(t, target(s, "romeo")), start(t, target(s, "juliet"))
	juliet.MustSend(t, "<message to='romeo@"+domain+"/garden' id='m1'><body>Wherefore art thou?</body></message>"+
		"<message to='romeo@"+domain+"/garden' id='m2'><body>Deny thy father.</body></message>")
	next(t, romeo.Conn, "the first", "<message id='m1'/>")
	next(t, romeo.Conn, "the second", "<message id='m2'/>")
	romeo.MustSend(t, "<message to='juliet@"+domain+"/garden' id='m3'><body>Shall I hear more?</body></message>")
	next(t, juliet.Conn, "the third", "<message id='m3'/>")

	c := enter(t, target(s, "romeo"))
	c.MustSend(t, resume(1, romeo.id))
	c.Want(t, "resumed", "<resumed xmlns='"+nsSM+"' h='1' previd='"+romeo.id+"'/>")
	c.Want(t, "the one that was not acknowledged", "<message id='m2'/>")
	next(t, romeo.Conn, "the old connection", streamError("<conflict xmlns='"+nsStreams+"'/>"))
	romeo.WantEnd(t, "the old connection")

	juliet.MustSend(t, "<message to='romeo@"+domain+"/garden' id='m4'><body>Be but sworn my love.</body></message>")
	next(t, c, "the session goes on", "<message id='m4'/>")

	again := enter(t, target(s, "romeo"))
	again.MustSend(t, resume(3, romeo.id))
	again.Want(t, "resumed by the same id once more", "<resumed xmlns='"+nsSM+"' h='1' previd='"+romeo.id+"'/>")
	again.WantIdle(t, "nothing is left to send again")
}

// "If a local entity acknowledges that it has handled a number of stanzas that is
// higher than the amount of stanzas that it was sent" the stream ends, with the
// two numbers (XEP-0198 #errors).
func countTooHigh(t *testing.T, s *process.Server) {
	t.Run("XEP-0198 #errors: by <a/>", func(t *testing.T) {
		c := start(t, target(s, "romeo"))
		c.MustSend(t, "<a xmlns='"+nsSM+"' h='10'/>")
		c.Want(t, "the error", tooHigh(10, 0))
		c.WantEnd(t, "after the error")
	})
	t.Run("XEP-0198 #errors: by <resume/>", func(t *testing.T) {
		old := start(t, target(s, "romeo"))
		old.Close()
		c := enter(t, target(s, "romeo"))
		c.MustSend(t, resume(7, old.id))
		c.Want(t, "the error", tooHigh(7, 0))
		c.WantEnd(t, "after the error")
	})
	t.Run("XEP-0198 #errors: a count that goes back", func(t *testing.T) {
		c := start(t, target(s, "romeo"))
		c.MustSend(t, "<presence/>")
		c.Want(t, "his own presence", "<presence/>")
		c.MustSend(t, "<a xmlns='"+nsSM+"' h='1'/><a xmlns='"+nsSM+"' h='0'/>")
		next(t, c.Conn, "the error", tooHigh(0, 1))
		c.WantEnd(t, "after the error")
	})
	t.Run("XEP-0198 #acking: a count that is missing", func(t *testing.T) {
		c := start(t, target(s, "romeo"))
		c.MustSend(t, "<a xmlns='"+nsSM+"'/>")
		c.Want(t, "the error", "<stream:error/>")
		c.WantEnd(t, "after the error")
	})
}

// "If a server receives a second <enable/> element it SHOULD respond with a stream
// error, thus terminating the client connection" (XEP-0198 #enable).
func enabledTwice(t *testing.T, s *process.Server) {
	c := start(t, target(s, "romeo"))
	c.MustSend(t, "<enable xmlns='"+nsSM+"' resume='true'/>")
	c.Want(t, "the refusal", failed("unexpected-request"))
	c.Want(t, "the error", "<stream:error/>")
	c.WantEnd(t, "after the error")
}

// A session is resumed instead of binding a resource, not afterwards (XEP-0198
// #resumption).
func resumedAfterBinding(t *testing.T, s *process.Server) {
	old := start(t, target(s, "romeo"))
	old.Close()
	to := target(s, "romeo")
	to.Resource = "street"
	c, err := wire.Login(to)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.MustSend(t, resume(0, old.id))
	c.Want(t, "the refusal", failed("unexpected-request"))
	c.WantIdle(t, "the stream goes on")
}
