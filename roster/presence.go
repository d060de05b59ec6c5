package roster

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// Broadcast takes a presence that a client sends to all who may see it (RFC 6121
// §4.2.2, §4.4.2, §4.5.2).
func (s *Service) Broadcast(ctx context.Context, sess *router.Session, st *stanza.Stanza) error {
	if s.router.Session(sess.JID()) != sess {
		return nil // another connection has taken its place, and speaks for it now
	}
	c, err := s.contacts(ctx, sess.JID().Bare())
	if err != nil {
		return err
	}
	if st.Type == stanza.Unavailable {
		s.depart(ctx, sess, c, st)
		return nil
	}
	return s.appear(ctx, sess, c, st)
}

// appear makes a session available, or tells how it is now.
func (s *Service) appear(ctx context.Context, sess *router.Session, c *contacts, st *stanza.Stanza) error {
	priority, err := readPriority(st)
	if err != nil {
		return err
	}
	if st.Size() > s.limits.Presence {
		// It is kept while the client is here, and sent to every contact.
		return stanza.PolicyViolation.Err("the presence is too large")
	}
	initial := !sess.Available()
	keep := st.Clone()
	keep.Told = nil
	sess.SetAvailable(keep, priority)
	if sess.Hidden() {
		s.ownOnly(sess, st)
	} else {
		s.fanOut(ctx, c, st)
	}
	if initial {
		if err := s.welcome(ctx, sess, c); err != nil {
			s.log.Error("roster could not be read", slog.String("jid", sess.JID().String()), slog.Any("err", err))
		}
	}
	if s.router.Session(sess.JID()) != sess {
		// It was unbound meanwhile, and perhaps too early to be seen available.
		s.depart(ctx, sess, c, newGone(sess.JID(), jid.JID{}))
		return nil
	}
	if priority < 0 {
		return nil // RFC 6121 §8.5.2.1.1: no messages to the bare JID for this one
	}
	return sess.Backlog(ctx)
}

// depart makes a session unavailable and tells those who saw it.
func (s *Service) depart(ctx context.Context, sess *router.Session, c *contacts, st *stanza.Stanza) {
	owner := sess.JID().Bare()
	if !sess.Available() {
		// Nobody but those it sent directed presence to has seen it (RFC 6121 §4.6.3, case 3).
		s.farewell(ctx, sess, st, nil)
		return
	}
	sess.SetUnavailable(lastWords(st))
	if sess.Hidden() {
		// XEP-0186 #invisible-server: "only to the entities to which the client sent directed presence"
		s.ownOnly(sess, st)
		s.farewell(ctx, sess, st, nil)
		return
	}
	if !s.online(owner) {
		s.cache.setLeft(owner, time.Now())
	}
	s.fanOut(ctx, c, st)
	// RFC 6121 §4.5.2: it goes to the resource that sent it as well.
	own := *st
	own.To, own.Told = owner, nil
	sess.Deliver(&own)
	s.farewell(ctx, sess, st, func(bare jid.JID) bool { return bare == owner || c.sees(bare) })
}

// Unbound tells those who saw a session that it is gone: "the server MUST
// generate the unavailable presence broadcast on the user's behalf" (RFC 6121
// §4.5.2).
func (s *Service) Unbound(ctx context.Context, sess *router.Session) {
	// The connection is gone, and often its context with it.
	ctx = context.WithoutCancel(ctx)
	if !sess.Available() {
		// Nobody but those it sent directed presence to has seen it (RFC 6121 §4.6.3, case 3).
		s.farewell(ctx, sess, newGone(sess.JID(), jid.JID{}), nil)
		return
	}
	c, err := s.contacts(ctx, sess.JID().Bare())
	if err != nil {
		s.log.Error("roster could not be read", slog.String("jid", sess.JID().String()), slog.Any("err", err))
		c = new(contacts)
	}
	s.depart(ctx, sess, c, newGone(sess.JID(), jid.JID{}))
}

// maxLastWords bounds what is kept of the text of an unavailable presence, in bytes.
const maxLastWords = 1024

// lastWords gives the status text of a presence (RFC 6121 §4.7.2.2), none if it is
// longer than anybody would write.
func lastWords(st *stanza.Stanza) string {
	if words := st.Text(stanza.NSClient, "status"); len(words) <= maxLastWords {
		return words
	}
	return ""
}

// fanOut sends a presence to all who may see it: the contacts with "from" or
// "both", and the account's own available resources, the sender included (RFC
// 6121 §4.2.2, §4.4.2, §4.5.2). The bytes are the same for all.
func (s *Service) fanOut(ctx context.Context, c *contacts, st *stanza.Stanza) {
	out := *st
	out.Told = nil
	for _, to := range c.from {
		if !s.absent(to) {
			out.To = to
			s.emit(ctx, &out)
		}
	}
	out.To = st.From.Bare()
	s.deliverAvailable(out.To, &out)
}

// welcome brings a session that has become available what it needs to know.
func (s *Service) welcome(ctx context.Context, sess *router.Session, c *contacts) error {
	owner := sess.JID().Bare()
	others := false
	for _, other := range s.router.Sessions(owner) {
		if p := other.Presence(); p != nil && other != sess {
			others = true
			out := *p
			out.To = owner
			sess.Deliver(&out) // RFC 6121 §4.2.2: the own resources see each other
		}
	}
	for _, contact := range c.to {
		s.ask(ctx, sess, contact)
	}
	if len(c.waiting) > 0 {
		if err := s.remind(ctx, sess); err != nil {
			return err
		}
	}
	for _, contact := range c.asking {
		if !others && !s.local(contact) {
			// RFC 6121 §3.1.2: the request "SHOULD" be sent again, "whenever a new
			// resource becomes available"; on this server none is lost.
			s.emit(ctx, stanza.New(stanza.Presence, stanza.Subscribe, s.nextID("ask-"), owner, contact))
		}
	}
	return nil
}

// remind delivers the subscription requests that wait: "whenever the contact
// creates an available resource, until the contact either approves or denies"
// (RFC 6121 §3.1.3, rule 4).
func (s *Service) remind(ctx context.Context, sess *router.Session) error {
	items, _, err := s.store.Get(ctx, sess.JID().Bare())
	if err != nil {
		return err
	}
	for i := range items {
		if items[i].Request == nil {
			continue
		}
		st, err := stanza.Parse(items[i].Request)
		if err != nil {
			st = stanza.New(stanza.Presence, stanza.Subscribe, "", items[i].JID, sess.JID().Bare())
		}
		sess.Deliver(st)
	}
	return nil
}

// sendCurrent sends the presence of each available resource of owner to one contact.
func (s *Service) sendCurrent(ctx context.Context, owner, to jid.JID) (sent bool) {
	for _, sess := range s.router.Sessions(owner) {
		if p := sess.Presence(); p != nil {
			out := *p
			out.To = to
			s.emit(ctx, &out)
			sent = true
		}
	}
	return sent
}

// sendGone sends unavailable presence of each available resource of owner to one
// who may not see it any more.
func (s *Service) sendGone(ctx context.Context, owner, to jid.JID) {
	for _, sess := range s.router.Sessions(owner) {
		if sess.Presence() != nil {
			s.emit(ctx, newGone(sess.JID(), to))
		}
	}
}

// newGone makes the plain unavailable presence of a session.
func newGone(from, to jid.JID) *stanza.Stanza {
	return stanza.New(stanza.Presence, stanza.Unavailable, "", from, to)
}

// emit routes a stanza of ours. What becomes of presence is told to nobody.
func (s *Service) emit(ctx context.Context, st *stanza.Stanza) {
	if _, err := s.router.Emit(ctx, st); err != nil {
		s.log.Debug("a presence found no way", slog.String("stanza", st.String()), slog.Any("err", err))
	}
}

// local reports whether the address is one of an account here.
func (s *Service) local(j jid.JID) bool { return j.Local() != "" && s.router.IsHost(j.Domain()) }

// absent reports whether nobody would get a presence for the bare JID: it spares
// the router the question whether there is such an account.
func (s *Service) absent(bare jid.JID) bool { return s.local(bare) && !s.online(bare) }

// online reports whether an account has an available resource.
func (s *Service) online(bare jid.JID) bool {
	for _, sess := range s.router.Sessions(bare) {
		if sess.Available() {
			return true
		}
	}
	return false
}

// nextID gives an id for a stanza of our own.
func (s *Service) nextID(prefix string) string {
	return prefix + strconv.FormatUint(s.ids.Add(1), 36)
}

// readPriority gives the priority of a presence: an integer from -128 to 127,
// 0 if there is none (RFC 6121 §4.7.2.3).
func readPriority(st *stanza.Stanza) (int8, error) {
	text, n := "", 0
	for _, c := range st.Children() {
		if st.ChildIs(c, stanza.NSClient, "priority") {
			text = strings.TrimSpace(st.ChildText(c))
			n++
		}
	}
	if n > 1 {
		return 0, stanza.BadRequest.Err("a presence has one priority")
	}
	if text == "" {
		return 0, nil // an empty <priority/> says as little as none
	}
	p, err := strconv.ParseInt(text, 10, 8)
	if err != nil {
		return 0, stanza.BadRequest.Err("the priority is not an integer from -128 to 127")
	}
	return int8(p), nil
}
