package backup

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// window is how many messages may wait for an acknowledgement.
const window = 50

// A person sends messages and counts those that are acknowledged (XEP-0198 #acking).
type person struct {
	server *process.Server
	name   string
	sent   int
	acked  atomic.Int64
	more   chan struct{} // has a token when more are acknowledged
	pause  time.Duration // between two batches
}

func (p *person) enter(t testing.TB, s *process.Server) *wire.Conn {
	t.Helper()
	c, err := wire.Login(wire.Target{Addr: s.Addr, Domain: domain, User: p.name, Password: process.Password, Resource: "orchard", TLS: s.TLS()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// talk sends messages to somebody who is not there until it is told to stop, and then waits for the last acknowledgement.
func (p *person) talk(t testing.TB, to *person, stop chan struct{}) {
	c, err := wire.Login(wire.Target{
		Addr: p.server.Addr, Domain: domain, User: p.name, Password: process.Password, Resource: "garden", TLS: p.server.TLS(),
	})
	if err == nil {
		defer c.Close()
		_, err = c.Enable(false)
	}
	base := int64(p.sent)
	pace := time.NewTicker(max(p.pause, time.Microsecond))
	defer pace.Stop()
	for stopped := false; err == nil && !stopped; {
		select {
		case <-stop:
			stopped = true
		case <-pace.C:
			err = c.Send(p.messages(to))
		}
		for err == nil && (int64(p.sent)-p.acked.Load() > window || stopped && int64(p.sent) > p.acked.Load()) {
			err = p.read(c, base)
		}
	}
	if err != nil {
		t.Errorf("%s: %v", p.name, err)
	}
}

// messages makes some, and a request to acknowledge them.
func (p *person) messages(to *person) string {
	var out strings.Builder
	for range 10 {
		fmt.Fprintf(&out, "<message to='%s@%s' type='chat' id='%s-%d'><body>%s</body></message>",
			to.name, domain, p.name, p.sent, strings.Repeat("Wherefore art thou? ", 1+p.sent%20))
		p.sent++
	}
	out.WriteString("<r xmlns='" + wire.NSManagement + "'/>")
	return out.String()
}

func (p *person) read(c *wire.Conn, base int64) error {
	e, err := c.Next(wire.Patience)
	if err != nil {
		return err
	}
	switch {
	case e.Name.Space == wire.NSManagement && e.Name.Local == "a":
		h, err := strconv.ParseInt(e.Attr("h"), 10, 64)
		if err != nil {
			return err
		}
		p.acked.Store(base + h)
		select {
		case p.more <- struct{}{}:
		default:
		}
	case e.Attr("type") == "error":
		return fmt.Errorf("refused: %v", e)
	}
	return nil
}

// awaitMore waits until so many more messages are acknowledged.
func (p *person) awaitMore(t testing.TB, n int) {
	t.Helper()
	patience := wire.Soon()
	for goal := p.acked.Load() + int64(n); p.acked.Load() < goal; {
		select {
		case <-p.more:
		case <-patience:
			t.Fatalf("%s: nothing more is acknowledged", p.name)
		}
	}
}
