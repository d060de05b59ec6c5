package webim

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"causeway/bridge"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// enterRooms enters the rooms on the list, all at once, so that one that is slow does not
// hold up the others.
func (p *person) enterRooms(ctx context.Context) {
	p.mu.Lock()
	list := make(map[jid.JID]string) // their names
	for j, r := range p.rooms {
		if !p.blocked[j] {
			list[j] = r.name
		}
	}
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	var all sync.WaitGroup
	for j, name := range list {
		all.Go(func() { // ends with ctx
			if _, err := p.enterAs(ctx, j, name, nil); err != nil {
				p.hall.log.Debug("a room could not be entered", slog.String("room", j.String()), slog.Any("err", err))
			}
		})
	}
	all.Wait()
}

// roomList gives the rooms of the person, or those of them that were named.
func (p *person) roomList(named []jid.JID) []roomInfo {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := []roomInfo{}
	for j, r := range p.rooms {
		if named == nil || slices.Contains(named, j) {
			list = append(list, p.infoOf(r))
		}
	}
	slices.SortFunc(list, func(a, b roomInfo) int { return cmp.Or(cmp.Compare(a.Nick, b.Nick), cmp.Compare(a.ID, b.ID)) })
	return list
}

func (p *person) addRoomHistories(ctx context.Context, list []roomInfo, open []jid.JID, left *allowance) error {
	n := 0
	for i := range list {
		j, err := p.chat(list[i].ID)
		if err != nil || !slices.Contains(open, j) || n >= maxHistories || *left == 0 {
			continue
		}
		n++
		items, err := p.roomHistory(ctx, j)
		if err != nil {
			return err
		}
		list[i].History = left.give(items)
	}
	return nil
}

// roomHistory gives the end of what was said in a room, as its archive has it (XEP-0313).
// A room that does not let the person read has none.
func (p *person) roomHistory(ctx context.Context, j jid.JID) ([]logItem, error) {
	list := []logItem{}
	p.mu.Lock()
	r := p.rooms[j]
	if r == nil {
		r = &room{jid: j}
	}
	q := archiveQuery{max: historyPage, backward: true, start: r.cleared}
	p.mu.Unlock()
	results, _, err := p.archive(ctx, j, q)
	var told *stanza.Error
	if errors.As(err, &told) {
		return list, nil
	}
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range results {
		if item, ok := p.groupItem(r, m.message, m.at); ok {
			list = append(list, item)
		}
	}
	return ending(list), nil
}

// clearRoom lets the person's own view of a room begin now.
func (p *person) clearRoom(ctx context.Context, j jid.JID) error {
	p.mu.Lock()
	r := p.rooms[j]
	if r != nil {
		r.cleared = time.Now()
	}
	p.mu.Unlock()
	if r == nil {
		return errNoRoom
	}
	return p.bookmark(ctx, r)
}

// rooms is GET webim/rooms (webim #rooms).
func (h *Handler) rooms(ctx context.Context, c *call) (any, error) {
	var list []roomInfo
	err := h.as(ctx, c, func(p *person) error {
		var named []jid.JID
		if c.params["ids"] != "" {
			named = append([]jid.JID{}, p.chats(c.params["ids"])...)
		}
		list = p.roomList(named)
		return nil
	})
	return list, err
}

// inRoom gives the person and the room of a call.
func (h *Handler) inRoom(c *call) (*person, jid.JID, error) {
	if c.tab == nil {
		return nil, jid.JID{}, bridge.Wrong(http.StatusForbidden, "no such ticket")
	}
	j, err := c.site.chat(c.params["id"])
	if err != nil {
		return nil, j, errID()
	}
	return c.tab.person, j, nil
}

// join is POST webim/join (webim #join). A room that is not there is made, and is gone with
// its last occupant (wire §5).
func (h *Handler) join(ctx context.Context, c *call) (any, error) {
	p, j, err := h.inRoom(c)
	if err != nil {
		return nil, err
	}
	r, err := h.comeIn(ctx, c, p, j)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.infoOf(r), nil
}

// comeIn enters a room and puts it on the list. Who is invisible is only put there: in the
// room everybody would see them, and they enter it when they can be seen.
func (h *Handler) comeIn(ctx context.Context, c *call, p *person, j jid.JID) (*room, error) {
	p.mu.Lock()
	if p.rooms[j] == nil && len(p.rooms) >= maxRooms {
		p.mu.Unlock()
		return nil, stanza.ResourceConstraint.Err("too many rooms")
	}
	r := p.get(j)
	fresh := r.name == "" && !r.inside
	delete(p.blocked, j)
	unseen := p.show == showInvisible
	p.mu.Unlock()
	name := cut(unescape(c.params["nick"]), maxNick)
	if name == "undefined" {
		name = ""
	}
	created := false
	if !unseen {
		h.trace(c, p.roomPresence(r, stanza.Available, []byte("<x xmlns='"+nsRoom+"'/>")))
		var err error
		if created, err = p.enterAs(ctx, j, name, []byte(wordJoin)); err != nil {
			p.mu.Lock()
			if fresh && !created {
				delete(p.rooms, j)
			}
			p.mu.Unlock()
			return nil, err
		}
	}
	p.mu.Lock()
	r.temporary = r.temporary || created
	if r.name == "" {
		r.name = name
	}
	p.mu.Unlock()
	return r, p.bookmark(ctx, r)
}

// enterAs enters a room, which is opened under a name if nobody has made it before.
func (p *person) enterAs(ctx context.Context, j jid.JID, name string, word []byte) (created bool, err error) {
	if created, err = p.enter(ctx, j, word); err == nil && created {
		err = p.configure(ctx, j, name)
	}
	return created, err
}

// configure opens a room that was made by entering it (XEP-0045 #createroom): with a name,
// or as rooms are by default.
func (p *person) configure(ctx context.Context, j jid.JID, name string) error {
	// Its people know each other: by the ids that they have everywhere else.
	f := form.New(form.Submit, nsRoom+"#roomconfig", form.Field{Var: "muc#roomconfig_whois", Values: []string{"anyone"}})
	if name != "" {
		f.Fields = append(f.Fields, form.Field{Var: "muc#roomconfig_roomname", Values: []string{name}})
	}
	payload := append(f.Append([]byte("<query xmlns='"+nsRoomOwner+"'>")), "</query>"...)
	_, err := p.line.Ask(ctx, j, stanza.Set, payload, nil)
	return err
}

// leave is POST webim/leave (webim #leave): the person goes, and the room off its list. A
// room that it had blocked stays for the others as it is.
func (h *Handler) leave(ctx context.Context, c *call) (any, error) {
	p, j, err := h.inRoom(c)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	r := p.rooms[j]
	p.mu.Unlock()
	if r == nil {
		return ok, nil
	}
	h.trace(c, p.roomPresence(r, stanza.Unavailable, nil))
	if err := p.exit(ctx, r, []byte(wordLeave)); err != nil {
		return nil, err
	}
	p.mu.Lock()
	delete(p.rooms, j)
	delete(p.blocked, j)
	p.mu.Unlock()
	return ok, p.unbookmark(ctx, j)
}

// block is POST webim/block: nothing of the room comes any more, which stays on the list
// (wire §5). Its occupants see the person go.
func (h *Handler) block(ctx context.Context, c *call) (any, error) {
	p, j, err := h.inRoom(c)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	r := p.rooms[j]
	if r != nil {
		p.blocked[j] = true
	}
	p.mu.Unlock()
	if r == nil {
		return nil, errNoRoom
	}
	if err := p.bookmark(ctx, r); err != nil {
		return nil, err
	}
	return ok, p.exit(ctx, r, nil)
}

// unblock is POST webim/unblock.
func (h *Handler) unblock(ctx context.Context, c *call) (any, error) {
	p, j, err := h.inRoom(c)
	if err != nil {
		return nil, err
	}
	if _, err := h.comeIn(ctx, c, p, j); err != nil {
		return nil, err
	}
	return ok, nil
}

// members is GET webim/members (webim #members): who is in the room.
func (h *Handler) members(_ context.Context, c *call) (any, error) {
	p, j, err := h.inRoom(c)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if r := p.rooms[j]; r != nil {
		return p.membersOf(r), nil
	}
	return []memberInfo{}, nil
}

// invite is POST webim/invite (wire §5): the room is made if need be, and each of the
// members is invited by it (XEP-0045 #invite-mediated).
func (h *Handler) invite(ctx context.Context, c *call) (any, error) {
	p, j, err := h.inRoom(c)
	if err != nil {
		return nil, err
	}
	r, err := h.comeIn(ctx, c, p, j)
	if err != nil {
		return nil, err
	}
	for _, to := range p.people(c.params["members"]) {
		if to.IsFull() || to == p.account {
			continue
		}
		x := stanza.AppendAttr([]byte("<x xmlns='"+nsRoomUser+"'><invite"), "to", to.String())
		st := stanza.New(stanza.Message, stanza.Normal, rand.Text(), jid.JID{}, j, append(x, "/></x>"...))
		h.trace(c, st)
		if err := p.line.Send(ctx, st); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.infoOf(r), nil
}

// sendGroup sends a message to a room, and returns when the room has sent it back: by then
// it has kept it, or said why not.
func (h *Handler) sendGroup(ctx context.Context, c *call, body string) error {
	p := c.tab.person
	j, err := c.site.chat(c.params["to"])
	if err != nil {
		return errID()
	}
	st := newMessage(stanza.Groupchat, rand.Text(), j, body, cleanStyle(c.params["style"]))
	h.trace(c, st)
	e := echo{id: st.ID(), tab: c.tab, back: make(chan error, 1)}
	p.mu.Lock()
	p.sent = append(p.sent, e)
	p.mu.Unlock()
	defer p.unsent(e.id)
	if err := p.line.Send(ctx, st); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, roomTime)
	defer cancel()
	select {
	case err := <-e.back:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// unsent forgets a message to a room.
func (p *person) unsent(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = slices.DeleteFunc(p.sent, func(e echo) bool { return e.id == id })
}
