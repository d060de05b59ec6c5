package blocking

import (
	"context"
	"log/slog"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// watchers gives the addresses that may see the presence of owner.
func (s *Service) watchers(ctx context.Context, owner jid.JID) []jid.JID {
	list, err := s.subs.Subscribers(ctx, owner)
	if err != nil {
		s.log.Error("subscribers could not be read", slog.String("jid", owner.String()), slog.Any("err", err))
	}
	return list
}

// between gives the addresses that watch and are blocked by the longer list but
// not by the shorter one.
func between(watchers []jid.JID, shorter, longer *set) []jid.JID {
	var out []jid.JID
	for _, contact := range watchers {
		if longer.blocks(contact) {
			if !shorter.blocks(contact) {
				out = append(out, contact)
			}
			continue
		}
		// One resource of the contact may be on the list without the contact.
		for _, full := range longer.resources(contact) {
			if !shorter.blocks(full) {
				out = append(out, full)
			}
		}
	}
	slices.SortFunc(out, jid.Compare)
	return out
}

// contacts gives the watchers that are in the roster. The others were met by
// directed presence, such as a room by its occupant: when they are unblocked the
// client says itself whether it wants to be there again.
func contacts(watchers []jid.JID) []jid.JID {
	return slices.DeleteFunc(slices.Clone(watchers), jid.JID.IsFull)
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
