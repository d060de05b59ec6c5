package offline

import (
	"bytes"
	"context"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Count gives how many messages wait for owner.
func (s *Service) Count(ctx context.Context, owner jid.JID) (int, error) {
	q, err := s.enter(ctx, owner.Bare())
	if err != nil {
		return 0, err
	}
	defer s.leave(q)
	q.mu.Lock()
	defer q.mu.Unlock()
	n := q.count
	for _, c := range q.claims {
		if c.told && !c.gone { // delivered, and not yet forgotten on the disk
			n--
		}
	}
	return max(0, n), nil
}

// Waits reports whether a message of that id waits for owner: one that its sender or an
// archive (XEP-0359) calls so.
func (s *Service) Waits(ctx context.Context, owner jid.JID, id string) (bool, error) {
	q, err := s.enter(ctx, owner.Bare())
	if err != nil {
		return false, err
	}
	defer s.leave(q)
	after := uint64(0)
	for {
		page, err := s.store.Page(ctx, owner.Bare(), after, pageSize)
		if err != nil {
			return false, fmt.Errorf("read offline messages of %s: %w", owner, err)
		}
		for _, e := range page {
			after = e.ID
			// Most have not the id anywhere, and need no reading.
			if bytes.Contains(e.XML, []byte(id)) && named(e.XML, id) && !q.delivered(e.ID) {
				return true, nil
			}
		}
		if len(page) < pageSize {
			return false, nil
		}
	}
}

// delivered reports whether a message has reached somebody and is being forgotten.
func (q *queue) delivered(id uint64) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.claims[id].told
}

// nsStanzaID is the namespace of the ids that archives give (XEP-0359 #stanza-id).
const nsStanzaID = "urn:xmpp:sid:0"

func named(xml []byte, id string) bool {
	st, err := stanza.Parse(xml)
	if err != nil {
		return false
	}
	if st.ID() == id {
		return true
	}
	for _, c := range st.Children() {
		var child struct {
			ID string `xml:"id,attr"`
		}
		if st.ChildIs(c, nsStanzaID, "stanza-id") && st.DecodeChild(c, &child) == nil && child.ID == id {
			return true
		}
	}
	return false
}
