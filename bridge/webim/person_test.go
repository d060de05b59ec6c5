package webim

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

var juliet, romeo = jid.MustParse("juliet@capulet.lit"), jid.MustParse("romeo@capulet.lit/orchard")

// An orchard is a server with one line: it notes what the line sends, and what goes
// another way. Whatever is asked is refused, if refuse says so.
type orchard struct {
	exit   bridge.Exit
	sent   []*stanza.Stanza
	again  []*stanza.Stanza
	answer func(*stanza.Stanza) *stanza.Stanza
}

func (o *orchard) Bind(_ context.Context, _ jid.JID, exit bridge.Exit) (bridge.Session, error) {
	o.exit = exit
	return o, nil
}

func (o *orchard) Route(_ context.Context, st *stanza.Stanza) (bridge.Ticket, error) {
	o.sent = append(o.sent, st)
	if o.answer != nil {
		if a := o.answer(st); a != nil {
			o.exit.Deliver(a)
		}
	}
	return nil, nil
}

func (o *orchard) Close(context.Context) {}

func (o *orchard) Ask(_ context.Context, iq *stanza.Stanza) (*stanza.Stanza, error) {
	return iq.ErrorReply(stanza.ServiceUnavailable.Err("")), nil
}

func (o *orchard) Emit(_ context.Context, st *stanza.Stanza) (bridge.Ticket, error) {
	o.again = append(o.again, st)
	return nil, nil
}

func (o *orchard) Elsewhere(jid.JID) (time.Time, bool) { return time.Time{}, false }

// stands makes a person in the orchard, who is told of what comes while told is true.
func (o *orchard) stands(t *testing.T) (p *person, told *bool) {
	t.Helper()
	told = new(bool)
	*told = true
	log := slog.New(slog.DiscardHandler)
	h := &hall{label: "conference", log: log, tabs: make(map[string]*tab), buried: make(map[string]time.Time), present: make(map[jid.JID]*person), tabsMax: 16}
	p = h.hidden(juliet)
	line, err := bridge.NewPort(bridge.PortConfig{Entrance: o, Logger: log}).Bind(t.Context(), jid.MustParse("juliet@capulet.lit/webim"), func() {
		if *told {
			p.arrived()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	p.line = line
	return p, told
}

func chat(from jid.JID, body string) *stanza.Stanza {
	return stanza.New(stanza.Message, stanza.Chat, body, from, juliet, []byte("<body>"+body+"</body>"))
}

// A message that comes while the person leaves goes another way.
func TestLeaving(t *testing.T) {
	o := new(orchard)
	p, told := o.stands(t)
	*told = false
	o.exit.Deliver(chat(romeo, "wait"))
	*told = true // as if it had come when the tabs were gone, and the line was not
	p.leave(t.Context())
	if len(o.again) != 1 {
		t.Errorf("%d messages go another way", len(o.again))
	}
}

// What waits for a tab that has ended meanwhile is owed still.
func TestEndedTab(t *testing.T) {
	for name, give := range map[string]func(*person, *tab){
		"by a poll":   func(p *person, t *tab) { p.offer(t) },
		"by a log-in": func(p *person, t *tab) { p.hand(t) },
	} {
		o := new(orchard)
		p, _ := o.stands(t)
		o.exit.Deliver(chat(romeo, "soft"))
		dead := &tab{id: "1"}
		p.attach(dead)
		p.mu.Lock()
		dead.end()
		give(p, dead)
		p.mu.Unlock()
		p.leave(t.Context())
		if len(o.again) != 1 {
			t.Errorf("%s: %d messages go another way", name, len(o.again))
		}
	}
}

// What waits for a page that nobody opens is as much as a tab may have; the rest goes
// another way, as all does when the person leaves.
func TestNobodyPolls(t *testing.T) {
	o := new(orchard)
	p, _ := o.stands(t)
	const count = 20
	for range count {
		o.exit.Deliver(chat(romeo, strings.Repeat("x", 30<<10)))
	}
	o.exit.Deliver(chat(romeo, "short"))
	size := 0
	for _, k := range p.fresh {
		size += len(k.json)
	}
	if size > tabQueue || len(p.fresh) != 8 {
		t.Errorf("%d messages of %d bytes wait", len(p.fresh), size)
	}
	p.leave(t.Context())
	if len(o.again) != count+1 {
		t.Errorf("%d messages go another way", len(o.again))
	}
}

// Strangers who send presence are remembered in small number, and friends nevertheless.
func TestManyStrangers(t *testing.T) {
	o := new(orchard)
	p, _ := o.stands(t)
	friend := jid.MustParse("nurse@capulet.lit")
	come := func(address string, typ stanza.Type) {
		o.exit.Deliver(stanza.New(stanza.Presence, typ, "", jid.MustParse(address), juliet))
	}
	for i := range 2 * maxStrangers {
		come(fmt.Sprintf("%d@mantua.lit/x", i), stanza.Available)
		come(fmt.Sprintf("%d@mantua.lit/y", i), stanza.Available)
	}
	p.contacts[friend] = &contact{listed: true}
	come("nurse@capulet.lit/1", stanza.Available)
	come("nurse@capulet.lit/2", stanza.Available)
	if n := len(p.contacts); n != maxStrangers+1 || len(p.contacts[friend].resources) != 2 {
		t.Errorf("%d are known, and of the nurse %v", n, p.contacts[friend].resources)
	}
	first := p.contacts[jid.MustParse("0@mantua.lit")]
	if first == nil || len(first.resources) != 1 {
		t.Fatalf("the first is %v", first)
	}
	come("0@mantua.lit/x", stanza.Unavailable)
	come("tybalt@mantua.lit/x", stanza.Available)
	if p.contacts[jid.MustParse("tybalt@mantua.lit")] == nil {
		t.Error("nobody new comes when one has gone")
	}
}
