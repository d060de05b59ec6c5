package badinput

import (
	"fmt"
	"testing"
	"time"

	"causeway/conformance/process"
	"causeway/conformance/wire"
)

// noticed is how long a message of the bystanders may take. They notice nothing
// as long as it is far less; test machines are slow at times.
const noticed = 10 * time.Second

// bystanders are two people who chat while somebody else misbehaves.
type bystanders struct {
	a, b    *wire.Conn
	said    int
	slowest time.Duration
}

func newBystanders(t *testing.T, s *process.Server) *bystanders {
	t.Helper()
	return &bystanders{a: enter(t, s, "juliet", "balcony"), b: enter(t, s, "nurse", "chamber")}
}

func enter(t *testing.T, s *process.Server, user, resource string) *wire.Conn {
	t.Helper()
	to := person(s, user)
	to.Resource = resource
	c, err := wire.Login(to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.MustSend(t, "<presence/>")
	c.Want(t, user+"'s own presence", "<presence from='"+user+"@"+domain+"/"+resource+"'/>")
	return c
}

// chat sends a message each way. It must be the next thing that arrives: so
// nothing of what others do comes here.
func (p *bystanders) chat(t *testing.T) {
	t.Helper()
	began := time.Now()
	p.say(t, p.a, p.b, "nurse@"+domain+"/chamber")
	p.say(t, p.b, p.a, "juliet@"+domain+"/balcony")
	took := time.Since(began)
	p.slowest = max(p.slowest, took)
	if took > noticed {
		t.Errorf("the others notice: a message each way takes %v", took)
	}
}

func (p *bystanders) say(t *testing.T, from, to *wire.Conn, address string) {
	t.Helper()
	p.said++
	id := fmt.Sprintf("chat-%d", p.said)
	from.MustSend(t, "<message to='"+address+"' type='chat' id='"+id+"'><body>Anon, good nurse!</body></message>")
	to.Want(t, "the others chat", "<message type='chat' id='"+id+"'><body>Anon, good nurse!</body></message>")
}

// leave ends both connections without a word.
func (p *bystanders) leave() {
	p.a.Close()
	p.b.Close()
}
