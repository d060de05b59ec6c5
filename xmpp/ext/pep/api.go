package pep

import (
	"context"
	"fmt"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// Publish publishes an item in the name of the owner, with the fields of opts as
// preconditions (XEP-0060 #publisher-publish-options); nil is none. The FORM_TYPE of
// opts is that of publish-options. A zero Publisher becomes the owner, a zero
// Published now, an empty ID one of ours. It is on the disk when Publish returns nil;
// errors for a client are *stanza.Error.
func (s *Service) Publish(ctx context.Context, owner jid.JID, node string, item Item, opts *form.Form) error {
	return s.publish(ctx, &publication{owner: owner.Bare(), node: node, who: owner.Bare(), item: &item, opts: opts, trust: true})
}

// Items gives the newest items of a node, oldest first, at most max of them; 0 is
// all. There are none of a node that is not there.
func (s *Service) Items(ctx context.Context, owner jid.JID, node string, max int) ([]Item, error) {
	items, _, err := s.store.Page(ctx, owner.Bare(), node, Page{Max: max, Backward: true})
	if err != nil {
		return nil, fmt.Errorf("read items of %s: %w", owner, err)
	}
	return items, nil
}

// Retract deletes an item in the name of the owner; subscribers are told. It is
// item-not-found if there is no such item.
func (s *Service) Retract(ctx context.Context, owner jid.JID, node, id string) error {
	return s.retract(ctx, &retraction{owner: owner.Bare(), node: node, id: id, who: owner.Bare(), notify: true})
}

// OnChange lets f know of each change, after it is on the disk. The changes of one
// owner come one after the other, in order. F may make changes itself: others are
// told of those when it has returned. OnChange must be called before the first
// request.
func (s *Service) OnChange(f func(ctx context.Context, c Change)) { s.watchers = append(s.watchers, f) }

// Nodes gives all nodes of an account, sorted by name, with what a copy of them
// needs: configuration (see Config.Form), affiliations, subscriptions. Create makes
// such a node, Items and Publish carry its items over. The slice must not be changed.
func (s *Service) Nodes(ctx context.Context, owner jid.JID) ([]Node, error) {
	return s.nodes(ctx, owner.Bare())
}

// Remove forgets what is remembered of an account whose records have been removed.
func (s *Service) Remove(_ context.Context, owner jid.JID) error {
	s.cache.Drop(owner.Bare())
	return nil
}
