package daemon

import (
	"context"

	"causeway/muc"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nsRooms is the namespace of requests about rooms, for programs of administrators
// (doc/namespaces.md).
const nsRooms = "urn:causeway:rooms-admin"

// roomRequests answers them.
type roomRequests struct{ rooms *muc.Service }

// HandleIQ implements router.Handler.
func (q roomRequests) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	switch {
	case iq.Type == stanza.Get && iq.PayloadIs(nsRooms, "rooms"):
		return q.of(ctx, iq)
	case iq.Type == stanza.Set && iq.PayloadIs(nsRooms, "say"):
		return nil, q.say(ctx, iq)
	}
	return nil, stanza.FeatureNotImplemented.Err("")
}

// of gives the rooms that a person belongs to.
func (q roomRequests) of(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	var want struct {
		Person jid.JID `xml:"person,attr"`
	}
	if err := iq.Decode(&want); err != nil || want.Person.Local() == "" || want.Person.Domain() != iq.To.Domain() {
		return nil, stanza.BadRequest.Err("whose?")
	}
	list, err := q.rooms.Of(ctx, q.rooms.Domain(iq.To.Domain()), want.Person.Bare())
	if err != nil {
		return nil, err
	}
	b := []byte("<rooms xmlns='" + nsRooms + "'>")
	for _, m := range list {
		b = stanza.AppendAttr(append(b, "<room"...), "jid", m.Room.JID.String())
		b = stanza.AppendAttr(b, "name", m.Room.Name)
		b = append(stanza.AppendAttr(b, "affiliation", m.Affiliation.String()), "/>"...)
	}
	return append(b, "</rooms>"...), nil
}

// say says something in a room.
func (q roomRequests) say(ctx context.Context, iq *stanza.Stanza) error {
	var want struct {
		Room jid.JID `xml:"room,attr"`
		From jid.JID `xml:"from,attr"`
	}
	if err := iq.Decode(&want); err != nil || want.Room.Domain() != q.rooms.Domain(iq.To.Domain()) || want.Room.Local() == "" {
		return stanza.BadRequest.Err("in which room?")
	}
	if !want.From.IsZero() && (want.From.Domain() != iq.To.Domain() || want.From.Local() == "") {
		return stanza.NotAllowed.Err("in whose name?")
	}
	c, _ := iq.Payload()
	_, inside, err := stanza.Split(iq.ChildBytes(c))
	if err != nil || len(inside) != 1 {
		return stanza.BadRequest.Err("one message")
	}
	st, err := stanza.Parse(inside[0].XML)
	if err != nil || st.Kind != stanza.Message || st.Type != stanza.Groupchat {
		return stanza.BadRequest.Err("not a message of type groupchat")
	}
	return q.rooms.Say(ctx, want.Room.Bare(), want.From.Bare(), st)
}
