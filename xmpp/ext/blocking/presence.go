package blocking

import (
	"context"
	"log/slog"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// between gives the addresses that may see the presence of owner and are blocked
// by the longer list but not by the shorter one.
func (s *Service) between(ctx context.Context, owner jid.JID, shorter, longer *set) []jid.JID {
	subscribers, err := s.subs.Subscribers(ctx, owner)
	if err != nil {
		s.log.Error("subscribers could not be read", slog.String("jid", owner.String()), slog.Any("err", err))
		return nil
	}
	var out []jid.JID
	for _, contact := range subscribers {
		switch {
		case contact == owner:
		case longer.blocks(contact):
			if !shorter.blocks(contact) {
				out = append(out, contact)
			}
		default:
			// One resource of the contact is on the list, the contact is not.
			for full := range longer.items {
				if full.IsFull() && full.Bare() == contact && !shorter.blocks(full) {
					out = append(out, full)
				}
			}
		}
	}
	slices.SortFunc(out, jid.Compare)
	return out
}

// goAway makes the available resources of owner look unavailable to addresses
// that are about to be blocked: "the user's server MUST send unavailable presence
// information to the JID" (XEP-0191 #block).
func (s *Service) goAway(ctx context.Context, owner jid.JID, to []jid.JID) {
	if len(to) == 0 {
		return
	}
	for _, session := range s.router.Sessions(owner) {
		if session.Presence() == nil {
			continue
		}
		for _, contact := range to {
			s.emit(ctx, stanza.New(stanza.Presence, stanza.Unavailable, "", session.JID(), contact))
		}
	}
}

// comeBack shows the presence of owner to addresses that are no longer blocked:
// "MUST send the user's current presence information to the JID" (XEP-0191 #unblock).
func (s *Service) comeBack(ctx context.Context, owner jid.JID, to []jid.JID) {
	if len(to) == 0 {
		return
	}
	for _, session := range s.router.Sessions(owner) {
		presence := session.Presence()
		if presence == nil {
			continue
		}
		for _, contact := range to {
			st := presence.Clone()
			st.From, st.To, st.Told = session.JID(), contact, nil
			s.emit(ctx, st)
		}
	}
}
