package roster

import (
	"context"
	"errors"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// remove takes a contact off the roster and ends what the two have with each
// other (RFC 6121 §2.5.2).
func (s *Service) remove(ctx context.Context, owner, contact jid.JID) error {
	ch, err := s.change(ctx, owner, contact, func(old *Item, _ *contacts) (*Item, error) {
		if !old.listed() {
			return old, stanza.ItemNotFound.Err("there is no such contact") // RFC 6121 §2.5.3
		}
		return nil, nil
	}, nil)
	if err != nil {
		return err
	}
	s.part(ctx, owner, contact, ch.old.State())
	return nil
}

// part tells a contact that nothing is left of a state.
func (s *Service) part(ctx context.Context, owner, contact jid.JID, was State) {
	sub := was.subscription()
	if sub&To != 0 || was.pendingOut() {
		// RFC 6121 §2.5.2: "unsubscribe" if there is a subscription to the contact.
		// A request that is under way is taken back too, or the contact could
		// approve what nobody knows of any more.
		s.emit(ctx, stanza.New(stanza.Presence, stanza.Unsubscribe, "", owner, contact))
	}
	if sub&From != 0 {
		s.sendGone(ctx, owner, contact) // RFC 6121 §3.2.2
	}
	if sub&From != 0 || was.pendingIn() {
		// RFC 6121 §2.5.2: "unsubscribed" if the contact has a subscription; a
		// request of the contact is thereby denied.
		s.emit(ctx, stanza.New(stanza.Presence, stanza.Unsubscribed, "", owner, contact))
	}
}

// Vanish takes an account that is being erased off the rosters of those here whom it has on
// its own: an item of it would come to life when somebody else gets the name. Whoever has it
// without being had keeps an item without a subscription. It may be called again if it failed.
func (s *Service) Vanish(ctx context.Context, owner jid.JID) error {
	items, _, err := s.store.Get(ctx, owner)
	if err != nil {
		return fmt.Errorf("read roster of %s: %w", owner, err)
	}
	for i := range items {
		contact := items[i].JID
		if contact.Local() == "" || !s.router.IsHost(contact.Domain()) {
			continue
		}
		var told *stanza.Error
		if err := s.remove(ctx, contact, owner); err != nil && (!errors.As(err, &told) || told.Condition != stanza.ItemNotFound) {
			return err
		}
	}
	return nil
}

// Forget ends all subscriptions of an account that is being deleted, whose
// sessions are closed already, and forgets its roster. It may be called again if
// it failed.
func (s *Service) Forget(ctx context.Context, owner jid.JID) error {
	items, _, err := s.store.Get(ctx, owner)
	if err != nil {
		return fmt.Errorf("read roster of %s: %w", owner, err)
	}
	for i := range items {
		s.part(ctx, owner, items[i].JID, items[i].State())
	}
	defer s.turns.take(owner)()
	err = s.store.Clear(ctx, owner)
	s.cache.drop(owner)
	if err != nil {
		return fmt.Errorf("forget roster of %s: %w", owner, err)
	}
	return nil
}
