//go:build bench

package bench

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	balcony = "balcony@conference." + domain

	// roomFrame is the length of what an occupant gets of a message of stanzaSize: the
	// addresses, the id of the archive and that of the occupant are longer.
	roomFrame = 700
	// perSpeaker is how many messages one of those who speak may number.
	perSpeaker = 100_000_000
)

// A gathering is a crowd in one room, the first of whom speak.
type gathering struct {
	crowd
	speakers int
	window   int    // messages of each speaker on their way back to him
	heads    []*ear // of all, over all rounds
	room     chat
}

// An ear is what one occupant has heard: of each speaker all, in order.
type ear struct {
	next []int
	buf  []byte
	keep int
	came int // bytes, since it was last looked at
}

// enter has somebody enter a room, and waits for all that a room tells then: the subject
// is the last of it (XEP-0045 #order). It gives how many bytes that were.
func (c *client) enter(room, nick string) (int, error) {
	got, err := c.ask("<presence to='"+room+"/"+nick+"'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", "<subject")
	if err == nil && strings.Contains(got, "<error") {
		err = fmt.Errorf("%s enters: %s", nick, got[max(0, len(got)-500):])
	}
	return len(got), err
}

// configure has the owner of a room that is new give it settings, as pairs of the last part of
// a field's name and its value.
func (c *client) configure(room string, pairs ...string) error {
	form := ""
	for i := 0; i < len(pairs); i += 2 {
		form += "<field var='muc#roomconfig_" + pairs[i] + "'><value>" + pairs[i+1] + "</value></field>"
	}
	got, err := c.ask("<iq type='set' id='open' to='"+room+"'><query xmlns='http://jabber.org/protocol/muc#owner'>"+
		"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"+
		form+"</x></query></iq>", "id='open'")
	if err == nil && strings.Contains(got, "type='error'") {
		err = errors.New(got)
	}
	return err
}

// gatherIn has n people log in and enter one room, which the first makes.
func (d *door) gatherIn(n int, archive string) (crowd, error) {
	people, err := d.gather(0, n)
	if err != nil {
		return nil, err
	}
	err = each(n, 1, func(i int) error {
		if _, err := people[i].enter(balcony, userName(i)); err != nil || i > 0 {
			return err
		}
		return people[0].configure(balcony, "enablelogging", archive)
	})
	for i := 0; i < n && err == nil; i++ {
		err = people[i].settle()
	}
	if err != nil {
		people.part()
		return nil, err
	}
	return people, nil
}

// settle reads all that is on its way to the client.
func (c *client) settle() error {
	_, err := c.ask("<iq type='get' id='settled'><ping xmlns='urn:xmpp:ping'/></iq>", "id='settled'")
	return err
}

// newGathering makes ears for people who are in the room.
func newGathering(people crowd, speakers, window int) *gathering {
	g := &gathering{crowd: people, speakers: speakers, window: window, room: newMessage(balcony, "groupchat", stanzaSize)}
	for _, c := range people {
		g.heads = append(g.heads, &ear{next: make([]int, speakers), buf: make([]byte, max(64<<10, 2*len(c.in)))})
		c.in = nil
	}
	return g
}

// talk has each speaker say so many messages, and waits until all have heard all.
func (g *gathering) talk(each int) error {
	deadline := time.Now().Add(exchangeLimit)
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	for i, c := range g.crowd {
		if err := c.conn.SetReadDeadline(deadline); err != nil {
			return err
		}
		all.Go(func() {
			if err := g.take(i, each); err != nil {
				failed.CompareAndSwap(nil, &err)
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// take is the part of one person in talk: he listens, and if he is one of those who speak
// he says the next when one of his own comes back.
func (g *gathering) take(i, each int) error {
	c, e := g.crowd[i], g.heads[i]
	start, goal := make([]int, len(e.next)), 0
	for s, n := range e.next {
		start[s] = n
		goal += n + each
	}
	speaks, sent, due := i < g.speakers, 0, min(g.window, each)
	var out []byte
	for {
		if speaks && due > 0 {
			out = out[:0]
			for range due {
				out = g.room.append(out, i*perSpeaker+start[i]+sent)
				sent++
			}
			if _, err := c.conn.Write(out); err != nil {
				return err
			}
		}
		heard := 0
		for _, n := range e.next {
			heard += n
		}
		if heard == goal {
			return nil
		}
		if err := e.read(c.conn); err != nil {
			return fmt.Errorf("%d of %d messages: %w", heard, goal, err)
		}
		if speaks {
			due = min(e.next[i]-start[i]+g.window, each) - sent
		}
	}
}

// read does one Read and counts the messages that it completed.
func (e *ear) read(r io.Reader) error {
	const whole = len(bodyMark) + numberWidth
	n, err := r.Read(e.buf[e.keep:])
	if err != nil {
		return err
	}
	e.came += n
	data := e.buf[:e.keep+n]
	for {
		at := bytes.Index(data, []byte(bodyMark))
		if at < 0 || len(data)-at < whole {
			e.keep = copy(e.buf, data[max(0, len(data)-whole+1):])
			return nil
		}
		n := 0
		for _, d := range data[at+len(bodyMark) : at+whole] {
			n = 10*n + int(d-'0')
		}
		who, n := n/perSpeaker, n%perSpeaker
		if who >= len(e.next) || n != e.next[who] {
			return fmt.Errorf("lost, doubled or reordered: message %d of %d", n, who)
		}
		e.next[who]++
		data = data[at+whole:]
	}
}
