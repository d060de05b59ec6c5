package webim

import (
	"context"
	"crypto/rand"
	"net/http"

	"causeway/bridge"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// presence is POST webim/presence (webim #presence): how the person is, for all tabs.
func (h *Handler) presence(ctx context.Context, c *call) (any, error) {
	if c.tab == nil {
		return nil, bridge.Wrong(http.StatusForbidden, "no such ticket")
	}
	show := c.params["show"]
	if _, known := ranks[show]; !known && show != showInvisible && show != showUnavailable || show == "" {
		return nil, bridge.Wrong(http.StatusBadRequest, "no such show")
	}
	p := c.tab.person
	for _, st := range p.newPresence(show, c.params["status"]) {
		h.trace(c, st)
	}
	return ok, p.appear(ctx, show, c.params["status"])
}

// setShow is for a tab that comes with a show of its own.
func (p *person) setShow(ctx context.Context, show string) error {
	p.mu.Lock()
	same, status := p.show == show, p.status
	p.mu.Unlock()
	if same {
		return nil
	}
	return p.appear(ctx, show, status)
}

// appear tells those who may see it how the person is. Who is invisible is available for
// the server, and for nobody else (XEP-0186).
func (p *person) appear(ctx context.Context, show, status string) error {
	if show == "" {
		show = showAvailable
	}
	if show == showUnavailable {
		show = showInvisible // the page stays, and gets what is sent to it
	}
	status = cut(status, maxStatus)
	p.mu.Lock()
	was := p.show
	p.show, p.status = show, status
	var in []*room
	for _, r := range p.rooms {
		if r.inside {
			in = append(in, r)
		}
	}
	p.mu.Unlock()
	if show == showInvisible != (was == showInvisible) && (was != "" || show == showInvisible) {
		word := "<visible xmlns='" + nsInvisible + "'/>"
		if show == showInvisible {
			word = "<invisible xmlns='" + nsInvisible + "'/>"
		}
		if _, err := p.line.Ask(ctx, jid.JID{}, stanza.Set, []byte(word), nil); err != nil {
			return err
		}
	}
	for _, st := range p.newPresence(show, status) {
		if err := p.line.Send(ctx, st); err != nil {
			return err
		}
	}
	switch {
	case show == showInvisible:
		return nil // the server has left the rooms for us, or we would be seen there
	case was == showInvisible:
		p.enterRooms(ctx)
		return nil
	}
	for _, r := range in { // XEP-0045 #changepres
		if err := p.line.Send(ctx, p.roomPresence(r, stanza.Available, nil)); err != nil {
			return err
		}
	}
	return nil
}

// nsInvisible is the namespace of being invisible (XEP-0186).
const nsInvisible = "urn:xmpp:invisible:0"

// newPresence makes the presence for a show.
func (p *person) newPresence(show, status string) []*stanza.Stanza {
	return []*stanza.Stanza{stanza.New(stanza.Presence, stanza.Available, rand.Text(), jid.JID{}, jid.JID{}, p.presencePayload(show, status))}
}

// presencePayload is what stands in the presence of the person (RFC 6121 §4.7.2).
func (p *person) presencePayload(show, status string) []byte {
	var b []byte
	switch show {
	case "away", "chat", "dnd", "xa":
		b = append(b, "<show>"+show+"</show>"...)
	}
	if status != "" {
		b = append(stanza.AppendText(append(b, "<status>"...), status), "</status>"...)
	}
	p.mu.Lock()
	nick := p.who.nick
	p.mu.Unlock()
	if nick != "" {
		b = append(stanza.AppendText(append(b, "<nick xmlns='"+nsNick+"'>"...), nick), "</nick>"...)
	}
	return b
}

// status is POST webim/status (webim #status): somebody writes, or has stopped (XEP-0085).
func (h *Handler) status(ctx context.Context, c *call) (any, error) {
	if c.tab == nil {
		return nil, bridge.Wrong(http.StatusForbidden, "no such ticket")
	}
	state := ""
	switch c.params["show"] {
	case "typing":
		state = "composing"
	case "clear":
		state = "active"
	default:
		return nil, bridge.Wrong(http.StatusBadRequest, "no such show")
	}
	to, err := c.site.person(c.params["to"])
	if err != nil {
		return nil, errID()
	}
	// XEP-0334 #no-store: it is of no use to whoever was not there.
	st := stanza.New(stanza.Message, stanza.Chat, rand.Text(), jid.JID{}, to,
		[]byte("<"+state+" xmlns='"+nsStates+"'/>"), []byte("<no-store xmlns='"+nsHints+"'/>"))
	h.trace(c, st)
	return ok, c.tab.person.line.Send(ctx, st)
}
