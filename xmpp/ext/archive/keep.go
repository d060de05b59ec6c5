package archive

import (
	"context"
	"strconv"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// forwardRoom is room for a namespace and two attributes around addresses.
const forwardRoom = len(" xmlns='jabber:client' from='' to=''") + 16

// Keep archives a message for its sender and its recipient, if they are accounts
// here and want that (router.Keeper). It is on the hot path: what it knows of the
// two is in memory, and it waits for no disk but when an account has been silent for
// long.
func (s *Service) Keep(ctx context.Context, p *router.Passing) (router.Ticket, error) {
	from, to := s.account(p.From), s.account(p.To)
	if err := s.unforge(p.Stanza, from, to); err != nil {
		return nil, err
	}
	if !p.Verdict.Copies || !worth(p.Stanza) {
		return nil, nil
	}
	sent, err := s.wants(ctx, from, p.To) // XEP-0441 #match-out
	if err != nil {
		return nil, err
	}
	received := false
	if to != from { // XEP-0313 #business-storeret-user-archives: "only once"
		if received, err = s.wants(ctx, to, p.From); err != nil { // XEP-0441 #match-in
			return nil, err
		}
	}
	if !sent && !received {
		return nil, nil
	}
	now := time.Now()
	id := s.clock.next(now)
	xml := p.AppendForwarded(make([]byte, 0, p.Size()+forwardRoom+len(p.From.String())+len(p.To.String())))
	entries := make([]Entry, 0, 2)
	if sent {
		entries = append(entries, Entry{Owner: from, ID: id, Peer: p.To, Sent: true, Expires: s.expires(from, now), XML: xml})
	}
	if received {
		entries = append(entries, Entry{Owner: to, ID: id, Peer: p.From, Expires: s.expires(to, now), XML: xml})
	}
	t, err := s.append(entries...)
	if err != nil {
		return nil, err
	}
	// XEP-0313 #archives_id: the recipient is told the ID that his own archive has
	// given, the sender's other devices that of hers, and neither that of the other.
	if sent {
		p.Sent = appendID(p.Sent, from, id)
	}
	if received || sent && from == to {
		p.Extra = appendID(p.Extra, to, id)
	}
	if p.Has(nsRetract, "retract") {
		s.retracted(p.Stanza, t, entries)
	}
	return t, nil
}

// account gives the bare JID of an account here, or the zero JID.
func (s *Service) account(j jid.JID) jid.JID {
	if j.Local() == "" || !s.router.IsHost(j.Domain()) {
		return jid.JID{}
	}
	return j.Bare()
}

// appendID appends what tells of the place of a message in an archive (XEP-0359
// #stanza-id).
func appendID(dst []byte, owner jid.JID, id ID) []byte {
	dst = append(dst, "<stanza-id xmlns='"+nsIDs+"'"...)
	dst = stanza.AppendAttr(dst, "by", owner.String())
	dst = append(dst, " id='"...)
	dst = strconv.AppendUint(dst, uint64(id), 10)
	return append(dst, "'/>"...)
}
