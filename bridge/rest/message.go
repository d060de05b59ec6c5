package rest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
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
	plain, err := json.Marshal(rest)
	if err != nil {
		return nil, err
	}
	if len(plain) > maxMessage {
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
		number := func(name string) string {
			switch v := msg[name].(type) {
			case json.Number:
				return v.String()
			case string:
				return v
			}
			return ""
		}
		lat, lng := number("lat"), number("lng")
		if _, err := strconv.ParseFloat(lat, 64); err != nil {
			return "", "", errIllegal("lat is not a number")
		}
		if _, err := strconv.ParseFloat(lng, 64); err != nil {
			return "", "", errIllegal("lng is not a number")
		}
		body = strings.TrimSpace(get("addr") + " geo:" + lat + "," + lng) // RFC 5870
	case "cmd", "custom":
	default:
		return "", "", errIllegal("type is none of txt, img, audio, video, file, loc, cmd and custom")
	}
	return body, url, nil
}

// send sends a letter to all its targets, and tells for each by say what came of it. When it
// returns, all that is to be kept is on the disk.
func (c *call) send(ctx context.Context, l *letter, say func(id string) string) (any, error) {
	from, err := c.sender(ctx, l.from)
	if err != nil {
		return nil, err
	}
	results := make([]string, len(l.targets))
	deliver := func(i int) error {
		id := messageID()
		results[i] = say(id)
		if l.kind == "users" {
			return c.toUser(ctx, l, from, l.targets[i], id)
		}
		return c.toRoom(ctx, l, from, l.targets[i], id)
	}
	var wait sync.WaitGroup
	slots := make(chan struct{}, sendAtOnce)
	errs := make([]error, len(l.targets))
	for i := range l.targets {
		slots <- struct{}{}
		wait.Go(func() { // ends when its message is kept; all are waited for
			defer func() { <-slots }()
			errs[i] = deliver(i)
		})
	}
	wait.Wait()
	data := object{}
	for i, name := range l.targets {
		var told *stanza.Error
		switch {
		case errs[i] == nil:
		case errors.As(errs[i], &told) && told.Condition != stanza.ResourceConstraint:
			results[i] = "failed, reason: " + told.Error()
		default:
			return nil, errs[i]
		}
		data = append(data, member{name, results[i]})
	}
	return c.wrote("post", reply{path: "/messages", data: data}), nil
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

// toUser sends a letter to a user. That there is such a user is not checked (wire part 2,
// item 2), but nobody else gets it.
func (c *call) toUser(ctx context.Context, l *letter, from jid.JID, name, id string) error {
	found, err := c.users(ctx, name)
	if err != nil || len(found) == 0 {
		return err
	}
	return c.h.cfg.Port.Send(ctx, stanza.New(stanza.Message, stanza.Chat, id, from, found[0].JID, l.withID(id)))
}

// toRoom says a letter in a room.
func (c *call) toRoom(ctx context.Context, l *letter, from jid.JID, name, id string) error {
	room, ok := c.roomAt(name)
	if !ok {
		return stanza.ItemNotFound.Err("there is no such room")
	}
	b := stanza.AppendAttr([]byte("<say xmlns='"+nsRooms+"'"), "room", room.String())
	if from.Local() != "" {
		b = stanza.AppendAttr(b, "from", from.String())
	}
	b = stanza.AppendAttr(append(b, "><message xmlns='jabber:client' type='groupchat'"...), "id", id)
	b = append(append(append(b, '>'), l.withID(id)...), "</message></say>"...)
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
