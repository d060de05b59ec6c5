package rest

import (
	"context"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	nsItems = "http://jabber.org/protocol/disco#items" // XEP-0030
	nsPages = "http://jabber.org/protocol/rsm"         // XEP-0059
)

// listRooms is GET /chatgroups and /chatrooms: in the order in which they were made. A user
// gets those that XMPP would show him.
func (c *call) listRooms(s sort) (any, error) {
	ctx := c.r.Context()
	w, err := c.window(s)
	if err != nil {
		return nil, err
	}
	page := c.allRooms
	if !c.grant.User.IsZero() {
		page = c.publicRooms
	}
	for last, more := w.after, true; more; {
		found, err := page(ctx, last)
		if err != nil {
			return nil, err
		}
		for _, r := range found {
			if last = r.jid.Local(); s.is(last) {
				w.see(s, last, r.name)
			}
		}
		more = len(found) > 0 && w.cursor == ""
	}
	return c.listed(w.found, w.cursor), nil
}

// allRooms gives some rooms of the host behind one, hidden ones too.
func (c *call) allRooms(ctx context.Context, after string) ([]room, error) {
	f, err := c.run(ctx, nodeRooms, form.New(form.Submit, nodeRooms, field("x-after", after)))
	if err != nil {
		return nil, err
	}
	var list []room
	for _, item := range f.Items {
		cells := make(map[string]string)
		for _, cell := range item.Fields {
			cells[cell.Var] = strings.Join(cell.Values, "\n")
		}
		at, err := jid.Parse(cells["room"])
		if err != nil {
			return nil, err
		}
		list = append(list, room{jid: at, name: cells["name"]})
	}
	return list, nil
}

// publicRooms gives some rooms behind one that everybody may know of (XEP-0045 #disco-rooms).
func (c *call) publicRooms(ctx context.Context, after string) ([]room, error) {
	service, err := jid.New("", c.h.cfg.Rooms+"."+c.app.Host.Domain(), "")
	if err != nil {
		return nil, err
	}
	b := []byte("<query xmlns='" + nsItems + "'>")
	if after != "" {
		b = stanza.AppendText(append(b, "<set xmlns='"+nsPages+"'><after>"...), after+"@"+service.Domain())
		b = append(b, "</after></set>"...)
	}
	answer, err := c.h.cfg.Port.Ask(ctx, c.grant.User, service, stanza.Get, append(b, "</query>"...))
	if err != nil {
		return nil, err
	}
	var told struct {
		Items []struct {
			JID  jid.JID `xml:"jid,attr"`
			Name string  `xml:"name,attr"`
		} `xml:"item"`
	}
	if err := answer.Decode(&told); err != nil {
		return nil, err
	}
	list := make([]room, len(told.Items))
	for i, item := range told.Items {
		list[i] = room{jid: item.JID, name: item.Name}
	}
	return list, nil
}

// A window is a part of a list of rooms.
type window struct {
	limit, skip int
	after       string // the number of the last one before
	found       []object
	cursor      string // where the next window begins, "" while there is none
}

// window reads which part of a list is wanted: by limit and cursor, or by pagenum and
// pagesize (the web SDK).
func (c *call) window(s sort) (*window, error) {
	w := &window{limit: c.limit(), found: []object{}}
	if n, err := strconv.Atoi(c.query.Get("pagesize")); err == nil && n > 0 && c.query.Get("limit") == "" {
		w.limit = min(n, maxPage)
	}
	if n, err := strconv.Atoi(c.query.Get("pagenum")); err == nil && n > 1 && n < 1_000_000 {
		w.skip = (n - 1) * w.limit
	}
	if text := c.query.Get("cursor"); text != "" {
		plain, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || !s.is(string(plain)) {
			return nil, errIllegal("the cursor is not one of ours")
		}
		w.after = string(plain)
	}
	return w, nil
}

// see takes the next room of the list.
func (w *window) see(s sort, id, name string) {
	switch {
	case w.cursor != "":
	case w.skip > 0:
		w.skip--
	case len(w.found) == w.limit:
		w.cursor = base64.RawURLEncoding.EncodeToString([]byte(w.after))
	default:
		w.found, w.after = append(w.found, object{{s.id, id}, {s.name, name}}), id
	}
}

// listed is the envelope of lists of rooms.
func (c *call) listed(data []object, cursor string) object {
	o := c.told(data, len(data))
	return append(o, member{"cursor", maybe(cursor)}, member{"params", c.params()})
}

// belongs reports whether who calls may know all of a room: the app, and the people of the
// room. To other users a room that is not public is none (XEP-0045 #enter-hidden).
func (c *call) belongs(r *room) bool {
	u := c.grant.User
	return u.IsZero() || slices.Contains(r.owners, u) || slices.Contains(r.members, u)
}

// showRooms is GET /chatgroups/{id,id} and /chatrooms/{id}.
func (c *call) showRooms(s sort) (any, error) {
	ctx := c.r.Context()
	ids := strings.Split(c.vars["room"], ",")
	if len(ids) > maxPage {
		return nil, errIllegal("too many at once")
	}
	data := []object{}
	for _, id := range ids {
		r, err := c.room(ctx, s, id)
		if err != nil {
			return nil, err
		}
		belongs := c.belongs(r)
		if !belongs && !r.public {
			return nil, errNoGroup(id)
		}
		people, err := c.affiliations(ctx, r)
		if err != nil {
			return nil, err
		}
		count := len(people)
		if !belongs {
			people = []object{}
		}
		data = append(data, object{
			{"id", id},
			{"name", r.name},
			{"description", r.description},
			{"public", r.public},
			{"membersonly", r.membersOnly},
			{"allowinvites", r.invites},
			{"maxusers", r.most},
			{"created", r.created.UnixMilli()},
			{"affiliations_count", count},
			{"affiliations", people},
		})
	}
	return c.told(data, len(data)), nil
}
