package blocking

import (
	"context"
	"log/slog"

	"causeway/xmpp/jid"
)

// Blocks reports whether owner, a local account, blocks other. The answer comes
// from memory but for the first time after a while; when the store cannot be
// read it is yes, since a stanza that is refused can be sent again, and one that
// was delivered cannot be taken back.
func (s *Service) Blocks(ctx context.Context, owner, other jid.JID) bool {
	owner = owner.Bare()
	// XEP-0191 #privacy: "MUST NOT block communications from one of a user's
	// resources to another"
	if other.Bare() == owner {
		return false
	}
	list, epoch, ok := s.cache.Get(owner)
	if !ok {
		items, err := s.store.Blocked(ctx, owner)
		if err != nil {
			s.log.Error("block list could not be read", slog.String("jid", owner.String()), slog.Any("err", err))
			return true
		}
		list = newSet(items)
		s.cache.Put(owner, list, epoch)
	}
	return list.blocks(other)
}

// A set is a block list for looking up. The nil set blocks nobody.
type set struct {
	items map[jid.JID]struct{}
}

func newSet(list []jid.JID) *set {
	if len(list) == 0 {
		return nil
	}
	s := &set{items: make(map[jid.JID]struct{}, len(list))}
	for _, j := range list {
		s.items[j] = struct{}{}
	}
	return s
}

// has reports whether j itself is on the list.
func (s *set) has(j jid.JID) bool {
	if s == nil {
		return false
	}
	_, ok := s.items[j]
	return ok
}

// blocks matches an address against the list in the order of XEP-0191 #matching:
// the address as it is ("only that resource matches"), its bare JID ("any
// resource matches"), its domain ("the domain itself matches, as does any
// user@domain or domain/resource").
func (s *set) blocks(j jid.JID) bool {
	return s != nil && (s.has(j) || s.has(j.Bare()) || s.has(j.Host()))
}

// resources gives the full JIDs of contact that are on the list.
func (s *set) resources(contact jid.JID) []jid.JID {
	if s == nil {
		return nil
	}
	var out []jid.JID
	for j := range s.items {
		if j.IsFull() && j.Bare() == contact {
			out = append(out, j)
		}
	}
	return out
}

// cacheWeight bounds the cache. It is about 8 MB when full.
const cacheWeight = 1 << 16

// weight is 1 for each account and for each address that it blocks.
func weight(s *set) int {
	if s == nil {
		return 1
	}
	return 1 + len(s.items)
}
