package rest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// maxHistory is how many messages a page may hold.
const maxHistory = 1000

// history is GET /chatmessages (wire part 2, item 7, the old form). Each message is there
// once; the order is that of the archives, and of time within each.
func (c *call) history(ctx context.Context) (any, error) {
	w, err := readQL(c.query.Get("ql"))
	if err != nil {
		return nil, err
	}
	at, err := readPlace(c.query.Get("cursor"))
	if err != nil {
		return nil, err
	}
	if c.h.cfg.History == nil {
		return c.read(reply{path: "/chatmessages", entities: []object{}, params: len(c.query) > 0}), nil
	}
	limit := c.limit()
	if n, err := strconv.Atoi(c.query.Get("limit")); err == nil && n > limit {
		limit = min(n, maxHistory)
	}
	list, next, more, err := c.h.cfg.History.Read(ctx, Reading{
		Host: c.app.Host, From: time.UnixMilli(w.from), Until: time.UnixMilli(w.until), LatestFirst: w.latestFirst, At: at, Max: limit,
	})
	if err != nil {
		return nil, err
	}
	r := reply{path: "/chatmessages", entities: make([]object, 0, len(list)), params: len(c.query) > 0}
	for i := range list {
		r.entities = append(r.entities, c.chatMessage(&list[i]))
	}
	if more {
		r.cursor = next.cursor()
	}
	return c.read(r), nil
}

// cursor is a Place as answers show it.
func (p *Place) cursor() string {
	plain, _ := json.Marshal(p) // a Place has nothing that could not be written
	return base64.RawURLEncoding.EncodeToString(append([]byte(cursorHead), plain...))
}

// maxPlace is the longest cursor of a history, in bytes: a localpart has 1023 (RFC 7622 §3.3).
const maxPlace = 8 << 10

func readPlace(text string) (p Place, err error) {
	if text == "" {
		return p, nil
	}
	bad := errIllegal("the cursor is not one of ours")
	if len(text) > maxPlace {
		return p, bad
	}
	plain, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	rest, ok := strings.CutPrefix(string(plain), cursorHead)
	if err != nil || !ok || json.Unmarshal([]byte(rest), &p) != nil {
		return Place{}, bad
	}
	if p.Read > 1<<62 || !p.Rooms && p.Owner != "" && !isUUID(p.Owner) {
		return Place{}, bad
	}
	return p, nil
}

// chatMessage is a message as answers and files show it.
func (c *call) chatMessage(k *Kept) object {
	from, to := c.nameAt(k.Owner), c.nameAt(k.Peer)
	kind, direction := "chat", "outgoing"
	switch {
	case k.InRoom:
		from, to = to, from
		switch {
		case k.Peer == k.Owner:
			from = "admin"
		case k.Peer.Bare() == k.Owner:
			from = k.Peer.Resource()
		}
		kind = "groupchat"
		if chatrooms.is(k.Owner.Local()) {
			kind = "chatroom"
		}
	case k.Received:
		from, to, direction = to, from, "incoming"
	}
	id, bodies, ext := contents(k.XML)
	if id == "" {
		id = strconv.FormatUint(k.ID, 10)
	}
	return object{
		{"uuid", c.pseudonym("message " + k.Owner.String() + " " + strconv.FormatUint(k.ID, 10))},
		{"type", "chatmessage"},
		{"msg_id", id},
		{"timestamp", k.At.UnixMilli()},
		{"direction", direction},
		{"from", from},
		{"to", to},
		{"chat_type", kind},
		{"payload", object{{"bodies", bodies}, {"ext", ext}, {"from", from}, {"to", to}}},
	}
}

// nameAt is a user, or a room, of the host as the API names it; who is elsewhere has an address.
func (c *call) nameAt(j jid.JID) string {
	host := c.app.Host.Domain()
	switch {
	case j == c.app.Host:
		return "admin"
	case j.Local() != "" && (j.Domain() == host || j.Domain() == c.h.cfg.Rooms+"."+host):
		return j.Local()
	}
	return j.Bare().String()
}

// contents gives what a stanza says: the JSON beside a text (XEP-0335), where there is some
// of the API's own kind, or else the text. The JSON is the sender's: only its bodies and ext
// are believed, not who it says that it is from.
func contents(xml []byte) (id string, bodies []any, ext map[string]any) {
	bodies, ext = []any{}, map[string]any{}
	st, err := stanza.Parse(xml)
	if err != nil {
		return "", bodies, ext
	}
	id = st.ID()
	if text := st.Text(nsJSON, "json"); text != "" {
		if v, err := readJSON([]byte(text)); err == nil {
			o, _ := v.(map[string]any)
			if list, ok := o["bodies"].([]any); ok {
				if e, ok := o["ext"].(map[string]any); ok {
					ext = e
				}
				return id, list, ext
			}
		}
	}
	if text := st.Text(stanza.NSClient, "body"); text != "" {
		bodies = append(bodies, map[string]any{"type": "txt", "msg": text})
	}
	return id, bodies, ext
}
