package webim

import (
	"context"
	"crypto/rand"
	"errors"
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
	if err := p.turn(ctx); err != nil {
		return err
	}
	defer p.done()
	p.mu.Lock()
	same, status := p.show == show, p.status
	p.mu.Unlock()
	if same {
		return nil
	}
	return p.become(ctx, show, status)
}

// turn waits until nobody else changes how the person is; else they could be told apart
// from what the server was told last. Done ends it.
func (p *person) turn(ctx context.Context) error {
	select {
	case p.changing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *person) done() { <-p.changing }

// appear tells those who may see it how the person is. Who is invisible is available for
// the server, and for nobody else (XEP-0186).
func (p *person) appear(ctx context.Context, show, status string) error {
	if err := p.turn(ctx); err != nil {
		return err
	}
	defer p.done()
	return p.become(ctx, show, status)
}

// become is appear for who has the turn.
func (p *person) become(ctx context.Context, show, status string) error {
	if show == "" {
		show = showAvailable
	}
	if show == showUnavailable {
		show = showInvisible // the page stays, and gets what is sent to it
	}
	status = cut(status, maxStatus)
	was, in, err := p.cover(ctx, show, status)
	if err != nil {
		return err
	}
	if err := p.keepShow(ctx, show); err != nil {
		return err
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

// cover asks the server to hide the person, or to show them again, if need be, and notes
// what they are then. It gives what they were, and the rooms that they were in.
func (p *person) cover(ctx context.Context, show, status string) (was string, in []*room, err error) {
	p.mu.Lock()
	was, before := p.show, p.status
	if show == showInvisible {
		p.show = show // already: nobody is to be shown meanwhile
	}
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
		if _, err = p.line.Ask(ctx, jid.JID{}, stanza.Set, []byte(word), nil); err != nil {
			show, status = was, before
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.show, p.status = show, status
	return was, in, err
}

// readShow finds out whether the person was invisible last: a page that is there again
// after a restart does not say (webim #refresh).
func (p *person) readShow(ctx context.Context) error {
	answer, err := p.line.Ask(ctx, jid.JID{}, stanza.Get, []byte("<query xmlns='"+nsPrivate+"'><show xmlns='"+nsOwn+"'/></query>"), nil)
	var told *stanza.Error
	if errors.As(err, &told) {
		return nil // nothing is kept
	}
	if err != nil {
		return err
	}
	if text, _ := privateOf(answer, "show"); text == showInvisible {
		p.kept = text
	}
	return nil
}

// keepShow lets readShow know, where that is new, whether the person is invisible.
func (p *person) keepShow(ctx context.Context, show string) error {
	if show != showInvisible {
		show = ""
	}
	if show == p.kept {
		return nil
	}
	payload := "<query xmlns='" + nsPrivate + "'><show xmlns='" + nsOwn + "'>" + show + "</show></query>"
	if _, err := p.line.Ask(ctx, jid.JID{}, stanza.Set, []byte(payload), nil); err != nil {
		return err
	}
	p.kept = show
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
