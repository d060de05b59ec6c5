package roster

import (
	"context"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// ask gives a session that has become available the presence of a contact. An
// account of this server is looked up (RFC 6121 §4.3.1: no probe is needed "if
// the contact's account resides on the same server"); nothing is said of one that
// is offline. Any other is probed.
func (s *Service) ask(ctx context.Context, sess *router.Session, contact jid.JID) {
	owner := sess.JID().Bare()
	if !s.local(contact) {
		s.emit(ctx, stanza.New(stanza.Presence, stanza.Probe, s.nextID("probe-"), owner, contact))
		return
	}
	if !s.online(contact) {
		return
	}
	if ok, err := s.Subscribed(ctx, contact, owner); err == nil && ok {
		s.sendCurrent(ctx, contact, sess.JID())
	}
}

// probe answers a question for the presence of an account (RFC 6121 §4.3.2).
func (s *Service) probe(ctx context.Context, st *stanza.Stanza, known bool) error {
	owner, asker := st.To.Bare(), st.From.Bare()
	c := new(contacts)
	if known {
		var err error
		if c, err = s.contacts(ctx, owner); err != nil {
			return err
		}
	}
	allowed := owner == asker || c.sees(asker)
	switch {
	case allowed && st.To.IsFull():
		s.answerFull(ctx, st)
	case allowed:
		if !s.sendCurrent(ctx, owner, st.From) {
			s.emit(ctx, s.lastSeen(st))
		}
	case known && st.To.IsFull() && s.sharesWith(st.To, st.From):
		// RFC 6121 §4.6.6: mere presence, of that full JID only.
		s.answerFull(ctx, st)
	case c.waits(asker):
		// "unsubscribed" would tell the asker that the request is denied (RFC 6121
		// §A.3.4, from "None + Pending Out"), while the owner is still being asked.
	default:
		// Rule 1: "unsubscribed", from the bare JID; for an account that does not
		// exist as well (RFC 6121 §8.5.1), so that the two look the same.
		s.emit(ctx, stanza.New(stanza.Presence, stanza.Unsubscribed, st.ID(), owner, asker))
	}
	return nil
}

// sharesWith reports whether the session with that full JID has sent directed
// presence to the asker.
func (s *Service) sharesWith(full, asker jid.JID) bool {
	sess := s.router.Session(full)
	return sess != nil && s.directed.has(sess, asker)
}

// answerFull answers a probe for one resource: whether it is there, no more (RFC
// 6121 §4.3.2, §4.6.6).
func (s *Service) answerFull(ctx context.Context, st *stanza.Stanza) {
	sess := s.router.Session(st.To)
	if sess == nil || sess.Presence() == nil && !s.directed.has(sess, st.From) {
		s.emit(ctx, stanza.New(stanza.Presence, stanza.Unavailable, st.ID(), st.To, st.From))
		return
	}
	s.emit(ctx, stanza.New(stanza.Presence, stanza.Available, "", st.To, st.From))
}

// lastSeen is the answer of an account without available resources: unavailable,
// with the id of the probe (RFC 6121 §4.3.2.1), and since when if that is known
// (rule 3; XEP-0203 #protocol).
func (s *Service) lastSeen(st *stanza.Stanza) *stanza.Stanza {
	owner := st.To.Bare()
	var delay [][]byte
	if at := s.cache.left(owner); !at.IsZero() {
		d := append([]byte(nil), "<delay xmlns='urn:xmpp:delay'"...)
		d = stanza.AppendAttr(d, "from", owner.String())
		d = stanza.AppendAttr(d, "stamp", at.UTC().Format(time.RFC3339))
		delay = append(delay, append(d, "/>"...))
	}
	return stanza.New(stanza.Presence, stanza.Unavailable, st.ID(), owner, st.From, delay...)
}
