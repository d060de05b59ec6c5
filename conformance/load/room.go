package load

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// RoomFrame is the length of what an occupant gets of a message of StanzaSize: the
// addresses, the id of the archive and that of the occupant are longer.
const RoomFrame = 700

// A Gathering is a crowd in one room, the first of whom speak.
type Gathering struct {
	Crowd
	Speakers int
	Window   int        // messages of each speaker on their way back to him
	Heads    []*Counter // of all, over all rounds
	room     Chat
}

// Enter has somebody enter a room, and waits for all that a room tells then: the subject
// is the last of it (XEP-0045 #order). It gives how many bytes that were.
func (c *Client) Enter(room, nick string) (int, error) {
	got, err := c.Ask("<presence to='"+room+"/"+nick+"'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>", "<subject")
	if err == nil && strings.Contains(got, "<error") {
		err = fmt.Errorf("%s enters: %s", nick, got[max(0, len(got)-500):])
	}
	return len(got), err
}

// Configure has the owner of a room that is new give it settings, as pairs of the last part of
// a field's name and its value.
func (c *Client) Configure(room string, pairs ...string) error {
	form := ""
	for i := 0; i < len(pairs); i += 2 {
		form += "<field var='muc#roomconfig_" + pairs[i] + "'><value>" + pairs[i+1] + "</value></field>"
	}
	got, err := c.Ask("<iq type='set' id='open' to='"+room+"'><query xmlns='http://jabber.org/protocol/muc#owner'>"+
		"<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>"+
		form+"</x></query></iq>", "id='open'")
	if err == nil && strings.Contains(got, "type='error'") {
		err = errors.New(got)
	}
	return err
}

// NewGathering makes ears for people who are in the room.
func NewGathering(people Crowd, room string, speakers, window int) *Gathering {
	g := &Gathering{Crowd: people, Speakers: speakers, Window: window, room: NewMessage(room, "groupchat", StanzaSize)}
	for _, c := range people {
		g.Heads = append(g.Heads, NewCounter(c.In, speakers))
		c.In = nil
	}
	return g
}

// Talk has each speaker say so many messages, and waits until all have heard all.
func (g *Gathering) Talk(each int) error {
	deadline := time.Now().Add(ExchangeLimit)
	var all sync.WaitGroup
	var failed atomic.Pointer[error]
	for i, c := range g.Crowd {
		if err := c.Conn.SetDeadline(deadline); err != nil {
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
func (g *Gathering) take(i, each int) error {
	c, e := g.Crowd[i], g.Heads[i]
	start, goal := make([]int, len(e.next)), 0
	for s, n := range e.next {
		start[s] = n
		goal += n + each
	}
	speaks, sent, due := i < g.Speakers, 0, min(g.Window, each)
	var out []byte
	for {
		if speaks && due > 0 {
			out = out[:0]
			for range due {
				out = g.room.Append(out, i*perSpeaker+start[i]+sent)
				sent++
			}
			if _, err := c.Conn.Write(out); err != nil {
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
		if _, err := e.Read(c.Conn); err != nil {
			return fmt.Errorf("%d of %d messages: %w", heard, goal, err)
		}
		if speaks {
			due = min(e.next[i]-start[i]+g.Window, each) - sent
		}
	}
}

// Count reads until a mark has come so many times.
func (c *Client) Count(mark string, times int) error {
	if err := c.Conn.SetDeadline(time.Now().Add(ExchangeLimit)); err != nil {
		return err
	}
	buf := make([]byte, 64<<10)
	kept := copy(buf, c.In)
	c.In = nil
	for {
		times -= bytes.Count(buf[:kept], []byte(mark))
		if times <= 0 {
			break
		}
		tail := min(kept, len(mark)-1)
		copy(buf, buf[kept-tail:kept])
		n, err := c.Conn.Read(buf[tail:])
		if err != nil {
			return fmt.Errorf("%d presences did not come: %w", times, err)
		}
		kept = tail + n
	}
	if times < 0 {
		return fmt.Errorf("%d presences came too much", -times)
	}
	return nil
}
