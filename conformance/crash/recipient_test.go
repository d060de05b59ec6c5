package crash

import (
	"errors"
	"fmt"
	"testing"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// A recipient is seldom there. It remembers what came, over all its logins.
type recipient struct {
	name  string
	order []string       // ids, in the order in which they came
	came  map[string]int // how many times each

	fences int // how many there were, so that none is taken for another
}

// drain logs in, takes all that waits, acknowledges it and leaves. Logging in
// once more, it must get nothing.
func (r *recipient) drain(t *testing.T, s *process.Server) {
	t.Helper()
	fence := r.fence(t, s)
	c := r.enter(t, s)
	r.read(t, c, fence)
	c.Close()
	r.wantNothing(t, s)
}

// wantNothing logs in and checks that nothing waits but the fence.
func (r *recipient) wantNothing(t *testing.T, s *process.Server) {
	t.Helper()
	before := len(r.order)
	fence := r.fence(t, s)
	c := r.enter(t, s)
	r.read(t, c, fence)
	c.Close()
	if again := r.order[before:]; len(again) > 0 {
		t.Errorf("%s got %d messages that it had acknowledged: %.200v", r.name, len(again), again)
	}
}

// fence has the nurse leave a last message for r.
func (r *recipient) fence(t *testing.T, s *process.Server) (id string) {
	t.Helper()
	c, err := wire.Login(target(s, "nurse", true))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Enable(false); err != nil {
		t.Fatal(err)
	}
	r.fences++
	id = fmt.Sprintf("fence-%d", r.fences)
	c.MustSend(t, "<message to='"+r.name+"@"+domain+"' type='chat' id='"+id+"'><body>Hark!</body></message><r xmlns='"+wire.NSManagement+"'/>")
	c.Want(t, "the fence is kept", "<a xmlns='"+wire.NSManagement+"' h='1'/>")
	c.MustSend(t, "</stream:stream>")
	c.WantEnd(t, "the nurse leaves")
	return id
}

// enter logs in and says that it is there.
func (r *recipient) enter(t *testing.T, s *process.Server) *wire.Conn {
	t.Helper()
	c, err := wire.Login(target(s, r.name, true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Enable(false); err != nil {
		t.Fatal(err)
	}
	c.MustSend(t, "<presence/>")
	return c
}

// read takes messages until the fence, acknowledges all and ends the stream.
func (r *recipient) read(t *testing.T, c *wire.Conn, fence string) {
	t.Helper()
	for handled := 0; ; {
		e, err := c.Next(wire.Patience)
		if err != nil {
			t.Fatalf("%s after %d stanzas: %v\n%s", r.name, handled, err, c.Transcript())
		}
		if e.Name.Space == wire.NSManagement {
			if e.Name.Local == "r" {
				c.MustSend(t, acknowledgement(handled))
			}
			continue
		}
		handled++
		if !e.Is("message") {
			continue
		}
		if e.Attr("id") == fence {
			c.MustSend(t, acknowledgement(handled)+"</stream:stream>")
			r.end(t, c)
			return
		}
		r.take(e.Attr("id"))
	}
}

// end reads up to the end of the stream; only acknowledgements may still come.
func (r *recipient) end(t *testing.T, c *wire.Conn) {
	t.Helper()
	for {
		e, err := c.Next(wire.Patience)
		switch {
		case errors.Is(err, wire.ErrEnd):
			c.WantClosed(t, "the stream is over")
			return
		case err != nil:
			t.Fatalf("%s: %v\n%s", r.name, err, c.Transcript())
		case e.Is("message"):
			t.Errorf("%s got a message after the fence: %v", r.name, e)
		}
	}
}

func (r *recipient) take(id string) {
	r.order = append(r.order, id)
	r.came[id]++
}

func acknowledgement(h int) string {
	return fmt.Sprintf("<a xmlns='%s' h='%d'/>", wire.NSManagement, h)
}
