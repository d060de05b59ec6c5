package roster

import (
	"context"
	"fmt"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A step makes a new item of an old one, as the f of Store.Update does. It is
// pure, and may run again; c is the roster as it was before.
type step func(old *Item, c *contacts) (*Item, error)

// A changed item, as the clients of its owner are to learn of it.
type changed struct {
	old, next *Item // nil if there was or is none
	version   Version
}

func (ch *changed) written() bool { return ch.next != ch.old }

// pushed reports whether clients are told: of all that is written, but for a
// request that came or went by itself, which no item shows (RFC 6121 §2.6.3:
// "internal states" are not for clients).
func (ch *changed) pushed() bool {
	if !ch.written() || !ch.old.listed() && !ch.next.listed() {
		return false
	}
	return ch.old.State().pendingIn() == ch.next.State().pendingIn() || !looksLike(ch.old, ch.next)
}

// looksLike reports whether clients see no difference.
func looksLike(a, b *Item) bool {
	return a.listed() == b.listed() && a.listed() && a.Name == b.Name && slices.Equal(a.Groups, b.Groups) &&
		a.Subscription == b.Subscription && a.Ask == b.Ask && a.Approved == b.Approved
}

// change makes a step of one item of owner's roster: on the disk, then in the
// cache; then it delivers before to the interested clients, if there is such a
// stanza and the step changed the item, and a push to them.
func (s *Service) change(ctx context.Context, owner, contact jid.JID, f step, before *stanza.Stanza) (changed, error) {
	defer s.turns.take(owner)()
	c, err := s.load(ctx, owner)
	if err != nil {
		return changed{}, err
	}
	var ch changed
	version, err := s.store.Update(ctx, owner, contact, func(old *Item) (*Item, error) {
		next, err := f(old, c)
		if err == nil {
			err = s.mayGrow(old, next, c)
		}
		ch = changed{old: old, next: next}
		return next, err
	})
	if err != nil {
		s.cache.drop(owner) // it is not certain what is on the disk now
		return changed{}, fmt.Errorf("change roster of %s: %w", owner, err)
	}
	if !ch.written() {
		return ch, nil
	}
	ch.version = version
	s.cache.put(owner, c.with(contact, ch.old, ch.next))
	if before != nil {
		s.deliverInterested(owner, before)
	}
	if ch.pushed() {
		s.push(owner, contact, &ch)
	}
	return ch, nil
}

// mayGrow applies the limits of a roster to an item that comes to it.
func (s *Service) mayGrow(old, next *Item, c *contacts) error {
	if next.listed() && !old.listed() && c.listed >= s.limits.Items {
		return stanza.ResourceConstraint.Err("the roster is full")
	}
	// A roster goes to a client as one stanza, which has to fit what waits for it.
	if grows := next.size() - old.size(); next.listed() && grows > 0 && c.bytes+grows > s.limits.Bytes {
		return stanza.ResourceConstraint.Err("the names and groups of the roster are too long")
	}
	if next.State().pendingIn() && !old.State().pendingIn() && len(c.waiting) >= s.limits.Requests {
		// RFC 6121 §3.1.3, security warning: limit "the number or size of inbound
		// presence subscription requests that the server will store".
		return stanza.ResourceConstraint.Err("too many requests wait for this account")
	}
	return nil
}

// contacts gives what presence needs to know of owner's roster.
func (s *Service) contacts(ctx context.Context, owner jid.JID) (*contacts, error) {
	if c := s.cache.get(owner); c != nil {
		return c, nil
	}
	defer s.turns.take(owner)()
	return s.load(ctx, owner)
}

// load is contacts for one who has the owner's turn.
func (s *Service) load(ctx context.Context, owner jid.JID) (*contacts, error) {
	if c := s.cache.get(owner); c != nil {
		return c, nil
	}
	items, _, err := s.store.Get(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("load roster of %s: %w", owner, err)
	}
	c := summarize(items)
	s.cache.put(owner, c)
	return c, nil
}
