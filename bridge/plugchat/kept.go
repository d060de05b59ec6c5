package plugchat

import (
	"context"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// What a login has set is kept with the guest's account, so that it is there when the
// server has been killed: in private storage (XEP-0049) as
//
//	<session xmlns='urn:causeway:plugchat' nick='…' avatar='…'/>
//
// and for all clients in the vCard (XEP-0054). The avatar is an address (PHOTO/EXTVAL): an
// avatar of XEP-0084 has the size and the hash of a picture, which we would have to fetch.

// keep keeps what a site says of its guest; an empty nick is that of a guest. It is on the
// disk then.
func (s *session) keep(ctx context.Context, nick, avatar string) error {
	if err := s.ask(ctx, stanza.Set, card(nick, s.account, avatar)); err != nil {
		return err
	}
	own := []byte("<query xmlns='" + nsPrivate + "'><session xmlns='" + nsOwn + "'")
	if nick != "" {
		own = stanza.AppendAttr(stanza.AppendAttr(own, "nick", nick), "avatar", avatar)
	}
	return s.ask(ctx, stanza.Set, append(own, "/></query>"...))
}

func (s *session) ask(ctx context.Context, typ stanza.Type, payload []byte) error {
	_, err := s.hall.cfg.Port.Ask(ctx, s.account, s.account, typ, payload)
	return err
}

// card makes the vCard of a guest.
func card(nick string, account jid.JID, avatar string) []byte {
	if nick == "" {
		nick = guestNick(account)
	}
	b := stanza.AppendText([]byte("<vCard xmlns='"+nsVCard+"'><FN>"), nick)
	b = append(stanza.AppendText(append(b, "</FN><NICKNAME>"...), nick), "</NICKNAME>"...)
	if avatar != "" {
		b = append(stanza.AppendText(append(b, "<PHOTO><EXTVAL>"...), avatar), "</EXTVAL></PHOTO>"...)
	}
	return append(b, "</vCard>"...)
}

// recall reads what was kept.
func (s *session) recall(ctx context.Context) error {
	got, err := s.hall.cfg.Port.Ask(ctx, s.account, s.account, stanza.Get, []byte("<query xmlns='"+nsPrivate+"'><session xmlns='"+nsOwn+"'/></query>"))
	if err != nil {
		return err
	}
	c, found := got.Child(nsPrivate, "query")
	if !found {
		return nil
	}
	_, inside, err := stanza.Split(got.ChildBytes(c))
	if err != nil || len(inside) == 0 || !inside[0].Is(nsOwn, "session") || inside[0].Attr("nick") == "" {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.nick, s.avatar = member, inside[0].Attr("nick"), inside[0].Attr("avatar")
	return nil
}
