package c2s

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"causeway/xmpp/stanza"
	"causeway/xmpp/stream"
	"causeway/xmpp/xmpptest"
)

// A resumer is a client that keeps the books of XEP-0198 as a good client does.
type resumer struct {
	*stage
	t     *testing.T
	id    string
	conn  *xmpptest.Conn
	f     *stream.Framer
	sent  []string // not acknowledged
	acked int
	in    int
	heard []string
	live  bool
}

func (r *resumer) dial() {
	client, server := xmpptest.Pipe(1 << 20)
	r.conn = client
	r.f = stream.NewFramer(stanza.Limits{})
	go r.server.ServeConn(context.Background(), server, StartTLS) // ends with the login
	r.write(header + auth("PLAIN", plain("romeo", "romeopass")) + header)
	r.Cleanup(func() { _ = client.Close() })
}

func (r *resumer) write(s string) { _, _ = r.conn.Write([]byte(s)) } // it may be cut

func (r *resumer) start() {
	r.dial()
	r.write(bindRequest("b", "<resource>orchard</resource>") + enableResumable)
	r.drain()
	r.live = true
}

// say sends a message, or notes it for later.
func (r *resumer) say(id string) {
	m := message("juliet@capulet.lit/balcony", id)
	r.sent = append(r.sent, m)
	if r.live {
		r.write(m)
	}
}

// cut loses the connection, after reading more or less of what has come.
func (r *resumer) cut(round int) {
	switch round % 3 {
	case 0:
		r.drain()
	case 1:
		r.write("<r xmlns='urn:xmpp:sm:3'/>")
	}
	r.conn.Break()
	r.live = false
}

func (r *resumer) comeBack() {
	r.dial()
	r.write(fmt.Sprintf("<resume xmlns='urn:xmpp:sm:3' previd='%s' h='%d'/>", r.id, r.in))
	r.live = true
	r.drain()
}

// drain reads what is there.
func (r *resumer) drain() {
	for {
		synctest.Wait()
		ev, err := r.f.Next()
		if err != nil {
			r.t.Fatal(err)
		}
		if ev.Kind == stream.Whole {
			r.see(ev.Element)
			continue
		}
		if ev.Kind != stream.NeedMore {
			continue
		}
		if r.conn.Buffered() == 0 {
			return
		}
		n, err := r.conn.Read(r.f.Buffer())
		if err != nil {
			r.t.Fatal(err)
		}
		r.f.Advance(n)
	}
}

func (r *resumer) see(el stream.Element) {
	local := string(el.Local())
	switch {
	case el.Is("urn:ietf:params:xml:ns:xmpp-sasl", "success"):
		r.f.Restart()
	case local == "enabled":
		r.id = attribute(el, "id")
	case local == "resumed", local == "a":
		h, _ := strconv.Atoi(attribute(el, "h"))
		r.sent = r.sent[h-r.acked:]
		r.acked = h
		if local == "resumed" {
			r.write(strings.Join(r.sent, ""))
		}
	case local == "failed":
		r.t.Fatalf("not resumed: %s", el.Raw)
	case local == "r":
		r.write(ackOf(r.in))
	case local == "message":
		r.in++
		r.heard = append(r.heard, attribute(el, "id"))
	}
}

func attribute(el stream.Element, name string) string {
	for a := range stanza.Attributes(el.Raw) {
		if string(a.Local) == name {
			return a.Text()
		}
	}
	return ""
}
