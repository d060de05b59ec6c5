package pep

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// pick finds a node by its name, nil if there is none.
func pick(nodes []Node, name string) *Node {
	i, ok := slices.BinarySearchFunc(nodes, name, func(n Node, name string) int { return strings.Compare(n.Name, name) })
	if !ok {
		return nil
	}
	return &nodes[i]
}

// role gives the affiliation of an address with a node of owner.
func (n *Node) role(owner, who jid.JID) Role {
	bare := who.Bare()
	if bare == owner {
		return Owner
	}
	for _, a := range n.Affiliations {
		if a.JID == bare {
			return a.Role
		}
	}
	return NoRole
}

// subscribed reports whether an address has an explicit subscription that the owner
// has agreed to, with whatever resource.
func (n *Node) subscribed(who jid.JID) bool {
	return slices.ContainsFunc(n.Subscriptions, func(sub Subscription) bool {
		return !sub.Pending && sub.JID.Bare() == who.Bare()
	})
}

// mayRead says why somebody may not retrieve the items of a node, or get its events;
// nil if that is allowed (XEP-0060 #subscriber-retrieve-perms). Access is worked
// out each time, so that it follows the roster (XEP-0163 #impl-subscriptions). An
// error that is no *stanza.Error means that it is not known.
func (s *Service) mayRead(ctx context.Context, owner jid.JID, n *Node, who jid.JID) error {
	return s.admit(ctx, owner, n, who, false)
}

// maySubscribe is mayRead for somebody who wants to subscribe: those whom the owner
// has to be asked about may.
func (s *Service) maySubscribe(ctx context.Context, owner jid.JID, n *Node, who jid.JID) error {
	return s.admit(ctx, owner, n, who, true)
}

func (s *Service) admit(ctx context.Context, owner jid.JID, n *Node, who jid.JID, asking bool) error {
	switch n.role(owner, who) {
	case Owner, Publisher, Member:
		return nil
	case Outcast:
		return stanza.Forbidden.Err("") // XEP-0060 #subscriber-retrieve-error-blocked
	}
	switch n.Config.Access {
	case Open:
		return nil
	case Presence:
		ok, err := s.seesPresence(ctx, owner, who)
		if err == nil && !ok {
			// XEP-0060 #subscriber-retrieve-error-presence
			return fault(stanza.NotAuthorized, "presence-subscription-required", "")
		}
		return err
	case Roster:
		ok, err := s.inGroups(ctx, owner, who, n.Config.Groups)
		if err == nil && !ok {
			// XEP-0060 #subscriber-retrieve-error-rostergroup
			return fault(stanza.NotAuthorized, "not-in-roster-group", "")
		}
		return err
	case Authorize:
		if !asking && !n.subscribed(who) {
			// XEP-0060 #subscriber-retrieve-error-notsubscribed
			return fault(stanza.NotAuthorized, "not-subscribed", "")
		}
		return nil
	default:
		// XEP-0060 #subscriber-retrieve-error-whitelist
		return fault(stanza.NotAllowed, "closed-node", "")
	}
}

// mayPublish says why somebody may not publish to a node; nil if that is allowed.
func (s *Service) mayPublish(ctx context.Context, owner jid.JID, n *Node, who jid.JID) error {
	role := n.role(owner, who)
	ok := role == Owner || role == Publisher
	if !ok && role != Outcast {
		switch n.Config.PublishModel {
		case modelOpen:
			ok = true
		case modelSubscribers:
			// Who sees the presence is a subscriber too (XEP-0060 #auto-subscribe-contact).
			seen, err := s.seesPresence(ctx, owner, who)
			if err != nil {
				return err
			}
			if seen || n.subscribed(who) {
				err := s.mayRead(ctx, owner, n, who)
				if isInner(err) {
					return err
				}
				ok = err == nil
			}
		}
	}
	if !ok {
		return stanza.Forbidden.Err("") // XEP-0060 #publisher-publish-error-forbidden
	}
	return nil
}

// mayOwn says why somebody may not do what is for owners.
func mayOwn(owner jid.JID, n *Node, who jid.JID) error {
	if n.role(owner, who) != Owner {
		// XEP-0060 #security-authorization: "MUST NOT allow non-owners … to complete
		// any actions defined under the Owner Use Cases"
		return stanza.Forbidden.Err("this is for owners of the node")
	}
	return nil
}

func (s *Service) seesPresence(ctx context.Context, owner, who jid.JID) (bool, error) {
	ok, err := s.contacts.Subscribed(ctx, owner, who.Bare())
	if err != nil {
		return false, fmt.Errorf("read subscription of %s to %s: %w", who.Bare(), owner, err)
	}
	return ok, nil
}

// inGroups reports whether somebody is "subscribed to the owner's presence and
// contained in the relevant roster group(s)" (XEP-0060 #subscriber-retrieve-perms).
func (s *Service) inGroups(ctx context.Context, owner, who jid.JID, allowed []string) (bool, error) {
	ok, err := s.seesPresence(ctx, owner, who)
	if err != nil || !ok {
		return false, err
	}
	groups, err := s.contacts.Groups(ctx, owner, who.Bare())
	if err != nil {
		return false, fmt.Errorf("read groups of %s: %w", who.Bare(), err)
	}
	return slices.ContainsFunc(groups, func(g string) bool { return slices.Contains(allowed, g) }), nil
}
