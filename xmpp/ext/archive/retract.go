package archive

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

const (
	// searched is how many messages with the same peer are looked at for the one that
	// is retracted: what is older than that has been read.
	searched     = 2000
	searchedPage = 100
	// maxChores bounds the retractions that wait to be carried out. Who retracts faster
	// than the store can search has tombstones for the first ones; XEP-0424 #tombstones
	// says MAY.
	maxChores = 1000
	// maxChoresEach is how many of these may be by one sender: nobody's retractions go
	// undone because somebody else makes many.
	maxChoresEach = 100
)

// A chore is one retraction that came to one archive.
type chore struct {
	retraction Entry  // without its XML
	means      string // the id of the message that is retracted
	id         string // the id of the retraction
	room       bool   // it is part of a conversation inside a room
}

// by gives the bare JID of whoever retracts.
func (c *chore) by() jid.JID {
	if c.retraction.Sent {
		return c.retraction.Owner
	}
	return c.retraction.Peer.Bare()
}

// chores are the retractions that wait, carried out one after the other beside the
// path.
type chores struct {
	mu      sync.Mutex
	coming  int // retractions that are not on the disk yet
	waiting []chore
	busy    bool
	idle    chan struct{} // closed when nothing is left, if somebody waits for that
}

// rest tells those who wait that nothing is left, if so. The lock is held.
func (c *chores) rest() {
	if c.idle != nil && c.coming == 0 && !c.busy {
		close(c.idle)
		c.idle = nil
	}
}

// add lets c wait, if there is room. The lock is held.
func (c *chores) add(one chore) {
	same := 0
	for i := range c.waiting {
		if c.waiting[i].by() == one.by() {
			same++
		}
	}
	if same < maxChoresEach && len(c.waiting) < maxChores {
		c.waiting = append(c.waiting, one)
	}
}

// retracted sees a retraction that was archived. It is carried out when it is on the
// disk itself: "the retraction … MUST also be stored in the archive" (XEP-0424
// #tombstones).
func (s *Service) retracted(st *stanza.Stanza, t router.Ticket, entries []Entry) {
	c, _ := st.Child(nsRetract, "retract")
	means, id := attr(st, c, "id"), st.ID()
	if means == "" || id == "" {
		return // a tombstone has the id of the retraction, which a sender has to give (XEP-0424 #rules)
	}
	room := st.Has(nsRoom, "x")
	list := make([]chore, len(entries))
	for i := range entries {
		list[i] = chore{retraction: entries[i], means: means, id: id, room: room}
		list[i].retraction.XML = nil // it may be long, and has to wait
	}
	s.chores.mu.Lock()
	s.chores.coming++
	s.chores.mu.Unlock()
	t.OnDone(func(err error) { s.todo(list, err) })
}

// attr gives an attribute of a child, unescaped.
func attr(st *stanza.Stanza, c stanza.Child, name string) string {
	for a := range stanza.Attributes(st.Bytes(c.All)) {
		if len(a.Prefix) == 0 && string(a.Local) == name {
			return a.Text()
		}
	}
	return ""
}

// todo has chores carried out, elsewhere, unless the retraction could not be written:
// it is called from within the committer.
func (s *Service) todo(list []chore, err error) {
	s.chores.mu.Lock()
	defer s.chores.mu.Unlock()
	s.chores.coming--
	if err == nil {
		for i := range list {
			s.chores.add(list[i])
		}
	}
	if len(s.chores.waiting) == 0 {
		s.chores.rest()
		return
	}
	if !s.chores.busy {
		s.chores.busy = true
		go s.work() // ends when nothing is left to do
	}
}

// work carries out chores until none is left.
func (s *Service) work() {
	for {
		s.chores.mu.Lock()
		if len(s.chores.waiting) == 0 {
			s.chores.busy, s.chores.waiting = false, nil
			s.chores.rest()
			s.chores.mu.Unlock()
			return
		}
		c := s.chores.waiting[0]
		s.chores.waiting = s.chores.waiting[1:]
		s.chores.mu.Unlock()
		if err := s.bury(context.Background(), c); err != nil {
			s.log.Error("a retraction could not be carried out",
				slog.String("jid", c.retraction.Owner.String()), slog.Any("err", err))
		}
	}
}

// Drain waits until all retractions that came have been carried out. It is called when
// the streams are closed and before the store is. One that the server dies over stays
// undone; the retraction itself is kept (XEP-0424 #rules).
func (s *Service) Drain(ctx context.Context) error {
	s.chores.mu.Lock()
	if s.chores.idle == nil {
		s.chores.idle = make(chan struct{})
	}
	idle := s.chores.idle
	s.chores.rest()
	s.chores.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// bury finds the message that is retracted and puts a tombstone in its place.
func (s *Service) bury(ctx context.Context, c chore) error {
	q := Query{
		Before: c.retraction.ID, With: c.retraction.Peer.Bare(),
		Max: searchedPage, Bytes: 1 << 20, Backward: true,
	}
	for looked := 0; looked < searched; {
		page, err := s.store.Page(ctx, c.retraction.Owner, q)
		if err != nil {
			return err
		}
		for i := len(page.Entries) - 1; i >= 0; i-- {
			e := &page.Entries[i]
			tombstone := c.tombstone(e)
			if tombstone == nil {
				continue
			}
			t := s.store.Edit(e.Owner, e.ID, func(Entry) []byte { return tombstone })
			select {
			case <-t.Done():
				return t.Err()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if !page.More {
			return nil
		}
		looked += max(1, len(page.Entries))
		q.Before = page.Reached
	}
	return nil
}

// tombstone gives what is left of e if it is the message that is retracted, or nil.
// "A retraction … MUST only be processed when both the original message and the
// retraction request are received from the same bare-JID (in a one-on-one conversation)
// or full-JID" in a room (XEP-0424 #rules).
func (c *chore) tombstone(e *Entry) []byte {
	if e.Sent != c.retraction.Sent || e.Peer.Bare() != c.retraction.Peer.Bare() {
		return nil
	}
	st, err := stanza.Parse(e.XML)
	if err != nil || !c.isMeant(st) {
		return nil
	}
	if (c.room || st.Has(nsRoom, "x")) && e.Peer != c.retraction.Peer {
		return nil
	}
	if st.Has(nsRetract, "retracted") || st.Has(nsRetract, "retract") {
		return nil // there is nothing left of it, or it retracts another one itself
	}
	mark := append([]byte(nil), "<retracted xmlns='"+nsRetract+"'"...)
	mark = stanza.AppendAttr(mark, "id", c.id)
	mark = stanza.AppendAttr(mark, "stamp", c.retraction.ID.Time().Format(time.RFC3339))
	mark = append(mark, "/>"...)
	return stanza.New(st.Kind, st.Type, st.ID(), st.From, st.To, mark).AppendForwarded(nil)
}

// isMeant compares the ids that a sender gave: that of the message (XEP-0424
// #business-id), or its origin-id, which older clients take (XEP-0359 #origin-id).
func (c *chore) isMeant(st *stanza.Stanza) bool {
	if st.ID() == c.means {
		return true
	}
	origin, ok := st.Child(nsIDs, "origin-id")
	return ok && attr(st, origin, "id") == c.means
}
