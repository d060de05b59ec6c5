package webim

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"causeway/bridge"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// maxBody is the longest text of one message, in bytes.
const maxBody = 32 << 10

// typeBroadcast is a message to everybody who is online (webim #message).
const typeBroadcast = "broadcast"

// message is POST webim/message. What it says of the sender and of the peer's presence is
// not believed: the server knows both. When it answers, the message is on the disk.
func (h *Handler) message(ctx context.Context, c *call) (any, error) {
	if c.tab == nil {
		return nil, bridge.Wrong(http.StatusForbidden, "no such ticket")
	}
	body := c.params["body"]
	switch {
	case body == "":
		return nil, bridge.Wrong(http.StatusBadRequest, "there is no body")
	case len(body) > maxBody || !utf8.ValidString(body):
		return sorry("The message is too long."), nil
	}
	var err error
	switch c.params["type"] {
	case typeChat:
		err = h.sendChat(ctx, c, body)
	case typeGroup:
		err = h.sendGroup(ctx, c, body)
	case typeBroadcast:
		err = h.announce(ctx, c, body)
	default:
		return nil, bridge.Wrong(http.StatusBadRequest, "no such type of message")
	}
	var told *stanza.Error
	if errors.As(err, &told) {
		return sorry(refusals(told)), nil
	}
	if err != nil {
		return nil, err
	}
	return ok, nil
}

// sorry is an answer that the library shows as a line in the conversation; a status of
// HTTP it would pass over in silence (wire §2).
func sorry(text string) any {
	return struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}{"error", text}
}

// refusals says why a message did not go.
func refusals(e *stanza.Error) string {
	switch e.Condition {
	case stanza.ServiceUnavailable, stanza.ItemNotFound:
		return "Nobody of that name can be reached."
	case stanza.NotAcceptable, stanza.Forbidden, stanza.NotAllowed:
		return "You may not write there."
	case stanza.ResourceConstraint:
		return "Too many messages wait there already."
	case stanza.RemoteServerNotFound, stanza.RemoteServerTimeout:
		return "That server cannot be reached."
	}
	return "The message could not be sent: " + e.Error()
}

// newMessage makes a message with a text, its style, and the chat state that goes with it.
func newMessage(typ stanza.Type, id string, to jid.JID, body, style string) *stanza.Stanza {
	text := append(stanza.AppendText([]byte("<body>"), body), "</body>"...)
	var look []byte
	if style != "" {
		look = append(stanza.AppendAttr([]byte("<message xmlns='"+nsOwn+"'"), "style", style), "/>"...)
	}
	// XEP-0085 #bizrules-gen: a message with a body has the state active.
	return stanza.New(stanza.Message, typ, id, jid.JID{}, to, text, []byte("<active xmlns='"+nsStates+"'/>"), look)
}

// sendChat sends a message to one person, and shows it in the other tabs.
func (h *Handler) sendChat(ctx context.Context, c *call, body string) error {
	to, err := c.site.person(c.params["to"])
	if err != nil {
		return errID()
	}
	p := c.tab.person
	st := newMessage(stanza.Chat, rand.Text(), to, body, cleanStyle(c.params["style"]))
	h.trace(c, st)
	if err := p.line.Send(ctx, st); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if item, ok := p.item(st, time.Now()); ok && len(p.tabs) > 1 && to != p.account {
		item.New = true // see takeCopy
		p.all(pack(messages, item), c.tab)
	}
	return nil
}

// announce has the host tell everybody who is online, if the person may ask for that
// (XEP-0133 #announce).
func (h *Handler) announce(ctx context.Context, c *call, body string) error {
	host, err := jid.New("", c.site.host, "")
	if err != nil {
		return err
	}
	const node = "http://jabber.org/protocol/admin#announce"
	f := form.New(form.Submit, "http://jabber.org/protocol/admin", form.Field{Var: "announcement", Values: []string{body}})
	payload := stanza.AppendAttr([]byte("<command xmlns='http://jabber.org/protocol/commands'"), "node", node)
	payload = append(f.Append(append(payload, '>')), "</command>"...)
	h.trace(c, stanza.New(stanza.IQ, stanza.Set, "", jid.JID{}, host, payload))
	_, err = c.tab.person.line.Ask(ctx, host, stanza.Set, payload, nil)
	return err
}

// refused takes the error that came back for a message after it was sent. Its conversation
// shows it: nobody else would say that the message was not read.
func (p *person) refused(st *stanza.Stanza) {
	e, _ := st.AsError()
	if p.returnedEcho(st.ID(), e) {
		return
	}
	if !st.Has(stanza.NSClient, "body") && st.ID() == "" {
		return
	}
	from := p.peer(st.From)
	p.all(pack(messages, logItem{
		Type: typeChat, To: p.buddy(p.account), From: p.buddy(from), Nick: escape(p.nickOf(from)),
		Body: "(" + refusals(e) + ")", Timestamp: millis(time.Now()), New: true,
	}), nil)
}
