package rest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Commands about rooms (doc/namespaces.md), and settings (XEP-0045 #registrar-formtype-owner).
const (
	nodeRooms       = "urn:causeway:admin#rooms"
	nodeRoomShow    = "urn:causeway:admin#room-show"
	nodeRoomAdd     = "urn:causeway:admin#room-add"
	nodeRoomEdit    = "urn:causeway:admin#room-edit"
	nodeRoomDelete  = "urn:causeway:admin#room-delete"
	roomName        = "muc#roomconfig_roomname"
	roomDescription = "muc#roomconfig_roomdesc"
	roomPublic      = "muc#roomconfig_publicroom"
	roomMembersOnly = "muc#roomconfig_membersonly"
	roomPersistent  = "muc#roomconfig_persistentroom"
	roomInvites     = "muc#roomconfig_allowinvites"
	roomMost        = "muc#roomconfig_maxusers"
)

// A sort is one of the two sorts of rooms that the API knows. Both are rooms of XEP-0045
// whose address is a number: odd for groups, even for chat rooms. Rooms of other addresses
// are none of its business.
type sort struct {
	word, id, name string // in paths, and the names of members in answers
	odd            bool
	most           int // most members unless somebody says
}

var (
	groups    = sort{word: "chatgroups", id: "groupid", name: "groupname", odd: true, most: 200}
	chatrooms = sort{word: "chatrooms", id: "id", name: "name", most: 1000}
)

func (s sort) is(local string) bool {
	for _, c := range []byte(local) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return local != "" && (local[len(local)-1]-'0')%2 == 1 == s.odd
}

// fresh makes a number for a new one, greater than those before.
func (s sort) fresh() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(500)) // crypto/rand never fails
	id := time.Now().UnixMilli()*1000 + n.Int64()*2
	if s.odd {
		id++
	}
	return strconv.FormatInt(id, 10)
}

// roomAt gives the address of a room by its number.
func (c *call) roomAt(id string) (jid.JID, bool) {
	if !groups.is(id) && !chatrooms.is(id) || len(id) > maxUsername {
		return jid.JID{}, false
	}
	room, err := jid.New(id, c.h.cfg.Rooms+"."+c.app.Host.Domain(), "")
	return room, err == nil
}

// A room is one as its host describes it.
type room struct {
	jid                          jid.JID
	name, description            string
	public, membersOnly, invites bool
	most                         int
	created                      time.Time
	owners, members, outcasts    []jid.JID // members are admins, too
}

func (c *call) onRoom(ctx context.Context, node string, room jid.JID, fields ...form.Field) (*form.Form, error) {
	return c.run(ctx, node, form.New(form.Submit, node, append([]form.Field{field("room", room.String())}, fields...)...))
}

func errNoGroup(id string) *problem {
	p := errMissing()
	p.text = "do not find this group:" + shortened(id)
	return p
}

// room reads one room of a sort.
func (c *call) room(ctx context.Context, s sort, id string) (*room, error) {
	at, ok := c.roomAt(id)
	if !ok || !s.is(id) {
		return nil, errNoGroup(id)
	}
	f, err := c.onRoom(ctx, nodeRoomShow, at)
	var told *stanza.Error
	switch {
	case errors.As(err, &told) && told.Condition == stanza.ItemNotFound:
		return nil, errNoGroup(id)
	case err != nil:
		return nil, err
	}
	r := &room{
		jid: at, name: f.Value("name"), description: f.Value("description"),
		public: f.Value("public") == "true", membersOnly: f.Value("members_only") == "true", invites: f.Value("invites") == "true",
	}
	r.most, _ = strconv.Atoi(f.Value("max_users"))
	if r.most == 0 {
		r.most = s.most
	}
	r.created, _ = time.Parse(time.RFC3339, f.Value("created"))
	for _, l := range []struct {
		name string
		to   *[]jid.JID
	}{{"owners", &r.owners}, {"admins", &r.members}, {"members", &r.members}, {"outcasts", &r.outcasts}} {
		for _, v := range f.Values(l.name) {
			if j, err := jid.Parse(v); err == nil {
				*l.to = append(*l.to, j)
			}
		}
	}
	return r, nil
}

// affiliations are the people of a room as answers show them, owners last.
func (c *call) affiliations(ctx context.Context, r *room) ([]object, error) {
	list := []object{}
	for _, part := range []struct {
		word   string
		people []jid.JID
	}{{"member", r.members}, {"owner", r.owners}} {
		named, err := c.spelled(ctx, part.people)
		if err != nil {
			return nil, err
		}
		for _, name := range named {
			list = append(list, object{{part.word, name}})
		}
	}
	return list, nil
}

// addRoom is POST /chatgroups and /chatrooms.
func (c *call) addRoom(s sort) (any, error) {
	ctx := c.r.Context()
	o, err := c.object()
	if err != nil {
		return nil, err
	}
	settings, _, err := roomSettings(s, o, true)
	if err != nil {
		return nil, err
	}
	name, there, err := text(o, "owner")
	switch {
	case err != nil:
		return nil, err
	case !there:
		return nil, errIllegal("owner is required")
	}
	owner, err := c.find(ctx, name, errNobody(name))
	if err != nil {
		return nil, err
	}
	var members []string
	if list, ok := o["members"].([]any); ok {
		if members, err = names(map[string]any{"usernames": list}); err != nil {
			return nil, err
		}
	} else if o["members"] != nil {
		return nil, errIllegal("members is not a list of strings")
	}
	if len(members) > maxAsked {
		return nil, errIllegal(fmt.Sprintf("at most %d members are named at once", maxAsked))
	}
	people, err := c.everybody(ctx, members)
	if err != nil {
		return nil, err
	}
	settings = append(settings, field("owner", owner.JID.String()), field(roomPersistent, "1"))
	id := ""
	for range 5 {
		id = s.fresh()
		at, _ := c.roomAt(id) // a number is an address
		_, err = c.onRoom(ctx, nodeRoomAdd, at, settings...)
		var told *stanza.Error
		if !errors.As(err, &told) || told.Condition != stanza.Conflict {
			break
		}
	}
	if err != nil {
		return nil, full(err)
	}
	var list []string
	for i := range people {
		if people[i].JID != owner.JID {
			list = append(list, people[i].JID.String())
		}
	}
	if list != nil {
		at, _ := c.roomAt(id)
		if _, err := c.onRoom(ctx, nodeRoomEdit, at, field("members", list...)); err != nil {
			// A room is made with its members or not at all, also for a client that has gone.
			if _, undo := c.onRoom(context.WithoutCancel(ctx), nodeRoomDelete, at); undo != nil {
				c.h.cfg.Logger.Error("a room is left without its members", slog.String("room", at.String()), slog.Any("err", undo))
			}
			return nil, full(err)
		}
	}
	return c.wrote("post", reply{path: "/" + s.word, data: object{{s.id, id}}}), nil
}

func errNobody(name string) *problem {
	p := errMissing()
	p.text = "username " + shortened(name) + " doesn't exist!"
	return p
}

// everybody finds users, all of whom have to be there.
func (c *call) everybody(ctx context.Context, names []string) ([]user, error) {
	list := make([]user, 0, len(names))
	for _, name := range names {
		u, err := c.find(ctx, name, errNobody(name))
		if err != nil {
			return nil, err
		}
		list = append(list, *u)
	}
	return list, nil
}

// roomSettings reads settings, as fields of XEP-0045 and as the answer that names them.
func roomSettings(s sort, o map[string]any, whole bool) (fields []form.Field, done object, err error) {
	for _, t := range []struct{ member, field, told string }{
		{s.name, roomName, "groupname"}, {"desc", roomDescription, "description"}, {"description", roomDescription, "description"},
	} {
		v, there, err := text(o, t.member)
		switch {
		case err != nil:
			return nil, nil, err
		case longer(v, 512), !isPlain(strings.ReplaceAll(v, "\n", "")):
			return nil, nil, errIllegal(t.member + " is too long, or is no text")
		case there && v != "":
			fields, done = append(fields, field(t.field, v)), append(done, member{t.told, true})
		case t.member == s.name && whole:
			return nil, nil, errIllegal(s.name + " is required")
		}
	}
	defaults := map[string]bool{"public": true, "membersonly": s.odd}
	for _, t := range []struct{ member, field string }{
		{"public", roomPublic}, {"membersonly", roomMembersOnly}, {"approval", roomMembersOnly}, {"members_only", roomMembersOnly}, {"allowinvites", roomInvites},
	} {
		v, there := o[t.member]
		is, known := defaults[t.member]
		if there && v != nil {
			if is, err = boolean(t.member, v); err != nil {
				return nil, nil, err
			}
		} else if !whole || !known {
			continue
		}
		fields, done = append(fields, field(t.field, oneOrZero(is))), append(done, member{t.member, true})
	}
	if v, there := o["maxusers"]; there && v != nil {
		n, err := smallInt("maxusers", v, 100_000)
		if err != nil || n == 0 {
			return nil, nil, errIllegal("maxusers is not a number")
		}
		fields, done = append(fields, field(roomMost, strconv.Itoa(n))), append(done, member{"maxusers", true})
	}
	return fields, done, nil
}

func oneOrZero(is bool) string {
	if is {
		return "1"
	}
	return "0"
}

// changeRoom is PUT /chatgroups/{id} and /chatrooms/{id}: only what is sent changes, and is
// answered.
func (c *call) changeRoom(s sort) (any, error) {
	ctx := c.r.Context()
	r, err := c.room(ctx, s, c.vars["room"])
	if err != nil {
		return nil, err
	}
	o, err := c.object()
	if err != nil {
		return nil, err
	}
	if name, there, err := text(o, "newowner"); err != nil || there {
		if err != nil {
			return nil, err
		}
		owner, err := c.find(ctx, name, errNobody(name))
		if err != nil {
			return nil, err
		}
		var before []string
		for _, j := range r.owners {
			if j != owner.JID {
				before = append(before, j.String())
			}
		}
		if _, err := c.onRoom(ctx, nodeRoomEdit, r.jid, field("owners", owner.JID.String()), field("members", before...)); err != nil {
			return nil, err
		}
		return c.wrote("put", reply{path: "/" + s.word, data: object{{"newowner", true}}}), nil
	}
	fields, done, err := roomSettings(s, o, false)
	switch {
	case err != nil:
		return nil, err
	case len(fields) == 0:
		return nil, errIllegal("nothing is to be changed")
	}
	if _, err := c.onRoom(ctx, nodeRoomEdit, r.jid, fields...); err != nil {
		return nil, full(err)
	}
	return c.wrote("put", reply{path: "/" + s.word, data: done}), nil
}

// removeRoom is DELETE /chatgroups/{id} and /chatrooms/{id}.
func (c *call) removeRoom(s sort) (any, error) {
	ctx := c.r.Context()
	r, err := c.room(ctx, s, c.vars["room"])
	if err != nil {
		return nil, err
	}
	if _, err := c.onRoom(ctx, nodeRoomDelete, r.jid); err != nil {
		return nil, err
	}
	return c.wrote("delete", reply{path: "/" + s.word, data: object{{"success", true}, {s.id, r.jid.Local()}}}), nil
}
