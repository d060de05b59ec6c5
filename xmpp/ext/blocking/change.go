package blocking

import (
	"context"
	"fmt"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// block adds items to the list of owner (XEP-0191 #block).
func (s *Service) block(ctx context.Context, owner jid.JID, items []jid.JID) error {
	before, err := s.store.Blocked(ctx, owner)
	if err != nil {
		return fmt.Errorf("read block list of %s: %w", owner, err)
	}
	after, err := s.with(before, items)
	if err != nil {
		return err
	}
	// They are told while the router still lets stanzas through to them.
	watchers, was, will := s.watchers(ctx, owner), newSet(before), newSet(after)
	s.goAway(ctx, owner, between(watchers, was, will))
	err = s.store.Change(ctx, owner, func(list []jid.JID) ([]jid.JID, error) { return s.with(list, items) })
	s.cache.Drop(owner)
	if err != nil {
		s.comeBack(ctx, owner, between(contacts(watchers), was, will)) // nobody is blocked after all
		return fmt.Errorf("change block list of %s: %w", owner, err)
	}
	s.push(ctx, owner, "block", items)
	return nil
}

// with gives a list with items added, those that are new at its end.
func (s *Service) with(list, items []jid.JID) ([]jid.JID, error) {
	out := slices.Clone(list)
	has := newSet(list)
	for _, j := range items {
		if !has.has(j) {
			out = append(out, j)
		}
	}
	if len(out) > s.items && len(out) > len(list) {
		// RFC 6120 §8.3.3.12: "violated some local service policy"
		return nil, stanza.PolicyViolation.Err(fmt.Sprintf("at most %d addresses can be blocked", s.items))
	}
	return out, nil
}

// unblock takes items off the list of owner, or all there are if none is named
// (XEP-0191 #unblock, #unblockall).
func (s *Service) unblock(ctx context.Context, owner jid.JID, items []jid.JID) error {
	var before, after []jid.JID
	err := s.store.Change(ctx, owner, func(list []jid.JID) ([]jid.JID, error) {
		before, after = list, nil
		if len(items) > 0 {
			gone := newSet(items)
			for _, j := range list {
				if !gone.has(j) {
					after = append(after, j)
				}
			}
		}
		return after, nil
	})
	s.cache.Drop(owner)
	if err != nil {
		return fmt.Errorf("change block list of %s: %w", owner, err)
	}
	s.push(ctx, owner, "unblock", items)
	s.comeBack(ctx, owner, between(contacts(s.watchers(ctx, owner)), newSet(after), newSet(before)))
	return nil
}

// Absolve takes an account that is being removed off all lists.
func (s *Service) Absolve(ctx context.Context, account jid.JID) error {
	owners, err := s.store.Blockers(ctx, account)
	if err != nil {
		return fmt.Errorf("look up who blocks %s: %w", account, err)
	}
	for _, owner := range owners {
		if err := s.unblock(ctx, owner, []jid.JID{account}); err != nil {
			return err
		}
	}
	return nil
}

// Changed forgets what is remembered of the list of owner, after it was changed in the
// store behind the Service's back. Nobody is told.
func (s *Service) Changed(owner jid.JID) { s.cache.Drop(owner) }

// Remove forgets the list of owner, whose account is being removed. Nobody is told.
func (s *Service) Remove(ctx context.Context, owner jid.JID) error {
	err := s.store.Change(ctx, owner, func([]jid.JID) ([]jid.JID, error) { return nil, nil })
	s.cache.Drop(owner)
	if err != nil {
		return fmt.Errorf("forget block list of %s: %w", owner, err)
	}
	return nil
}
