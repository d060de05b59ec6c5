package archive

import (
	"context"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
)

// What rooms do with their archives, beside Append and Query. Who may read or change
// one is for the rooms to say (XEP-0313 #business-storeret-muc-archives).

// Last gives the last messages of the archive of a room, at most limit of them, oldest
// first; fewer if they come to more than a page may be. What was appended before is
// among them. The caller may keep their bytes.
func (s *Service) Last(ctx context.Context, owner jid.JID, limit int) ([]Entry, error) {
	if limit <= 0 {
		return nil, nil
	}
	if err := s.written(ctx, owner); err != nil {
		return nil, err
	}
	page, err := s.collect(ctx, owner, Query{Backward: true, Max: limit})
	return page.Entries, err
}

// Get gives one message of the archive of a room by its ID as it stands on the wire; ok
// is false if there is none.
func (s *Service) Get(ctx context.Context, owner jid.JID, id string) (e Entry, ok bool, err error) {
	known, ok := parseID(id)
	if !ok {
		return Entry{}, false, nil
	}
	if err := s.written(ctx, owner); err != nil {
		return Entry{}, false, err
	}
	page, err := s.collect(ctx, owner, Query{IDs: []ID{known}, Max: 1})
	if err != nil || len(page.Entries) == 0 {
		return Entry{}, false, err
	}
	return page.Entries[0], true, nil
}

// Replace puts other XML in the place of a message in the archive of a room, under its
// ID: a tombstone (XEP-0424 #tombstones, XEP-0425 #tombstones). The ticket is fulfilled
// when it is on the disk; a message that is not there stays so. The caller does not
// change xml afterwards.
func (s *Service) Replace(owner jid.JID, id string, xml []byte) router.Ticket {
	known, _ := parseID(id) // no message has the ID 0
	t := s.store.Edit(owner, known, func(Entry) []byte { return xml })
	s.pending.note(owner, t)
	return t
}

// written waits until what was appended is there to be read.
func (s *Service) written(ctx context.Context, owner jid.JID) error {
	if err := s.pending.wait(ctx, owner); err != nil {
		return fmt.Errorf("wait for the archive of %s: %w", owner, err)
	}
	return nil
}
