package muc

import (
	"bytes"
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nsArchive is the namespace of archives (XEP-0313).
const nsArchive = "urn:xmpp:mam:2"

// addressMark is how the address of who said something begins in the archive. It is the
// last child of a message there, and nobody else can put one there: what clients send of
// this namespace is dropped.
const addressMark = "<x xmlns='" + nsUser + "'><item affiliation='"

// appendAddress writes who said something, for those who may see that at the time they
// ask (XEP-0313 #business-storeret-muc-archives).
func (r *room) appendAddress(dst []byte, by *session) []byte {
	if by == nil {
		return dst
	}
	i := item{affiliation: r.affiliation(by.occupant.bare), role: by.occupant.role, jid: by.jid}
	return i.append(dst)
}

// withoutAddress gives an archived message without that.
func withoutAddress(xml []byte) []byte {
	from := bytes.LastIndex(xml, []byte(addressMark))
	if from < 0 {
		return xml
	}
	end := bytes.Index(xml[from:], []byte("</x>"))
	rest := xml[from+max(end, 0):]
	if end < 0 || !bytes.HasPrefix(rest, []byte("</x></message>")) {
		return xml // it is somewhere inside of what somebody said
	}
	return append(bytes.Clone(xml[:from]), rest[len("</x>"):]...)
}

// read answers a request to the archive (XEP-0313 #business-storeret-muc-archives): "the
// right to enter it at the time of the query".
func (r *room) read(ctx context.Context, t *turn, iq *stanza.Stanza) error {
	if !r.Settings.Archive {
		return stanza.ServiceUnavailable.Err("this room keeps nothing")
	}
	bare := iq.From.Bare()
	if err := r.mayRead(bare); err != nil {
		return err
	}
	if !iq.PayloadIs(nsArchive, "query") && !iq.PayloadIs(nsArchive, "metadata") {
		return stanza.FeatureNotImplemented.Err("") // what people want kept is for their own archives (XEP-0441)
	}
	sees := r.Settings.Whois == ToAnyone || r.affiliation(bare) >= Admin || r.hasRole(bare, Moderator)
	s, at := r.service, r.jid
	t.outside = func() error {
		payload, err := s.cfg.Archive.Query(ctx, at, iq, s.resultTo(ctx, iq.From, sees))
		if err != nil {
			return err
		}
		_, err = s.cfg.Router.Emit(ctx, iq.Result(payload))
		return err
	}
	return nil
}

// mayRead says whether somebody may read what was said. Who knows no password may not
// enter, unless he is in the room or one of its people.
func (r *room) mayRead(bare jid.JID) error {
	a := r.affiliation(bare)
	closed := r.Settings.MembersOnly || r.Settings.Password != ""
	if a == Outcast || closed && a < MemberOf && !r.hasRole(bare, Visitor) {
		return stanza.Forbidden.Err("you may not read what was said in this room")
	}
	return nil
}

// hasRole reports whether somebody is in the room with at least a role.
func (r *room) hasRole(bare jid.JID, least Role) bool {
	for _, occ := range r.seats {
		if occ.bare == bare && occ.role >= least {
			return true
		}
	}
	return false
}

// resultTo gives what delivers the results of a query, one after the other.
func (s *Service) resultTo(ctx context.Context, to jid.JID, sees bool) func(*stanza.Stanza) bool {
	session := s.cfg.Router.Session(to)
	return func(st *stanza.Stanza) bool {
		if !sees {
			st.Extra = withoutAddresses(st.Extra)
		}
		st.To = to
		if session != nil {
			// By the exit itself: what is asked for does not wait behind what was not.
			_, ok := session.Exit().Deliver(st)
			return ok
		}
		_, err := s.cfg.Router.Emit(ctx, st)
		return err == nil
	}
}

// withoutAddresses gives a result without the address that its message has at its end.
func withoutAddresses(result []byte) []byte {
	const behind = "</message>"
	end := bytes.LastIndex(result, []byte(behind))
	if end < 0 {
		return result
	}
	end += len(behind)
	return append(withoutAddress(result[:end:end]), result[end:]...)
}
