package muc

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nsModerate is the namespace of what moderators do to messages (XEP-0425).
const nsModerate = "urn:xmpp:message-moderate:1"

// retract looks whether something said takes back something said before (XEP-0424): if it
// is by the same person, a tombstone takes its place in the archive (#tombstones), as soon
// as what it gives is called. In a room the id is that which the archive has given
// (#business-id).
func (r *room) retract(ctx context.Context, t *turn, s *session, st *stanza.Stanza) (entomb func(), err error) {
	nothing := func() {}
	c, ok := st.Child(nsRetract, "retract")
	if !ok || !r.Settings.Archive || r.locked {
		return nothing, nil
	}
	id := attribute(st, c, "id")
	was, err := r.archived(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case was == nil:
		return nothing, nil // too old to be there; the clients that have it know what to do
	case occupantIDOf(was) != s.occupant.id:
		return nil, stanza.Forbidden.Err("this message is not yours")
	case isRetraction(was):
		return nothing, nil // #rules: "MUST store the retraction message"
	}
	mark := append([]byte(nil), "<retracted xmlns='"+nsRetract+"'"...)
	mark = stanza.AppendAttr(mark, "id", st.ID())
	mark = stanza.AppendAttr(mark, "stamp", t.now.UTC().Format(time.RFC3339))
	mark = append(mark, "/>"...)
	return func() { r.bury(t, was, id, mark) }, nil
}

// archived reads a message of the archive; nil if there is none of that id.
func (r *room) archived(ctx context.Context, id string) (*stanza.Stanza, error) {
	old, ok, err := r.service.cfg.Archive.Get(ctx, r.jid, id)
	if err != nil || !ok {
		if err != nil {
			err = fmt.Errorf("read a message of %s: %w", r.jid, err)
		}
		return nil, err
	}
	st, err := stanza.Parse(old.XML)
	if err != nil {
		return nil, fmt.Errorf("read a message of %s: %w", r.jid, err)
	}
	return st, nil
}

// isRetraction reports whether a message takes back another one, or is what is left of one
// that was taken back.
func isRetraction(st *stanza.Stanza) bool {
	return st.Has(nsRetract, "retract") || st.Has(nsRetract, "retracted")
}

// moderate lets a moderator take back what somebody else has said (XEP-0425 #usecase).
func (r *room) moderate(ctx context.Context, t *turn, iq *stanza.Stanza) error {
	c, _ := iq.Payload()
	outer, inside, err := stanza.Split(iq.ChildBytes(c))
	if err != nil || iq.Type != stanza.Set || !outer.Is(nsModerate, "moderate") {
		return stanza.FeatureNotImplemented.Err("")
	}
	by := r.moderator(iq.From)
	if by == nil {
		return stanza.Forbidden.Err("only moderators moderate") // #usecase-error
	}
	id, reason, retract := outer.Attr("id"), "", false
	for i := range inside {
		switch {
		case inside[i].Is(nsRetract, "retract"):
			retract = true
		case inside[i].Is(nsModerate, "reason"):
			reason = inside[i].Text()
		}
	}
	if !retract || id == "" {
		return stanza.BadRequest.Err("what is to become of which message?")
	}
	if len(reason) > r.service.cfg.Limits.TextBytes {
		return stanza.NotAcceptable.Err("this reason is too long")
	}
	was, err := r.archived(ctx, id)
	switch {
	case err != nil:
		return err
	case was == nil:
		return stanza.ItemNotFound.Err("there is no such message")
	case isRetraction(was):
		return stanza.NotAcceptable.Err("this is a retraction, or was retracted already")
	}
	return r.takeBack(ctx, t, iq, was, id, by, reason)
}

// takeBack tells everybody that a moderator has retracted a message, and leaves a
// tombstone in its place (XEP-0425 #usecase-success, #tombstones).
func (r *room) takeBack(ctx context.Context, t *turn, iq, was *stanza.Stanza, id string, by *occupant, reason string) error {
	moderated := append([]byte(nil), "<moderated xmlns='"+nsModerate+"'"...)
	moderated = stanza.AppendAttr(moderated, "by", by.jid.String())
	moderated = append(appendOccupantID(append(moderated, '>'), by.id), "</moderated>"...)
	moderated = appendElement(moderated, "reason", reason)

	mark := append([]byte(nil), "<retracted xmlns='"+nsRetract+"'"...)
	mark = stanza.AppendAttr(mark, "stamp", t.now.UTC().Format(time.RFC3339))
	mark = append(append(append(mark, '>'), moderated...), "</retracted>"...)

	act := append([]byte(nil), "<retract xmlns='"+nsRetract+"'"...)
	act = stanza.AppendAttr(act, "id", id)
	act = append(append(append(act, '>'), moderated...), "</retract>"...)
	said := stanza.New(stanza.Message, stanza.Groupchat, rand.Text(), r.jid, jid.JID{}, act)
	if err := r.reflect(ctx, t, nil, said); err != nil {
		return err
	}
	r.bury(t, was, id, mark)
	t.answer(iq, nil)
	return nil
}

// bury puts a tombstone in the place of a message: who said it stays.
func (r *room) bury(t *turn, was *stanza.Stanza, id string, mark []byte) {
	var rest []byte
	for _, c := range was.Children() {
		if was.ChildIs(c, nsOccupantID, "") || was.ChildIs(c, nsUser, "x") {
			rest = append(rest, was.ChildBytes(c)...)
		}
	}
	stone := stanza.New(was.Kind, was.Type, was.ID(), was.From, was.To, mark, rest)
	r.history.drop(id)
	t.writes = append(t.writes, r.service.cfg.Archive.Replace(r.jid, id, stone.AppendForwarded(nil)))
}

// moderator gives the occupant of a session, if it is a moderator.
func (r *room) moderator(full jid.JID) *occupant {
	if s := r.sessions[full]; s != nil && s.occupant.role == Moderator {
		return s.occupant
	}
	return nil
}

// occupantIDOf gives who has said a message of the archive.
func occupantIDOf(st *stanza.Stanza) string {
	c, _ := st.Child(nsOccupantID, "occupant-id")
	return attribute(st, c, "id")
}

// attribute gives an attribute of a child, unescaped.
func attribute(st *stanza.Stanza, c stanza.Child, name string) string {
	for a := range stanza.Attributes(st.Bytes(c.All)) {
		if len(a.Prefix) == 0 && string(a.Local) == name {
			return a.Text()
		}
	}
	return ""
}
