package archive

import (
	"context"
	"fmt"

	"causeway/xmpp/jid"
)

// A choice is what an account wants kept, for looking up. The nil choice is that of
// somebody who has not said anything.
type choice struct {
	rule          Rule
	always, never map[jid.JID]struct{}
}

func newChoice(p Prefs) *choice {
	return &choice{rule: p.Default, always: newSet(p.Always), never: newSet(p.Never)}
}

func newSet(list []jid.JID) map[jid.JID]struct{} {
	set := make(map[jid.JID]struct{}, len(list))
	for _, j := range list {
		set[j] = struct{}{}
	}
	return set
}

// knownWeight bounds what is remembered. It is about 20 MB when full.
const knownWeight = 1 << 18

// weight is the share of memory that it takes.
func (c *choice) weight() int {
	if c == nil {
		return 1
	}
	return 2 + len(c.always) + len(c.never)
}

// listed tells whether peer is on one of the lists, and on which. A listed JID with a
// resource is compared "as-is", one without after "strip any resource" (XEP-0441
// #match-rules); the closer one wins.
func (c *choice) listed(peer jid.JID) (always, ok bool) {
	if c == nil {
		return false, false
	}
	for _, j := range [...]jid.JID{peer, peer.Bare()} {
		if _, ok := c.never[j]; ok {
			return false, true // XEP-0441 #config-never
		}
		if _, ok := c.always[j]; ok {
			return true, true // XEP-0441 #config-always
		}
	}
	return false, false
}

// wants reports whether owner, a bare JID, wants messages to or from peer kept.
// The zero JID wants nothing.
func (s *Service) wants(ctx context.Context, owner, peer jid.JID) (bool, error) {
	if owner.IsZero() {
		return false, nil
	}
	c, err := s.choice(ctx, owner)
	if err != nil {
		return false, err
	}
	if always, ok := c.listed(peer); ok {
		return always, nil
	}
	rule := s.prefer
	if c != nil {
		rule = c.rule
	}
	switch rule { // XEP-0441 #config-default
	case Never:
		return false, nil
	case Roster:
		bare := peer.Bare() // XEP-0441 #match-rules: "the bare target JID"
		if bare == owner {
			return true, nil // nobody has to know himself
		}
		known, err := s.contacts.HasContact(ctx, owner, bare)
		if err != nil {
			return false, fmt.Errorf("look for %s in the roster of %s: %w", bare, owner, err)
		}
		return known, nil
	default:
		return true, nil
	}
}

// choice gives what owner wants. The store is asked for those that have not been
// heard of for long, and told apart from those who have not said anything. Then the
// clock is set, too: it may have been put back since their last message.
func (s *Service) choice(ctx context.Context, owner jid.JID) (*choice, error) {
	c, epoch, ok := s.known.Get(owner)
	if ok {
		return c, nil
	}
	prefs, said, err := s.store.Prefs(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read archive preferences of %s: %w", owner, err)
	}
	if said {
		c = newChoice(prefs)
	}
	_, last, err := s.store.Ends(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read the end of the archive of %s: %w", owner, err)
	}
	s.clock.raise(last)
	s.known.Put(owner, c, epoch)
	return c, nil
}
