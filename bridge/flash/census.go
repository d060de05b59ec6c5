package flash

import (
	"context"
	"strconv"
	"strings"

	"causeway/xmpp/jid"
)

// anewTimes is how often the rooms are listed after one has come or gone: it is known when
// the room decides it, and in the list a moment later, when it is on the disk.
const anewTimes = 3

// A census is how many people and rooms a host has, and who is in which room. It is for
// one goroutine.
type census struct {
	host    string
	server  *Server
	numbers map[jid.JID]int
	left    map[jid.JID]bool // rooms that have changed and were not told of
	anew    int              // how often the rooms are still to be listed
	figures string
}

// A change is what has changed since the last look.
type change struct {
	figures string         // online.txt, if it is another; else ""
	rooms   map[int]string // what is in room_N.txt now
	gone    []int          // there are no such rooms any more
}

// look finds out what has changed. An error leaves it to the next look.
func (c *census) look(ctx context.Context) (ch change, err error) {
	ch.rooms = make(map[int]string)
	if c.left == nil {
		c.left = make(map[jid.JID]bool)
	}
	rooms, anew := c.server.cfg.Rooms.Changed(c.host) // which says so once
	for _, room := range rooms {
		c.left[room] = true
	}
	if anew || c.numbers == nil {
		c.anew = anewTimes
	}
	if c.anew > 0 {
		fresh, err := c.list(ctx, &ch)
		if err != nil {
			return ch, err
		}
		for _, room := range fresh {
			c.left[room] = true
		}
		c.anew--
	}
	for room := range c.left {
		n, known := c.numbers[room]
		if !known {
			c.anew = max(c.anew, 1) // it has just come, and its people will be looked up when it is listed
			delete(c.left, room)
			continue
		}
		text, err := c.within(ctx, room)
		if err != nil {
			return ch, err
		}
		ch.rooms[n] = text
		delete(c.left, room)
	}
	connections, people := c.server.cfg.Hosts.Count(c.host)
	now := strconv.Itoa(connections) + "|" + strconv.Itoa(people) + "|" + strconv.Itoa(len(c.numbers))
	if now != c.figures {
		ch.figures, c.figures = now, now
	}
	return ch, nil
}

// list lists the rooms anew; it gives those that were not known.
func (c *census) list(ctx context.Context, ch *change) (fresh []jid.JID, err error) {
	list, err := c.server.cfg.Rooms.List(ctx, c.host)
	if err != nil {
		return nil, err
	}
	old := c.numbers
	c.numbers = make(map[jid.JID]int, len(list))
	used := make(map[int]bool, len(list))
	for _, n := range list {
		c.numbers[n.JID], used[n.Number] = n.Number, true
		if was, known := old[n.JID]; !known || was != n.Number {
			fresh = append(fresh, n.JID)
		}
	}
	for _, n := range old {
		if !used[n] {
			ch.gone = append(ch.gone, n)
		}
	}
	return fresh, nil
}

// within is who is in a room, as room_N.txt has it (wire §3.2): localparts, which have no
// character that a page would take for markup, with line feeds between and none at the
// end.
func (c *census) within(ctx context.Context, room jid.JID) (string, error) {
	list, err := c.server.cfg.Rooms.Within(ctx, room)
	if err != nil {
		return "", err
	}
	host, err := jid.New("", c.host, "")
	if err != nil {
		return "", err
	}
	names := make([]string, 0, len(list))
	for _, j := range list {
		names = append(names, fileName(host, j))
	}
	return strings.Join(names, "\n"), nil
}

// fileName is how a file names somebody. Readers join names with commas.
func fileName(host, who jid.JID) string {
	return strings.Map(func(r rune) rune {
		if r == ',' || unsafe(r) {
			return -1
		}
		return r
	}, userID(host, who))
}
