package bookmarks

import (
	"context"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Touch publishes the rooms that private storage has from before there were items. It
// is to be called when somebody comes (XEP-0411 #impl: "before the user logs in for
// the first time"), and costs one look into the store.
func (s *Service) Touch(ctx context.Context, owner jid.JID) {
	s.report(ctx, owner, s.settle(ctx, owner))
}

// settle has the rooms published that private storage has, if it has any.
func (s *Service) settle(ctx context.Context, owner jid.JID) error {
	l, err := s.stored(ctx, owner)
	if err != nil || len(l.rooms) == 0 {
		return err
	}
	t := s.turns.take(owner)
	defer s.finish(ctx, owner, t)
	s.turns.leave(t, note{rooms: true})
	return s.migrate(ctx, owner)
}

// kept gives what private storage has besides rooms, for one who has the turn of
// owner; rooms that are found there are published first.
func (s *Service) kept(ctx context.Context, owner jid.JID) ([]stanza.Element, error) {
	l, err := s.stored(ctx, owner)
	if err == nil && len(l.rooms) > 0 {
		err = s.migrate(ctx, owner)
	}
	return l.others, err
}

// migrate publishes rooms that private storage has. Where there is an item already,
// it is the newer one.
func (s *Service) migrate(ctx context.Context, owner jid.JID) error {
	l, err := s.stored(ctx, owner) // another one may have done it meanwhile
	if err != nil || len(l.rooms) == 0 {
		return err
	}
	rooms, err := s.rooms(ctx, owner)
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(rooms))
	for _, r := range rooms {
		there[r.jid] = true
	}
	for i := range l.rooms {
		if r := &l.rooms[i]; !there[r.jid] {
			if err := s.publish(ctx, owner, Node, Item{ID: r.id, Payload: r.payload()}); err != nil {
				return err
			}
		}
	}
	return s.keep(ctx, owner, l.others) // only now: a crash before it does no harm
}

// stored reads what private storage has.
func (s *Service) stored(ctx context.Context, owner jid.JID) (list, error) {
	xml, err := s.storage.Stored(ctx, owner)
	if err != nil {
		return list{}, fmt.Errorf("read old bookmarks: %w", err)
	}
	return readList(xml), nil
}

// keep stores what old lists hold besides rooms.
func (s *Service) keep(ctx context.Context, owner jid.JID, others []stanza.Element) error {
	var xml []byte
	if len(others) > 0 {
		xml = (&list{others: others}).payload()
	}
	if err := s.storage.Store(ctx, owner, xml); err != nil {
		return fmt.Errorf("store old bookmarks: %w", err)
	}
	return nil
}
