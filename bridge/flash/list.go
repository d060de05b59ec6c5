package flash

import (
	"context"
	"strconv"
	"strings"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// mostUsers is how many people one answer of the server names.
const mostUsers = 1000

// listRooms gives the rooms of the host, hidden ones too; list names those that are wanted,
// by their numbers with commas between. The attributes are those that sites know from
// rooms.xml (wire §2).
func (s *Server) listRooms(ctx context.Context, c *call) error {
	wanted, err := numbersOf(c)
	if err != nil {
		return err
	}
	list, err := s.cfg.Rooms.List(ctx, c.host.Domain())
	if err != nil {
		return err
	}
	for _, n := range list {
		if wanted != nil && !wanted[n.Number] {
			continue
		}
		r, ok, err := s.cfg.Rooms.Show(ctx, n.JID)
		if err != nil {
			return err
		}
		if ok {
			c.reply.children = append(c.reply.children, row{"room", s.roomAttrs(n.Number, &r)})
		}
	}
	return nil
}

// numbersOf reads which rooms are wanted; nil is all.
func numbersOf(c *call) (map[int]bool, error) {
	if !c.has("listrooms") {
		return nil, nil
	}
	wanted := make(map[int]bool)
	for text := range strings.SplitSeq(c.attrs["listrooms"], ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return nil, bad("listrooms")
		}
		wanted[n] = true
	}
	return wanted, nil
}

// roomAttrs is what a room shows to sites. Whether it has a password is no secret, which
// password is.
func (s *Server) roomAttrs(number int, r *Room) [][2]string {
	documented := s.cfg.Semantics != Product
	return [][2]string{
		{"id", strconv.Itoa(number)},
		{"name", r.Name},
		{"max", strconv.Itoa(r.Max)},
		{"desc", r.Description},
		{"count", strconv.Itoa(len(people(r.Occupants)))},
		{"owner", locals(r.Owners)},
		{"speaker", locals(r.Speakers)},
		{"wm", r.Welcome},
		{"memberonly", oneOrZero(!r.Guests)},
		{"passallmessage", oneOrZero(r.Moderated == documented)},
		{"en", oneOrZero(r.Open)},
		{"st", strconv.Itoa(r.Display)},
		{"pwd", oneOrZero(r.Password)},
	}
}

// locals are the user ids of people, with commas between.
func locals(list []jid.JID) string {
	names := make([]string, len(list))
	for i, j := range list {
		names[i] = j.Local()
	}
	return strings.Join(names, ",")
}

// people gives the occupants of a room, each person once.
func people(list []Occupant) []Occupant {
	seen := make(map[jid.JID]bool, len(list))
	var once []Occupant
	for _, o := range list {
		if !seen[o.JID] {
			seen[o.JID] = true
			once = append(once, o)
		}
	}
	return once
}

// listUsers gives who is in a room, or who is logged on (XEP-0133 #get-online-users-list).
func (s *Server) listUsers(ctx context.Context, c *call) error {
	if attr, text := c.first("room_id", "roomid", "id"); text != "" && s.cfg.Label != "" {
		room, err := s.room(ctx, c, attr)
		if err != nil {
			return err
		}
		r, ok, err := s.cfg.Rooms.Show(ctx, room)
		if err != nil || !ok {
			return cmpErr(err, &fault{code: noSuchRoom})
		}
		for _, o := range people(r.Occupants) {
			c.reply.children = append(c.reply.children, row{"user", [][2]string{{"name", userID(c.host, o.JID)}, {"nickname", o.Nick}}})
		}
		return nil
	}
	for after := ""; ; {
		f, err := s.execute(ctx, c.host, nodeOnline, field("max_items", strconv.Itoa(mostUsers)), field("x-after", after))
		if err != nil {
			return err
		}
		page := onlineOf(f)
		for _, j := range page {
			after = j.Local()
			c.reply.children = append(c.reply.children, row{"user", [][2]string{{"name", j.Local()}}})
		}
		if len(page) < mostUsers {
			return nil
		}
	}
}

func onlineOf(f *form.Form) []jid.JID {
	if f == nil {
		return nil
	}
	list, err := f.JIDs("onlineuserjids")
	if err != nil {
		return nil
	}
	return list
}

// userID is how somebody is called: people of other hosts by their address.
func userID(host, who jid.JID) string {
	if who.Domain() == host.Domain() {
		return who.Local()
	}
	return who.String()
}

// cmpErr is the first that is not nil.
func cmpErr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
