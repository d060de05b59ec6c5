package resume

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"causeway/conformance/wire"
)

const (
	loginBytes = 6000 // about what the server sends during a login
	flowBytes  = 9000 // most bytes of a conversation before a cut
	window     = 60   // most messages that the server has not acknowledged
)

// pause is how long a chatter listens before it says something more.
const pause = 2 * time.Millisecond

// giveUp bounds a whole conversation.
const giveUp = 90 * time.Second

// lastWord is the body of the last message of each side.
const lastWord = "Good night, good night!"

// A chatter talks to a friend over connections that break, and comes back. It is
// the client's half of XEP-0198.
type chatter struct {
	target wire.Target
	friend string
	wanted int // cuts
	rnd    *rand.Rand

	conn    *wire.Conn
	fuse    *wire.Fuse
	how     wire.Cut
	id      string   // of the session
	handled uint32   // stanzas from the server
	sent    uint32   // stanzas to it that it has acknowledged
	open    []string // stanzas to it that it has not, oldest first

	said    int   // messages, numbered from 0
	heard   []int // numbers of the friend's messages
	ended   bool  // our last word is said
	parted  bool  // the friend's is heard
	started time.Time

	cuts, early int // in mid-flow, and while logging in
	by          [3]int
	fault       error
}

func newChatter(to wire.Target, friend string, cuts int) *chatter {
	return &chatter{target: to, friend: friend, wanted: cuts, rnd: rand.New(rand.NewPCG(rand.Uint64(), 2))}
}

// talk runs the whole conversation, after begin.
func (c *chatter) talk() {
	c.started = time.Now()
	c.arm()
	err := c.flow()
	for ; ; err = c.goOn() {
		switch {
		case err == nil:
			c.conn.Close()
			return
		case !c.fuse.Blown() || time.Since(c.started) > giveUp:
			c.fault = fmt.Errorf("after %d cuts: %w\n%s", c.cuts, err, c.conn.Transcript())
			return
		}
	}
}

// goOn resumes the session and the conversation.
func (c *chatter) goOn() error {
	if err := c.comeBack(); err != nil {
		return err
	}
	return c.flow()
}

// dial connects with a fuse.
func (c *chatter) dial() error {
	nc, err := net.DialTimeout("tcp", c.target.Addr, wire.Patience)
	if err != nil {
		return err
	}
	c.fuse = wire.NewFuse(nc)
	c.conn = wire.Over(c.fuse)
	return nil
}

// begin logs in and asks for a session that can be resumed.
func (c *chatter) begin() error {
	if err := c.dial(); err != nil {
		return err
	}
	if _, err := c.conn.Enter(c.target); err != nil {
		return err
	}
	if err := c.conn.Bind(c.target.Resource); err != nil {
		return err
	}
	var err error
	if c.id, err = c.conn.Enable(true); err != nil {
		return err
	}
	return c.send("<presence/>")
}

// arm has the fuse blow somewhere in the conversation, if it shall at all.
func (c *chatter) arm() {
	if c.cuts < c.wanted {
		c.how = wire.Cut(c.rnd.IntN(3))
		c.fuse.Arm(c.rnd.IntN(flowBytes), c.rnd.IntN(flowBytes), c.how)
	}
}

// comeBack logs in and resumes the session. Some logins are cut as well. A
// connection that has vanished stays open until the server has heard of the new
// one.
func (c *chatter) comeBack() error {
	old := c.conn
	defer old.Close()
	if err := c.dial(); err != nil {
		return err
	}
	inLogin := c.cuts < c.wanted && c.rnd.IntN(4) == 0
	if inLogin {
		c.fuse.Arm(c.rnd.IntN(loginBytes), loginBytes, wire.Cut(c.rnd.IntN(3)))
	}
	if err := c.resume(); err != nil {
		if c.fuse.Blown() {
			c.early++
		}
		return err
	}
	if !inLogin {
		c.arm()
	}
	for _, st := range c.open {
		if err := c.write(st); err != nil {
			return err
		}
	}
	return nil
}

// resume is the login up to <resumed/>.
func (c *chatter) resume() error {
	if _, err := c.conn.Enter(c.target); err != nil {
		return err
	}
	if err := c.conn.Sendf("<resume xmlns='%s' h='%d' previd='%s'/>", wire.NSManagement, c.handled, c.id); err != nil {
		return err
	}
	e, err := c.conn.Next(wire.Patience)
	if err != nil {
		return err
	}
	if err := wire.Match("<resumed xmlns='"+wire.NSManagement+"' previd='"+c.id+"' h='*'/>", e); err != nil {
		return err
	}
	return c.acknowledged(e.Attr("h"))
}

// flow talks and listens until the connection breaks or all is said and heard.
func (c *chatter) flow() error {
	for {
		if err := c.say(); err != nil {
			return c.broke(err)
		}
		for limit := pause; ; limit = time.Microsecond {
			e, err := c.conn.Next(limit)
			if err == nil {
				err = c.listen(e)
			}
			var waited net.Error
			if errors.As(err, &waited) && waited.Timeout() && !c.fuse.Blown() {
				break
			}
			if err != nil {
				return c.broke(err)
			}
		}
		if c.ended && c.parted && len(c.open) == 0 {
			return nil
		}
		if time.Since(c.started) > giveUp {
			return fmt.Errorf("no end: %d of our stanzas not acknowledged, last word said %v, heard %v", len(c.open), c.ended, c.parted)
		}
	}
}

// broke counts a cut.
func (c *chatter) broke(err error) error {
	if c.fuse.Blown() {
		c.cuts++
		c.by[c.how]++
	}
	return err
}

// say sends a few messages, and the last one after the last cut.
func (c *chatter) say() error {
	if c.ended || len(c.open) > window {
		return c.write("<r xmlns='" + wire.NSManagement + "'/>")
	}
	for range c.rnd.IntN(4) {
		if err := c.message(strings.Repeat("Parting is such sweet sorrow. ", c.rnd.IntN(30))); err != nil {
			return err
		}
	}
	if c.cuts >= c.wanted {
		c.ended = true
		return c.message(lastWord)
	}
	if c.rnd.IntN(3) > 0 {
		return nil
	}
	return c.write("<r xmlns='" + wire.NSManagement + "'/>")
}

func (c *chatter) message(body string) error {
	number := c.said
	c.said++
	return c.send(fmt.Sprintf("<message to='%s@%s/garden' type='chat' id='%d'><body>%s</body></message>", c.friend, domain, number, body))
}

// send sends a stanza, which is kept until the server has acknowledged it.
func (c *chatter) send(st string) error {
	c.open = append(c.open, st)
	return c.write(st)
}

func (c *chatter) write(text string) error { return c.conn.Send(text) }

// listen takes one element.
func (c *chatter) listen(e *wire.Element) error {
	if e.Name.Space == wire.NSManagement {
		switch e.Name.Local {
		case "r":
			return c.conn.Sendf("<a xmlns='%s' h='%d'/>", wire.NSManagement, c.handled)
		case "a":
			return c.acknowledged(e.Attr("h"))
		}
		return fmt.Errorf("unexpected: %v", e)
	}
	switch {
	case e.Is("presence"):
		c.handled++
		return nil
	case !e.Is("message"), e.Attr("type") != "chat":
		return fmt.Errorf("unexpected: %v", e)
	}
	c.handled++
	n, err := strconv.Atoi(e.Attr("id"))
	if err != nil {
		return fmt.Errorf("unexpected: %v", e)
	}
	c.heard = append(c.heard, n)
	c.parted = c.parted || e.Body() == lastWord
	return nil
}

// acknowledged forgets what the server has handled.
func (c *chatter) acknowledged(h string) error {
	n, err := strconv.ParseUint(h, 10, 32)
	if err != nil {
		return err
	}
	done := int(uint32(n) - c.sent)
	if done < 0 || done > len(c.open) {
		return fmt.Errorf("the server acknowledges %s stanzas, of %d sent", h, int(c.sent)+len(c.open))
	}
	c.open = c.open[done:]
	c.sent = uint32(n)
	return nil
}

// check holds what c has heard against what the friend has said.
func (c *chatter) check(t *testing.T, friend *chatter) {
	t.Helper()
	for i, n := range c.heard {
		if n != i {
			t.Errorf("%s heard message %d where number %d of %d was due; around it: %v", c.target.User, n, i, friend.said, c.heard[max(0, i-5):min(i+10, len(c.heard))])
			return
		}
	}
	if len(c.heard) != friend.said {
		t.Errorf("%s heard %d of %d messages", c.target.User, len(c.heard), friend.said)
	}
}
