package rest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// What one message may be (wire part 2, item 2).
const (
	maxMessage = 5 << 10 // bytes of the request, apart from its list of targets
	maxTargets = 600
	sendAtOnce = 16
)

// Namespaces of what messages hold.
const (
	nsJSON     = "urn:xmpp:json:0"          // XEP-0335
	nsOOB      = "jabber:x:oob"             // XEP-0066
	nsHints    = "urn:xmpp:hints"           // XEP-0334
	nsOriginID = "urn:xmpp:sid:0"           // XEP-0359
	nsRooms    = "urn:causeway:rooms-admin" // doc/namespaces.md
)

// A letter is a message that is to be sent.
type letter struct {
	from      string // "admin" unless somebody is named
	targets   []string
	kind      string // users, chatgroups or chatrooms
	payload   []byte // the elements of the message, apart from its ids
	transient bool   // nothing is stored
}

// messages is POST /messages, the older form: one target_type for all targets, and whether
// they got it.
func (c *call) messages(ctx context.Context) (any, error) {
	o, err := c.messageBody()
	if err != nil {
		return nil, err
	}
	l := &letter{}
	if l.kind, _, err = text(o, "target_type"); err != nil {
		return nil, err
	}
	if err := l.read(o, "target", "msg"); err != nil {
		return nil, err
	}
	return c.send(ctx, l, func(string) string { return "success" })
}

// messagesTo is POST /messages/users, /chatgroups and /chatrooms, the newer form, which is
// answered with the id of each message.
func (c *call) messagesTo(ctx context.Context) (any, error) {
	o, err := c.messageBody()
	if err != nil {
		return nil, err
	}
	l := &letter{kind: c.vars["kind"]}
	route, _, err := text(o, "routetype")
	if err != nil {
		return nil, err
	}
	l.transient = route == "ROUTE_ONLINE"
	kind, _, err := text(o, "type")
	if err != nil {
		return nil, err
	}
	body, ok := o["body"].(map[string]any)
	if !ok {
		return nil, errIllegal("body is not an object")
	}
	body["type"] = kind
	if err := l.read(o, "to", "body"); err != nil {
		return nil, err
	}
	return c.send(ctx, l, func(id string) string { return id })
}

func (c *call) messageBody() (map[string]any, error) {
	// The list of targets may be long; the limit is for the rest, but one is easier to say.
	v, err := c.readBody(maxMessage+maxTargets*(maxUsername+3), false)
	if err != nil {
		return nil, err
	}
	o, ok := v.(map[string]any)
	if !ok {
		return nil, errIllegal("a JSON object is expected")
	}
	rest := make(map[string]any, len(o))
	for name, value := range o {
		if name != "target" && name != "to" {
			rest[name] = value
		}
	}
	var plain bytes.Buffer
	e := json.NewEncoder(&plain)
	e.SetEscapeHTML(false) // what the client wrote as one character counts as one
	if err := e.Encode(rest); err != nil {
		return nil, err
	}
	if plain.Len() > maxMessage {
		return nil, errWeb(413, "Request Entity Too Large")
	}
	return o, nil
}

// read reads what both forms have.
func (l *letter) read(o map[string]any, to, body string) error {
	switch l.kind {
	case "users", "chatgroups", "chatrooms":
	default:
		return errIllegal("target_type is none of users, chatgroups and chatrooms")
	}
	from, there, err := text(o, "from")
	switch {
	case err != nil:
		return err
	case !there:
		from = "admin"
	case from == "":
		return errIllegal("from is empty")
	}
	l.from = from
	list, ok := o[to].([]any)
	if !ok || len(list) == 0 || len(list) > maxTargets {
		return errIllegal(fmt.Sprintf("%s is a list of up to %d names", to, maxTargets))
	}
	seen := make(map[string]bool, len(list))
	for _, v := range list {
		name, ok := v.(string)
		if !ok {
			return errIllegal(to + " is not a list of strings")
		}
		if !seen[name] {
			seen[name] = true
			l.targets = append(l.targets, name)
		}
	}
	msg, ok := o[body].(map[string]any)
	if !ok {
		return errIllegal(body + " is not an object")
	}
	ext, _ := o["ext"].(map[string]any)
	if l.payload, err = compose(from, msg, ext); err != nil {
		return err
	}
	if l.transient {
		l.payload = append(l.payload, "<no-store xmlns='"+nsHints+"'/>"...)
	}
	return nil
}

// compose makes the elements of a message: what people read, and beside it the whole as
// JSON (XEP-0335), for clients of the API's own kind.
func compose(from string, msg, ext map[string]any) ([]byte, error) {
	kind, _, err := text(msg, "type")
	if err != nil {
		return nil, err
	}
	body, url, err := readable(kind, msg)
	if err != nil {
		return nil, err
	}
	var b []byte
	if body != "" {
		b = append(stanza.AppendText([]byte("<body>"), body), "</body>"...)
	}
	if url != "" {
		b = append(stanza.AppendText(append(b, "<x xmlns='"+nsOOB+"'><url>"...), url), "</url></x>"...)
	}
	whole := map[string]any{"from": from, "bodies": []any{msg}}
	if ext != nil {
		whole["ext"] = ext
	}
	plain, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	b = append(b, "<json xmlns='"+nsJSON+"'>"...)
	return append(stanza.AppendText(b, string(plain)), "</json>"...), nil
}

// readable gives what a client of XMPP shows of a message, and the URL of its file.
func readable(kind string, msg map[string]any) (body, url string, err error) {
	get := func(name string) string { s, _ := msg[name].(string); return s }
	switch kind {
	case "txt":
		if body = get("msg"); body == "" {
			return "", "", errIllegal("msg is empty")
		}
	case "img", "audio", "video", "file":
		if url = get("url"); url == "" {
			return "", "", errIllegal("url is required")
		}
		body = url // XEP-0066 #jabber-x-oob with the body that clients want to be the same
	case "loc":
		lat, ok := degrees(msg["lat"], 90)
		if !ok {
			return "", "", errIllegal("lat is not a number of degrees")
		}
		lng, ok := degrees(msg["lng"], 180)
		if !ok {
			return "", "", errIllegal("lng is not a number of degrees")
		}
		body = strings.TrimSpace(get("addr") + " geo:" + lat + "," + lng) // RFC 5870
	case "cmd", "custom":
	default:
		return "", "", errIllegal("type is none of txt, img, audio, video, file, loc, cmd and custom")
	}
	return body, url, nil
}

// degrees reads a coordinate, which may be written as text (RFC 5870 §3.4.2).
func degrees(v any, most float64) (text string, ok bool) {
	switch v := v.(type) {
	case json.Number:
		text = v.String()
	case string:
		text = v
	}
	n, err := strconv.ParseFloat(text, 64)
	return text, err == nil && json.Valid([]byte(text)) && -most <= n && n <= most
}

// A delivery is a letter on its way to one target.
type delivery struct {
	to  jid.JID // zero if there is no such user or room
	id  string
	err error
}

// send sends a letter to all its targets, and tells for each by say what came of it. When it
// returns, all that is to be kept is on the disk.
func (c *call) send(ctx context.Context, l *letter, say func(id string) string) (any, error) {
	from, err := c.sender(ctx, l.from)
	if err != nil {
		return nil, err
	}
	all, byTarget, err := c.deliveries(ctx, l)
	if err != nil {
		return nil, err
	}
	var wait sync.WaitGroup
	slots := make(chan struct{}, sendAtOnce)
	for _, d := range all {
		slots <- struct{}{}
		wait.Go(func() { // ends when its message is kept; all are waited for
			defer func() { <-slots }()
			d.err = c.deliver(ctx, l, from, d)
		})
	}
	wait.Wait()
	gone := slices.ContainsFunc(all, func(d *delivery) bool { return d.err == nil && !d.to.IsZero() })
	data := object{}
	for i, name := range l.targets {
		d := byTarget[i]
		var told *stanza.Error
		switch {
		case d.err == nil:
			data = append(data, member{name, say(d.id)})
		case errors.As(d.err, &told) && told.Condition != stanza.ResourceConstraint:
			data = append(data, member{name, "failed, reason: " + told.Error()})
		case gone:
			// Others have it: if all were refused the client would send it to them once more.
			c.h.cfg.Logger.Error("a letter was not delivered", slog.Any("err", d.err))
			data = append(data, member{name, "failed, reason: " + string(stanza.InternalServerError)})
		default:
			return nil, d.err
		}
	}
	return c.wrote("post", reply{path: "/messages", data: data}), nil
}

// deliveries makes one delivery for each user or room that a letter is to, also if it is named
// twice, and gives which of them is that of each target. That there is such a user is not
// checked (wire part 2, item 2), but nobody else gets it.
func (c *call) deliveries(ctx context.Context, l *letter) (all, byTarget []*delivery, err error) {
	known := make(map[string]jid.JID) // by UUID, and address
	if l.kind == "users" {
		found, err := c.users(ctx, l.targets...)
		if err != nil {
			return nil, nil, err
		}
		for i := range found {
			known[found[i].ID], known[found[i].JID.String()] = found[i].JID, found[i].JID
		}
	}
	made := make(map[jid.JID]*delivery)
	for _, name := range l.targets {
		to := jid.JID{}
		if l.kind == "users" {
			to = known[c.nameKey(name)]
		} else if room, ok := c.roomAt(name); ok {
			to = room
		}
		d := made[to]
		if d == nil || to.IsZero() {
			d = &delivery{to: to, id: messageID()}
			made[to] = d
			all = append(all, d)
		}
		byTarget = append(byTarget, d)
	}
	return all, byTarget, nil
}

func (c *call) deliver(ctx context.Context, l *letter, from jid.JID, d *delivery) error {
	switch {
	case l.kind != "users":
		return c.toRoom(ctx, l, from, d)
	case d.to.IsZero():
		return nil
	}
	return c.h.cfg.Port.Send(ctx, stanza.New(stanza.Message, stanza.Chat, d.id, from, d.to, l.withID(d.id)))
}

// sender gives in whose name a letter goes: of a user, or, for "admin" without a user of
// that name, of the host itself.
func (c *call) sender(ctx context.Context, name string) (jid.JID, error) {
	u, err := c.find(ctx, name, errIllegal("from ["+shortened(name)+"] does not exist"))
	var missing *problem
	switch {
	case errors.As(err, &missing) && name == "admin":
		return c.app.Host, nil
	case err != nil:
		return jid.JID{}, err
	}
	return u.JID, nil
}

// toRoom says a letter in a room.
func (c *call) toRoom(ctx context.Context, l *letter, from jid.JID, d *delivery) error {
	if d.to.IsZero() {
		return stanza.ItemNotFound.Err("there is no such room")
	}
	b := stanza.AppendAttr([]byte("<say xmlns='"+nsRooms+"'"), "room", d.to.String())
	if from.Local() != "" {
		b = stanza.AppendAttr(b, "from", from.String())
	}
	b = stanza.AppendAttr(append(b, "><message xmlns='jabber:client' type='groupchat'"...), "id", d.id)
	b = append(append(append(b, '>'), l.withID(d.id)...), "</message></say>"...)
	_, err := c.host(ctx, stanza.Set, b)
	return err
}

func (l *letter) withID(id string) []byte {
	b := stanza.AppendAttr([]byte("<origin-id xmlns='"+nsOriginID+"'"), "id", id)
	return append(append(b, "/>"...), l.payload...)
}

// messageID makes an id of digits, as the clients of the API want it: the time, and behind
// it what no other has.
func messageID() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(1_000_000)) // crypto/rand never fails
	return fmt.Sprintf("%d%06d", time.Now().UnixMilli(), n)
}
