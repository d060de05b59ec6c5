package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"causeway/bridge"
	"causeway/bridge/plugchat"
	"causeway/muc"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// openPlugchat makes the API of plugchat and the chat bar, if they are wanted. On a
// throw-away server there is a site that has them.
func (h *house) openPlugchat(ctx context.Context, cast []person) error {
	cfg := &h.cfg.Plugchat
	if !cfg.Enabled {
		return nil
	}
	key, err := h.store.Accounts().Secret(ctx, "plugchat keys")
	if err != nil {
		return fmt.Errorf("secret of plugchat: %w", err)
	}
	c := plugchat.Config{
		Port: h.port, Apps: h.apps, People: people{h.accounts}, Sealer: bridge.NewSealer(key),
		Hosts: h.cfg.hosts(), Label: h.cfg.Rooms.Service, Room: cfg.Room, Contacts: addresses(cfg.Contacts), Origins: lower(cfg.Origins),
		Guests: cfg.Guests, Each: cfg.PerAddress, Poll: time.Duration(cfg.Poll), Grace: time.Duration(cfg.Grace), Logger: h.log,
	}
	if h.rooms != nil {
		c.Rooms = siteRooms{h.rooms, h.cfg.Admins}
	}
	if cast != nil {
		c.Contacts = append(c.Contacts, cast[2].jid)
		if h.demo, err = h.tryApps(ctx, h.cfg.hosts()[0], bridge.Plugchat); err != nil {
			return err
		}
		c.Demo = &plugchat.Demo{PublicKey: h.demo[0].ID, APIKey: h.demo[0].secret}
	}
	h.plugchat = plugchat.New(c)
	h.web.Handle("plugchat", plugchat.Prefix, h.plugchat)
	if cfg.Root || cast != nil {
		h.web.HandleAsked("plugchat", "/", plugchat.Asked, h.plugchat)
	}
	return nil
}

// siteRooms makes the rooms of sites.
type siteRooms struct {
	rooms  *muc.Service
	admins []string
}

// Open implements plugchat.Rooms. The room belongs to the first administrator of its host.
func (s siteRooms) Open(ctx context.Context, room jid.JID) error {
	_, err := s.rooms.Show(ctx, room)
	var told *stanza.Error
	if err == nil || !errors.As(err, &told) || told.Condition != stanza.ItemNotFound {
		return err
	}
	for _, owner := range addresses(s.admins) {
		if s.rooms.Domain(owner.Domain()) != room.Domain() {
			continue
		}
		f := form.New(form.Submit, "http://jabber.org/protocol/muc#roomconfig",
			form.Field{Var: roomName, Values: []string{jid.Unescape(room.Local())}},
			form.Field{Var: roomPersistent, Values: []string{"1"}}, form.Field{Var: roomMembersOnly, Values: []string{"0"}})
		err := s.rooms.Create(ctx, room, owner, f)
		if errors.As(err, &told) && told.Condition == stanza.Conflict {
			return nil // somebody else was here
		}
		return err
	}
	return stanza.ItemNotFound.Err("the host has no administrator to whom the room could belong")
}
