package roster

import (
	"context"
	"fmt"
	"slices"

	"causeway/xmpp/jid"
)

// Subscribers gives the contacts who see the presence of owner, as bare JIDs (RFC
// 6121 §2.1.2.5: "from" or "both").
func (s *Service) Subscribers(ctx context.Context, owner jid.JID) ([]jid.JID, error) {
	c, err := s.contacts(ctx, owner)
	if err != nil {
		return nil, err
	}
	return slices.Clone(c.from), nil
}

// Subscriptions gives the contacts whose presence owner sees, as bare JIDs (RFC 6121
// §2.1.2.5: "to" or "both").
func (s *Service) Subscriptions(ctx context.Context, owner jid.JID) ([]jid.JID, error) {
	c, err := s.contacts(ctx, owner)
	if err != nil {
		return nil, err
	}
	return slices.Clone(c.to), nil
}

// Groups gives the groups that owner has put a contact in, none if it is not in the
// roster. It reads the disk.
func (s *Service) Groups(ctx context.Context, owner, contact jid.JID) ([]string, error) {
	items, _, err := s.store.Get(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read roster of %s: %w", owner, err)
	}
	for i := range items {
		if items[i].JID == contact && items[i].Listed {
			return slices.Clone(items[i].Groups), nil
		}
	}
	return nil, nil
}

// OnSubscriber lets f know of each contact, by its bare JID, who has just come to see
// the presence of owner, after he was sent it. It must be called before the first
// stanza.
func (s *Service) OnSubscriber(f func(ctx context.Context, owner, contact jid.JID)) {
	s.gained = append(s.gained, f)
}

// gain tells of a contact who may see the presence of owner, and could not while his
// item was old.
func (s *Service) gain(ctx context.Context, owner, contact jid.JID, old *Item) {
	if old.State().subscription()&From != 0 {
		return
	}
	for _, f := range s.gained {
		f(ctx, owner, contact)
	}
}
