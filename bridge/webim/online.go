package webim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"causeway/bridge"
	"causeway/xmpp/jid"
)

// onlineReply is the answer of webim/online (webim #online, wire §2.1): nothing in it is ever
// missing, since the library goes wrong without it.
type onlineReply struct {
	Success    bool              `json:"success"`
	ServerTime int64             `json:"server_time"`
	User       buddyInfo         `json:"user"`
	Connection connection        `json:"connection"`
	Buddies    []buddyInfo       `json:"buddies"`
	Rooms      []roomInfo        `json:"rooms"`
	Presences  map[string]string `json:"presences"`
	New        []json.RawMessage `json:"new_messages"`
	Setting    json.RawMessage   `json:"setting"`    // ours: what webim/setting has stored
	CSRF       string            `json:"csrf_token"` // ours: for webim.csrf_token
}

// online is POST webim/online.
func (h *Handler) online(ctx context.Context, c *call) (any, error) {
	account, who, fresh, err := h.logIn(ctx, c)
	if err == nil {
		err = h.often(account)
	}
	var told *bridge.Problem
	switch {
	case errors.Is(err, errLogin):
		return refusal(notAuthorized), nil // 200: the library shows only then what is in it
	case errors.As(err, &told):
		bridge.RetryAfter(c.w, told.Wait)
		return refusal(told.Error()), nil
	case err != nil:
		return nil, err
	}
	show, status := c.params["show"], cut(c.params["status"], maxStatus)
	if _, known := ranks[show]; !known && show != showInvisible || show == "" {
		show = showAvailable
	}
	if fresh || c.cookie.account.IsZero() {
		h.welcome(c, account)
	}
	text, k := grant(h.cfg.Sealer, forTicket, account, c.cookie.id)
	var t *tab
	for try := 0; t == nil; try++ {
		p, err := h.hall.enter(ctx, account, IsVisitor(account), show, status, who)
		if err != nil {
			return nil, err
		}
		if admitted, ok := h.hall.admit(p, k.id); ok {
			t = admitted
		} else if try == 3 {
			return nil, bridge.Wrong(http.StatusServiceUnavailable, "try again")
		}
	}
	c.account, c.tab = account, t
	return h.onlineReply(ctx, c, text, show)
}

func (h *Handler) onlineReply(ctx context.Context, c *call, ticket, show string) (any, error) {
	p := c.tab.person
	if err := p.setShow(ctx, show); err != nil { // another tab may have said otherwise
		return nil, err
	}
	p.mu.Lock()
	waiting := p.hand(c.tab)
	p.mu.Unlock()

	reply := onlineReply{
		Success: true, ServerTime: millis(time.Now()), Connection: h.connection(c, ticket), CSRF: h.formToken(c.cookie),
		Buddies: []buddyInfo{}, Presences: make(map[string]string), New: []json.RawMessage{}, Setting: json.RawMessage("{}"),
	}
	seen := make(map[string]bool) // in the archive, and told as new
	senders := make([]jid.JID, 0, len(waiting))
	for _, k := range waiting {
		reply.New = append(reply.New, k.json)
		seen[k.place] = k.place != ""
		if j, err := p.person(k.from); err == nil {
			senders = append(senders, j)
		}
	}
	open := p.people(c.params["buddy_ids"])
	named := slices.Concat(open, p.people(c.params["chatlink_ids"]), senders)
	reply.Buddies = p.buddyList(named)
	for i := range reply.Buddies {
		b := &reply.Buddies[i]
		if b.Presence == online {
			reply.Presences[b.ID] = b.Show
		}
	}
	left := allowance(maxHistory)
	if err := p.addHistories(ctx, reply.Buddies, open, seen, &left); err != nil {
		return nil, err
	}
	reply.Rooms = p.roomList(nil)
	if err := p.addRoomHistories(ctx, reply.Rooms, p.chats(c.params["room_ids"]), &left); err != nil {
		return nil, err
	}
	if setting, err := h.readSetting(ctx, p.account); err == nil && setting != "" {
		reply.Setting = json.RawMessage(setting)
	}
	p.mu.Lock()
	reply.User = p.self()
	p.mu.Unlock()
	return reply, nil
}

// self is what a page is told of the person itself. The lock is held.
func (p *person) self() buddyInfo {
	u := p.info(p.account)
	u.Nick, u.Group, u.Show, u.Status, u.Presence = escape(p.who.nick), "", p.show, escape(p.status), online
	if pic := safePath(p.who.picture); pic != "" {
		u.PicURL, u.Avatar = pic, pic
	}
	u.URL = safePath(p.who.url)
	return u
}

// safePath gives a link or a path that can stand in a page, "" if it is none.
func safePath(url string) string {
	if strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "//") {
		return escape(url)
	}
	return strings.TrimPrefix(safeLink(url), "#")
}

// connection tells a page where to poll. A page of another origin needs to know the host;
// whether it is reached by TLS it knows better.
func (h *Handler) connection(c *call, ticket string) connection {
	n := connection{Domain: c.tab.person.host, Ticket: ticket, Server: h.cfg.Server}
	if n.Server == "" {
		n.Server = Packets
		if c.callback != "" || c.r.Header.Get("Origin") != "" && bridge.Foreign(c.r, nil) {
			n.Server = "//" + c.r.Host + Packets
		}
	}
	if h.cfg.Socket {
		scheme := "ws://"
		if bridge.Secure(c.r) {
			scheme = "wss://"
		}
		n.WebSocket = scheme + c.r.Host + Packets + "/ws"
	}
	return n
}
