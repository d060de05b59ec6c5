package rest

import (
	"fmt"
	"net/http"
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// roomUsers is GET /chatgroups/{id}/users and the same of chat rooms.
func (c *call) roomUsers(s sort) (any, error) {
	ctx := c.r.Context()
	r, err := c.room(ctx, s, c.vars["room"])
	if err != nil {
		return nil, err
	}
	people, err := c.affiliations(ctx, r)
	if err != nil {
		return nil, err
	}
	return c.told(people, len(people)), nil
}

// A deed is what is done with people of a room.
type deed struct {
	word  string // "action" of the answer
	field string // the list of the command
}

var (
	enlist = deed{"add_member", "members"}
	expel  = deed{"remove_member", "none"}
	ban    = deed{"add_blocks", "outcasts"}
	pardon = deed{"remove_blocks", "none"}
)

// withPathUsers does something with the user in the path, or with several, with commas between them.
func (c *call) withPathUsers(s sort, d deed) (any, error) {
	return c.withUsers(s, d, strings.Split(c.vars["members"], ","), false)
}

// withBodyUsers does something with the users in the body.
func (c *call) withBodyUsers(s sort, d deed) (any, error) {
	o, err := c.object()
	if err != nil {
		return nil, err
	}
	list, err := names(o)
	if err != nil {
		return nil, err
	}
	return c.withUsers(s, d, list, true)
}

func (c *call) withUsers(s sort, d deed, list []string, several bool) (any, error) {
	ctx := c.r.Context()
	r, err := c.room(ctx, s, c.vars["room"])
	if err != nil {
		return nil, err
	}
	if len(list) == 0 || len(list) > maxBatch {
		return nil, errIllegal(fmt.Sprintf("name 1 to %d users", maxBatch))
	}
	people, err := c.everybody(ctx, list)
	if err != nil {
		return nil, err
	}
	var addresses, named []string
	seen := make(map[jid.JID]bool)
	for i := range people {
		for _, owner := range r.owners {
			if owner == people[i].JID {
				return nil, &problem{status: http.StatusForbidden, code: "forbidden_op", exception: illegal, text: "the owner of a group stays what he is"}
			}
		}
		if seen[people[i].JID] {
			continue
		}
		seen[people[i].JID] = true
		addresses, named = append(addresses, people[i].JID.String()), append(named, people[i].Name)
	}
	if _, err := c.onRoom(ctx, nodeRoomEdit, r.jid, field(d.field, addresses...)); err != nil {
		return nil, full(err)
	}
	id := r.jid.Local()
	one := func(name string) object {
		return object{{"result", true}, {"action", d.word}, {s.id, id}, {"user", name}}
	}
	var data any
	switch {
	case d == enlist && several:
		data = object{{"newmembers", named}, {"action", d.word}, {s.id, id}}
	case len(named) == 1 && !several:
		data = one(named[0])
	default:
		all := make([]object, len(named))
		for i, name := range named {
			all[i] = one(name)
		}
		data = all
	}
	action := strings.ToLower(c.r.Method)
	return c.wrote(action, reply{path: "/" + s.word + "/" + id, data: data}), nil
}

// roomBlocks is GET /chatgroups/{id}/blocks/users.
func (c *call) roomBlocks(s sort) (any, error) {
	ctx := c.r.Context()
	r, err := c.room(ctx, s, c.vars["room"])
	if err != nil {
		return nil, err
	}
	named, err := c.spelled(ctx, r.outcasts)
	if err != nil {
		return nil, err
	}
	return c.told(named, len(named)), nil
}

// joined is GET /users/{user}/joined_chatgroups and joined_chatrooms.
func (c *call) joined(s sort) (any, error) {
	ctx := c.r.Context()
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	b := stanza.AppendAttr([]byte("<rooms xmlns='"+nsRooms+"'"), "person", u.JID.String())
	answer, err := c.host(ctx, stanza.Get, append(b, "/>"...))
	if err != nil {
		return nil, err
	}
	var list struct {
		Rooms []struct {
			JID  jid.JID `xml:"jid,attr"`
			Name string  `xml:"name,attr"`
		} `xml:"room"`
	}
	if err := answer.Decode(&list); err != nil {
		return nil, err
	}
	data := []object{}
	for _, r := range list.Rooms {
		if s.is(r.JID.Local()) {
			data = append(data, object{{s.id, r.JID.Local()}, {s.name, r.Name}})
		}
	}
	return c.told(data, len(data)), nil
}
