package push

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// A notice is what is to be told to one push service.
type notice struct {
	registration Registration
	count        int // messages since the device was last awake or told; 0: nothing is due
	sender       jid.JID
	body         string
	tells        Style // never AsConfigured, unless nothing but a count is told
	running      bool  // a goroutine publishes
}

// Follow wakes the sleeping devices of the recipient of a message that she would
// want to see (router.Follower).
func (s *Service) Follow(ctx context.Context, p *router.Passing) {
	if !s.cfg.Router.IsHost(p.To.Domain()) || p.To.Local() == "" || p.From.Bare() == p.To.Bare() {
		return
	}
	if list, _, ok := s.known.Get(p.To.Bare()); ok && len(list) == 0 || !worthWaking(p.Stanza) {
		return
	}
	s.Wake(ctx, p.To.Bare(), p.Stanza)
}

// Wake wakes the devices of owner that do not listen, for the message st.
func (s *Service) Wake(ctx context.Context, owner jid.JID, st *stanza.Stanza) {
	list, err := s.Registrations(ctx, owner)
	if err != nil {
		s.cfg.Logger.Error("nobody was woken", slog.String("jid", owner.String()), slog.Any("err", err))
		return
	}
	if len(list) == 0 {
		return
	}
	style, silent := s.wishes(ctx, owner, st)
	if silent {
		return
	}
	for _, r := range list {
		full, err := owner.WithResource(r.Device)
		if err != nil || s.cfg.Awake(full) {
			continue
		}
		s.note(target{owner, r.Service, r.Node}, r, st, style)
	}
}

// wishes tells how much of a message the owner wants to be told of now.
func (s *Service) wishes(ctx context.Context, owner jid.JID, st *stanza.Stanza) (style Style, silent bool) {
	var w Wishes
	if s.cfg.Wishes != nil {
		w = s.cfg.Wishes(ctx, owner, st.From)
	}
	if w.Style == AsConfigured && s.cfg.Summary {
		w.Style = Whole
	}
	return w.Style, w.Silent
}

// Missed wakes the device of a resource whose connection was lost before it
// acknowledged st: nobody was woken for it, since the device seemed to be there.
func (s *Service) Missed(ctx context.Context, full jid.JID, st *stanza.Stanza) {
	owner := full.Bare()
	list, err := s.Registrations(ctx, owner)
	if err != nil || st.From.Bare() == owner || !worthWaking(st) {
		return
	}
	style, silent := s.wishes(ctx, owner, st)
	if silent {
		return
	}
	for _, r := range list {
		if r.Device == full.Resource() && !s.cfg.Awake(full) { // else it is back already
			s.note(target{owner, r.Service, r.Node}, r, st, style)
		}
	}
}

// note makes a publication due.
func (s *Service) note(t target, r Registration, st *stanza.Stanza, style Style) {
	if !r.Off.IsZero() && time.Since(r.Off) < rest {
		return // XEP-0357 #publishing: "considered to be disabled"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return
	}
	n := s.due[t]
	if n == nil {
		if len(s.due) >= maxDue {
			return // so many services that do not answer; the messages themselves are kept
		}
		n = &notice{}
		s.due[t] = n
	}
	n.registration = r
	n.count++
	n.sender = st.From
	n.body, n.tells = "", style
	if style == Whole {
		n.body = short(st.Text(stanza.NSClient, "body"))
	}
	if !n.running {
		n.running = true
		s.busy.Add(1)
		go s.publish(t) // ends when nothing is due, or by Close
	}
}

// short gives the beginning of a body: as much as a device shows, and no more than may
// wait in memory for a service that does not answer.
func short(body string) string {
	if len(body) <= maxBody {
		return body
	}
	return strings.ToValidUTF8(body[:maxBody], "")
}

// Payloads that are worth waking somebody for although there is no body.
const (
	nsOMEMOLegacy = "eu.siacs.conversations.axolotl"
	nsOMEMO       = "urn:xmpp:omemo:2"
	nsOpenPGP     = "urn:xmpp:openpgp:0"
	nsCalls       = "urn:xmpp:jingle-message:0"
	nsInvitation  = "jabber:x:conference"
	nsRoomUser    = "http://jabber.org/protocol/muc#user"
)

// worthWaking reports whether a person would want to be woken for a message: it says
// something, rings, or invites. Receipts, markers and chat states do not.
func worthWaking(st *stanza.Stanza) bool {
	switch st.Type {
	case stanza.Chat, stanza.Normal, stanza.Groupchat:
	default:
		return false
	}
	return st.Has(stanza.NSClient, "body") || st.Has(nsOMEMOLegacy, "encrypted") || st.Has(nsOMEMO, "encrypted") ||
		st.Has(nsOpenPGP, "openpgp") || st.Has(nsCalls, "propose") || st.Has(nsInvitation, "x") || st.Has(nsRoomUser, "x")
}
