package flash

import (
	"context"
	"crypto/rand"
	"strings"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// privateMessage sends somebody a message, with its text as the client says it looks beside
// (XEP-0071), and the sender's nick (XEP-0172). It waits for who is not there.
func (s *Server) privateMessage(ctx context.Context, c *call) error {
	if !c.has("dest_uid") {
		return bad("dest_uid")
	}
	to, err := person(c.host, "dest_uid", c.attrs["dest_uid"])
	if err != nil {
		return err
	}
	if !c.has("msg") {
		return bad("msg")
	}
	payload, err := messagePayload(c)
	if err != nil {
		return err
	}
	from, err := s.sender(ctx, c)
	if err != nil {
		return err
	}
	switch known, err := s.cfg.People.Exists(ctx, to); {
	case err != nil:
		return err
	case !known:
		return &fault{code: noSuchUser}
	}
	return s.cfg.Port.Send(ctx, stanza.New(stanza.Message, stanza.Chat, rand.Text(), from, to, payload))
}

// sender is whom the message comes from: owner_uid, if that is somebody here, so that an
// answer comes back to them; else the host.
func (s *Server) sender(ctx context.Context, c *call) (jid.JID, error) {
	if !c.has("owner_uid") {
		return c.host, nil
	}
	from, err := person(c.host, "owner_uid", c.attrs["owner_uid"])
	if err != nil {
		return from, err
	}
	known, err := s.cfg.People.Exists(ctx, from)
	if !known {
		from = c.host
	}
	return from, err
}

// messagePayload makes what is in the message.
func messagePayload(c *call) ([]byte, error) {
	text, err := c.text("msg", maxBody)
	if err != nil {
		return nil, err
	}
	style, err := messageStyle(c)
	if err != nil {
		return nil, err
	}
	nick, err := c.line("owner_nick")
	if err != nil {
		return nil, err
	}
	// The table has avatar, its sample emotion, which is what clients of the product say.
	attr, emotion := c.first("emotion", "avatar")
	if !isEmotion(emotion) {
		return nil, bad(attr)
	}
	p := append(stanza.AppendText([]byte("<body>"), text), "</body>"...)
	if style != "" {
		p = append(p, "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><p><span"...)
		p = append(stanza.AppendAttr(p, "style", style), '>')
		for i, line := range strings.Split(text, "\n") {
			if i > 0 {
				p = append(p, "<br/>"...)
			}
			p = stanza.AppendText(p, line)
		}
		p = append(p, "</span></p></body></html>"...)
	}
	if nick == "" {
		nick, _ = c.line("owner_uid") // it was read before
	}
	if nick != "" {
		p = append(stanza.AppendText(append(p, "<nick xmlns='http://jabber.org/protocol/nick'>"...), nick), "</nick>"...)
	}
	if emotion != "" {
		p = append(stanza.AppendAttr(append(p, "<emotion xmlns='urn:causeway:flash'"...), "code", emotion), "/>"...)
	}
	return p, nil
}

// messageStyle is how the text looks, as XEP-0071 #profile-style has it; "" for plain text.
func messageStyle(c *call) (string, error) {
	var styles []string
	for _, f := range [...]struct{ attr, style string }{
		{"b", "font-weight:bold"}, {"i", "font-style:italic"}, {"u", "text-decoration:underline"},
	} {
		is, _, err := c.flag(f.attr)
		if err != nil {
			return "", err
		}
		if is {
			styles = append(styles, f.style)
		}
	}
	colour, err := c.colour("color")
	if err != nil {
		return "", err
	}
	if colour != "" {
		styles = append(styles, "color:"+colour)
	}
	return strings.Join(styles, ";"), nil
}

// isEmotion reports whether a text is empty or one of e1 to e32.
func isEmotion(text string) bool {
	n, ok := strings.CutPrefix(text, "e")
	if !ok {
		return text == ""
	}
	return len(n) == 1 && n >= "1" && n <= "9" || len(n) == 2 && n >= "10" && n <= "32" && n[1] >= '0' && n[1] <= '9'
}
