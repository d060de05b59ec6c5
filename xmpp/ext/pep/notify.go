package pep

import (
	"context"
	"errors"

	"causeway/xmpp/jid"
)

// A recipient is somebody who gets an event.
type recipient struct {
	jid  jid.JID
	sees bool // the presence of the owner
}

// recipients gives those who get the events of a node, each address once (XEP-0163
// #notify):
//
//   - the owner's own available resources that want them;
//   - those of contacts who see the owner's presence and may read the node;
//   - who has subscribed explicitly and still may read it.
//
// Lost are those who have subscribed and may not read it any more. The error is about
// some of them; the others are given all the same.
func (s *Service) recipients(ctx context.Context, owner jid.JID, n *Node) (list []recipient, lost []jid.JID, err error) {
	has := make(map[jid.JID]bool)
	add := func(j jid.JID, sees bool) {
		if !has[j] {
			has[j] = true
			list = append(list, recipient{j, sees})
		}
	}
	for _, full := range s.interested(owner, n.Name) {
		add(full, true)
	}
	contacts, err := s.contacts.Subscribers(ctx, owner)
	for _, contact := range contacts {
		wanting := s.interested(contact, n.Name)
		if len(wanting) == 0 {
			continue
		}
		ok, e := s.reads(ctx, owner, n, contact)
		err = errors.Join(err, e)
		for _, full := range wanting {
			if ok {
				add(full, true)
			}
		}
	}
	for _, sub := range n.Subscriptions {
		if sub.Pending {
			continue
		}
		ok, e := s.reads(ctx, owner, n, sub.JID)
		err = errors.Join(err, e)
		if !ok {
			lost = append(lost, sub.JID)
			continue
		}
		// XEP-0163 #notify-num: to each resource that wants it, or, if none is known
		// to, one to the subscribed address
		wanting := s.interested(sub.JID, n.Name)
		if sub.JID.IsFull() || len(wanting) == 0 {
			add(sub.JID, false)
			continue
		}
		for _, full := range wanting {
			add(full, false)
		}
	}
	s.served.note(list, n.Name)
	return list, lost, err
}

// interested gives the available resources of an account here that want the events
// of a node; none for any other address. "The server MUST NOT send notifications
// related to any NodeIDs that the contact's client has not asked for" (XEP-0060
// #filtered-notifications).
func (s *Service) interested(account jid.JID, node string) (list []jid.JID) {
	if !s.local(account) {
		return nil
	}
	for _, sess := range s.router.Sessions(account.Bare()) {
		if sess.Available() && s.interests.Wants(sess.JID(), node) {
			list = append(list, sess.JID())
		}
	}
	return list
}

// reads is mayRead as a yes or no.
func (s *Service) reads(ctx context.Context, owner jid.JID, n *Node, who jid.JID) (bool, error) {
	err := s.mayRead(ctx, owner, n, who)
	if isInner(err) {
		return false, err
	}
	return err == nil, nil
}

// local reports whether the address is that of an account here.
func (s *Service) local(j jid.JID) bool { return j.Local() != "" && s.router.IsHost(j.Domain()) }
