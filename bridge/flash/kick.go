package flash

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// kick has somebody leave a room (XEP-0045 #kick) or, without a room, ends all sessions
// (XEP-0133 #end-user-session).
func (s *Server) kick(ctx context.Context, c *call) error {
	who, room, err := s.whom(ctx, c)
	if err != nil {
		return err
	}
	if room.IsZero() {
		_, err = s.execute(ctx, c.host, nodeEnd, field("accountjids", who.String()))
		return err
	}
	_, err = s.execute(ctx, c.host, nodeRoomKick, field("room", room.String()), field("accountjid", who.String()))
	if f, _ := faultOf(err); err != nil && f.code == noSuchRoom {
		return &fault{code: noSuchUser} // the room was found before
	}
	return err
}

// ban keeps somebody out of a room (XEP-0045 #ban) or, without a room, out of the host
// (XEP-0133 #disable-user).
func (s *Server) ban(ctx context.Context, c *call) error {
	return s.bar(ctx, c, "outcast", nodeDisable)
}

// unban lets somebody in again.
func (s *Server) unban(ctx context.Context, c *call) error {
	return s.bar(ctx, c, "none", nodeEnable)
}

func (s *Server) bar(ctx context.Context, c *call, affiliation, node string) error {
	who, room, err := s.whom(ctx, c)
	if err != nil {
		return err
	}
	if room.IsZero() {
		_, err := s.execute(ctx, c.host, node, field("accountjids", who.String()))
		return err
	}
	payload := stanza.AppendAttr([]byte("<query xmlns='"+nsAdmin+"'><item"), "affiliation", affiliation)
	payload = append(stanza.AppendAttr(payload, "jid", who.String()), "/></query>"...)
	_, err = s.cfg.Port.Ask(ctx, c.host, room, stanza.Set, payload)
	return err
}

// whom reads whom a command is about, who has an account, and in which room; the zero JID
// is none.
func (s *Server) whom(ctx context.Context, c *call) (who, room jid.JID, err error) {
	if !c.has("userid") {
		return who, room, bad("userid")
	}
	if who, err = person(c.host, "userid", c.attrs["userid"]); err != nil {
		return who, room, err
	}
	if attr, text := c.first("room_id", "roomid", "id"); text != "" && s.cfg.Label != "" {
		if room, err = s.room(ctx, c, attr); err != nil {
			return who, room, err
		}
	}
	known, err := s.cfg.People.Exists(ctx, who)
	if err == nil && !known {
		err = &fault{code: noSuchUser}
	}
	return who, room, err
}
