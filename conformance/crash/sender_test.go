package crash

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"

	"causeway/conformance/wire"
)

const (
	window  = 256 // most messages on their way without an acknowledgement
	longRun = 20  // most messages between two requests for one
)

// A sender pushes messages and remembers which. What it numbers is unique to it
// over all connections; a message that was never acknowledged is not sent again.
type sender struct {
	name       string
	recipients []*recipient
	rnd        *rand.Rand

	sent         []*recipient // by number of the message: who it was for
	count        atomic.Int64 // how many these are, for others to look at
	acknowledged []int        // numbers
	refused      []string     // errors that came back
	fault        error        // anything but the end of the connection
}

func newSender(name string, recipients []*recipient) *sender {
	return &sender{name: name, recipients: recipients, rnd: rand.New(rand.NewPCG(rand.Uint64(), 1))}
}

// id names a message for all who see it.
func (s *sender) id(number int) string { return s.name + "-" + strconv.Itoa(number) }

// push logs in and sends until the connection ends. It calls acked with the number
// of the last message that is acknowledged, each time there are more.
func (s *sender) push(to wire.Target, acked func(number int)) {
	c, err := wire.Login(to)
	if err == nil {
		defer c.Close()
		_, err = c.Enable(false)
	}
	if err != nil {
		if !wire.Gone(err) { // the server may be killed during a login, too
			s.fault = err
		}
		return
	}
	base, seen := len(s.sent), 0 // numbers of this connection begin at base
	for {
		more := c.Send(s.batch()) == nil
		for !more || len(s.sent)-base-seen > window {
			h, err := s.read(c)
			if err != nil {
				return
			}
			if h <= seen {
				continue
			}
			for ; seen < h; seen++ {
				s.acknowledged = append(s.acknowledged, base+seen)
			}
			acked(base + seen - 1)
		}
	}
}

// batch makes a few messages and a request to acknowledge them.
func (s *sender) batch() string {
	var out strings.Builder
	for range 1 + s.rnd.IntN(longRun) {
		r := s.recipients[s.rnd.IntN(len(s.recipients))]
		fmt.Fprintf(&out, "<message to='%s@%s' type='chat' id='%s'><body>%s</body></message>",
			r.name, domain, s.id(len(s.sent)), strings.Repeat("Art thou not Romeo, and a Montague? ", s.rnd.IntN(12)))
		s.sent = append(s.sent, r)
	}
	s.count.Store(int64(len(s.sent)))
	out.WriteString("<r xmlns='" + wire.NSManagement + "'/>")
	return out.String()
}

// read takes one element and gives the count if it is an acknowledgement. The
// error is that of the connection.
func (s *sender) read(c *wire.Conn) (h int, err error) {
	e, err := c.Next(wire.Patience)
	switch {
	case err != nil:
		return 0, err
	case e.Name.Space == wire.NSManagement && e.Name.Local == "a":
		return strconv.Atoi(e.Attr("h"))
	case e.Attr("type") == "error":
		s.refused = append(s.refused, e.String())
	}
	return 0, nil
}
