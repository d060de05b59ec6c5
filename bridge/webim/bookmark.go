package webim

import (
	"context"
	"errors"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// readRooms reads the bookmarks of the account (XEP-0402): its list of rooms, which other
// clients share.
func (p *person) readRooms(ctx context.Context) error {
	answer, err := p.line.Ask(ctx, jid.JID{}, stanza.Get, []byte("<pubsub xmlns='"+nsPubSub+"'><items node='"+nsBookmarks+"'/></pubsub>"), nil)
	var told *stanza.Error
	if errors.As(err, &told) {
		return nil // there are none
	}
	if err != nil {
		return err
	}
	c, found := answer.Child(nsPubSub, "pubsub")
	if !found {
		return nil
	}
	_, lists, err := stanza.Split(answer.ChildBytes(c))
	if err != nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range lists {
		items, err := lists[i].Inside()
		if err != nil {
			continue
		}
		for j := range items {
			p.takeBookmark(&items[j])
		}
	}
	return nil
}

// takeBookmark takes one item (XEP-0402 #usage).
func (p *person) takeBookmark(item *stanza.Element) {
	address, err := jid.Parse(item.Attr("id"))
	inside, err2 := item.Inside()
	if err != nil || err2 != nil || len(inside) == 0 || address.IsFull() || len(p.rooms) >= maxRooms {
		return
	}
	r := p.get(address)
	r.name = inside[0].Attr("name")
	autojoin := inside[0].Attr("autojoin")
	parts, err := inside[0].Inside()
	if err != nil {
		return
	}
	for i := range parts {
		switch parts[i].Local {
		case "nick":
			r.nick = parts[i].Text()
		case "extensions":
			more, _ := parts[i].Inside()
			for j := range more {
				if more[j].Is(nsOwn, "room") {
					r.temporary = more[j].Attr("temporary") == "true"
					r.cleared, _ = time.Parse(time.RFC3339Nano, more[j].Attr("cleared"))
					p.blocked[address] = more[j].Attr("blocked") == "true"
				}
			}
		}
	}
	if autojoin != "true" && autojoin != "1" && !p.blocked[address] {
		delete(p.rooms, address) // it is bookmarked, but nobody is to be in it
	}
}

const (
	nsPubSub    = "http://jabber.org/protocol/pubsub"
	nsBookmarks = "urn:xmpp:bookmarks:1"
	// maxRooms is how many rooms a person has.
	maxRooms = 100
)

// bookmark stores what is known of a room (XEP-0402 #adding-a-bookmark).
func (p *person) bookmark(ctx context.Context, r *room) error {
	p.mu.Lock()
	b := stanza.AppendAttr([]byte("<pubsub xmlns='"+nsPubSub+"'><publish node='"+nsBookmarks+"'><item"), "id", r.jid.String())
	b = stanza.AppendAttr(append(b, "><conference xmlns='"+nsBookmarks+"'"...), "name", r.title())
	if p.blocked[r.jid] {
		b = append(b, '>')
	} else {
		b = append(b, " autojoin='true'>"...)
	}
	if r.nick != "" {
		b = append(stanza.AppendText(append(b, "<nick>"...), r.nick), "</nick>"...)
	}
	b = append(b, "<extensions><room xmlns='"+nsOwn+"'"...)
	if p.blocked[r.jid] {
		b = append(b, " blocked='true'"...)
	}
	if r.temporary {
		b = append(b, " temporary='true'"...)
	}
	if !r.cleared.IsZero() {
		b = stanza.AppendAttr(b, "cleared", r.cleared.UTC().Format(time.RFC3339Nano))
	}
	p.mu.Unlock()
	b = append(b, "/></extensions></conference></item></publish><publish-options>"...)
	b = form.New(form.Submit, nsPubSub+"#publish-options",
		form.Field{Var: "pubsub#persist_items", Values: []string{"true"}}, form.Field{Var: "pubsub#max_items", Values: []string{"max"}},
		form.Field{Var: "pubsub#send_last_published_item", Values: []string{"never"}},
		form.Field{Var: "pubsub#access_model", Values: []string{"whitelist"}}).Append(b)
	b = append(b, "</publish-options></pubsub>"...)
	_, err := p.line.Ask(ctx, jid.JID{}, stanza.Set, b, nil)
	return err
}

// unbookmark takes a room off the list.
func (p *person) unbookmark(ctx context.Context, j jid.JID) error {
	b := stanza.AppendAttr([]byte("<pubsub xmlns='"+nsPubSub+"'><retract node='"+nsBookmarks+"' notify='true'><item"), "id", j.String())
	_, err := p.line.Ask(ctx, jid.JID{}, stanza.Set, append(b, "/></retract></pubsub>"...), nil)
	var told *stanza.Error
	if errors.As(err, &told) {
		return nil // it was not on it
	}
	return err
}
