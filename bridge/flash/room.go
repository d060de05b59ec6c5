package flash

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Settings of a room in the words of XEP-0045 #registrar-formtype-owner, and in ours
// (doc/namespaces.md).
const (
	formRoom = "http://jabber.org/protocol/muc#roomconfig"

	roomName        = "muc#roomconfig_roomname"
	roomDescription = "muc#roomconfig_roomdesc"
	roomPersistent  = "muc#roomconfig_persistentroom"
	roomPublic      = "muc#roomconfig_publicroom"
	roomModerated   = "muc#roomconfig_moderatedroom"
	roomProtected   = "muc#roomconfig_passwordprotectedroom"
	roomSecret      = "muc#roomconfig_roomsecret"
	roomMax         = "muc#roomconfig_maxusers"
	roomAdmins      = "muc#roomconfig_roomadmins"

	roomOpen       = "{urn:causeway:rooms}open"
	roomHours      = "{urn:causeway:rooms}hours"
	roomGuests     = "{urn:causeway:rooms}guests"
	roomWelcome    = "{urn:causeway:rooms}welcome"
	roomAudio      = "{urn:causeway:rooms}audio"
	roomVideo      = "{urn:causeway:rooms}video"
	roomWhiteboard = "{urn:causeway:rooms}whiteboard"
	roomDisplay    = "{urn:causeway:rooms}display"
	roomSpeakers   = "{urn:causeway:rooms}speakers"
	roomNumber     = "{urn:causeway:rooms}number"
)

const (
	maxMembers  = 1_000_000 // of max; the service has a bound of its own
	leastOnly   = 2         // of st: the room is shown where people have avatars only
	mostDisplay = 3         // of st: the panel of the product has four
)

// settings reads what a Command says of a room: fields of its configuration. What is not
// given is not there, so it stays as it is.
func (s *Server) settings(c *call) (fields []form.Field, err error) {
	for _, read := range []func(*call) ([]form.Field, error){
		roomTexts, roomPeople, roomPassword, s.roomBars, roomFlags, roomSchedule,
	} {
		list, err := read(c)
		if err != nil {
			return nil, err
		}
		fields = append(fields, list...)
	}
	return fields, nil
}

// roomTexts reads name, desc and wm.
func roomTexts(c *call) (fields []form.Field, err error) {
	if _, given := c.attrs["name"]; given {
		name, err := c.line("name")
		if err != nil || name == "" {
			return nil, bad("name")
		}
		fields = append(fields, field(roomName, name))
	}
	for _, t := range [...]struct{ attr, field string }{{"desc", roomDescription}, {"wm", roomWelcome}} {
		if _, given := c.attrs[t.attr]; !given {
			continue
		}
		text, err := c.text(t.attr, maxText)
		if err != nil {
			return nil, err
		}
		fields = append(fields, field(t.field, text))
	}
	return fields, nil
}

// roomPeople reads owner, who moderate the room, and speaker, who have voice in it.
func roomPeople(c *call) (fields []form.Field, err error) {
	for _, l := range [...]struct{ attr, field string }{{"owner", roomAdmins}, {"speaker", roomSpeakers}} {
		if _, given := c.attrs[l.attr]; !given {
			continue
		}
		list, err := c.people(c.host, l.attr)
		if err != nil {
			return nil, err
		}
		fields = append(fields, addresses(l.field, list))
	}
	return fields, nil
}

// roomPassword reads pwd; an empty one is none.
func roomPassword(c *call) ([]form.Field, error) {
	if _, given := c.attrs["pwd"]; !given {
		return nil, nil
	}
	password, err := c.line("pwd")
	if err != nil {
		return nil, err
	}
	if password == "" {
		return []form.Field{field(roomProtected, "0")}, nil
	}
	return []form.Field{field(roomProtected, "1"), field(roomSecret, password)}, nil
}

// roomBars reads who may be in the room and who may speak there. For member and
// passallmessage the document and the product mean the opposite of each other.
func (s *Server) roomBars(c *call) (fields []form.Field, err error) {
	documented := s.cfg.Semantics != Product
	for _, b := range [...]struct {
		attr, field string
		same        bool // 1 is 1
	}{{"member", roomGuests, documented}, {"passallmessage", roomModerated, documented}, {"en", roomOpen, true}} {
		is, given, err := c.flag(b.attr)
		if err != nil {
			return nil, err
		}
		if given {
			fields = append(fields, field(b.field, oneOrZero(is == b.same)))
		}
	}
	most, given, err := c.number("max", 0, maxMembers)
	switch {
	case err != nil:
		return nil, err
	case given && most == 0:
		fields = append(fields, field(roomMax, "none"))
	case given:
		fields = append(fields, field(roomMax, strconv.Itoa(most)))
	}
	return fields, nil
}

// roomFlags reads what a room of text only shows: audio, video and wb, as attributes or as
// children (wire §1.2), and st.
func roomFlags(c *call) (fields []form.Field, err error) {
	for _, f := range [...]struct{ attr, field string }{{"audio", roomAudio}, {"video", roomVideo}, {"wb", roomWhiteboard}} {
		is, given, err := c.flag(f.attr)
		if child, ok := c.child(f.attr); ok && !given && err == nil {
			is, given, err = readFlag(f.attr, child.Attr("enable"))
		}
		if err != nil {
			return nil, err
		}
		if given {
			fields = append(fields, field(f.field, oneOrZero(is)))
		}
	}
	st, given, err := c.number("st", 0, mostDisplay)
	if err != nil {
		return nil, err
	}
	if given {
		fields = append(fields, field(roomDisplay, strconv.Itoa(st)), field(roomPublic, oneOrZero(st != leastOnly)))
	}
	return fields, nil
}

// addRoom makes a room. The result is its number.
func (s *Server) addRoom(ctx context.Context, c *call) error {
	if !c.has("name") {
		return bad("name")
	}
	fields, err := s.settings(c)
	if err != nil {
		return err
	}
	if !c.has("st") {
		fields = append(fields, field(roomPublic, "1"))
	}
	attr, _ := c.first("id", "roomid", "room_id")
	number, chosen, err := c.number(attr, 1, maxNumber)
	if err != nil {
		return err
	}
	if chosen {
		switch _, taken, err := s.cfg.Rooms.Find(ctx, c.host.Domain(), number); {
		case err != nil:
			return err
		case taken:
			return &fault{code: numberTaken}
		}
	} else if number, err = s.cfg.Rooms.Next(ctx, c.host.Domain()); err != nil {
		return err
	}
	fields = append(fields, field(roomPersistent, "1"), field(roomNumber, strconv.Itoa(number)))
	if err := s.makeRoom(ctx, c.host, number, fields); err != nil {
		return err
	}
	c.reply.result = number
	return nil
}

// makeRoom makes a room at room<N>, or at an address near it if somebody has that already.
func (s *Server) makeRoom(ctx context.Context, host jid.JID, number int, fields []form.Field) error {
	name := "room" + strconv.Itoa(number)
	for try := 2; ; try++ {
		at := name + "@" + s.cfg.Label + "." + host.Domain()
		_, err := s.execute(ctx, host, nodeRoomAdd, append(fields, field("room", at))...)
		var told *stanza.Error
		if !errors.As(err, &told) || told.Condition != stanza.Conflict || try > 9 {
			return err
		}
		if _, taken, err := s.cfg.Rooms.Find(ctx, host.Domain(), number); taken || err != nil {
			return &fault{code: numberTaken}
		}
		name = "room" + strconv.Itoa(number) + "-" + strconv.Itoa(try)
	}
}

// room finds the room that a Command is about, by one of the names that its number has.
func (s *Server) room(ctx context.Context, c *call, names ...string) (jid.JID, error) {
	attr, text := c.first(names...)
	if text == "" {
		return jid.JID{}, bad(attr)
	}
	if strings.Trim(text, "0123456789") != "" {
		return jid.JID{}, bad(attr)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return jid.JID{}, &fault{code: noSuchRoom} // no room has a number like that
	}
	room, ok, err := s.cfg.Rooms.Find(ctx, c.host.Domain(), n)
	if err == nil && !ok {
		err = &fault{code: noSuchRoom}
	}
	return room, err
}

// editRoom changes what is given of a room, all of it in one step (XEP-0045 #roomconfig).
func (s *Server) editRoom(ctx context.Context, c *call) error {
	room, err := s.room(ctx, c, "roomid", "room_id", "id")
	if err != nil {
		return err
	}
	fields, err := s.settings(c)
	if err != nil || len(fields) == 0 {
		return err
	}
	f := form.New(form.Submit, formRoom, fields...)
	payload := append(f.Append([]byte("<query xmlns='"+nsOwner+"'>")), "</query>"...)
	_, err = s.cfg.Port.Ask(ctx, c.host, room, stanza.Set, payload)
	return err
}

// deleteRoom ends a room (XEP-0045 #destroyroom).
func (s *Server) deleteRoom(ctx context.Context, c *call) error {
	room, err := s.room(ctx, c, "room_id", "roomid", "id")
	if err != nil {
		return err
	}
	_, err = s.cfg.Port.Ask(ctx, c.host, room, stanza.Set, []byte("<query xmlns='"+nsOwner+"'><destroy/></query>"))
	return err
}
