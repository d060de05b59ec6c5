package portable

import (
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"causeway/roster"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// item gives the roster item of a contact. Whoever asks for it sees to it that there are
// not too many.
func (d *draft) item(contact jid.JID) *roster.Item {
	it := d.contacts[contact]
	if it == nil {
		it = &roster.Item{JID: contact}
		d.contacts[contact] = it
	}
	return it
}

// contact takes an item of the roster; a request of the same contact may have come.
func (d *draft) contact(c roster.Item) {
	if c.JID == d.owner {
		return // everybody knows himself
	}
	if utf8.RuneCountInString(c.Name) > maxName {
		c.Name = ""
		d.lose("name of a contact that is too long", 1)
	}
	if n := len(c.Groups); n > maxGroups {
		c.Groups = c.Groups[:maxGroups]
		d.lose("group of a contact that is in too many", n-maxGroups)
	}
	c.Groups = slices.DeleteFunc(c.Groups, func(g string) bool { return utf8.RuneCountInString(g) > maxName })
	size := sizeOf(&c)
	if d.counts["contacts"] >= d.im.target.Limits.Contacts || d.listed+size > d.im.target.Limits.RosterBytes {
		d.lose("contact beyond limits.roster", 1)
		return
	}
	it := d.item(c.JID)
	if it.Listed {
		d.lose("contact that is there twice", 1)
		return
	}
	c.Request = it.Request
	*it = c
	d.counts["contacts"]++
	d.listed += size
	settle(it)
}

// sizeOf is about what an item takes in a roster that goes to a client.
func sizeOf(it *roster.Item) int { return len(appendContact(nil, it)) }

// request takes a subscription request; the roster may come later.
func (d *draft) request(r Request) {
	if d.requests >= maxRequests {
		d.lose("subscription request beyond what is kept", 1)
		return
	}
	if it := d.item(r.From); it.Request == nil {
		d.requests++
		if it.Request = r.XML; len(r.XML) > maxRequest {
			it.Request = stanza.New(stanza.Presence, stanza.Subscribe, "", r.From, jid.JID{}).AppendTo(nil)
		}
		settle(it)
		if it.Request != nil {
			d.counts["requests"]++
		}
	}
}

// settle makes a state of RFC 6121 §A.1 of what a file says of a contact.
func settle(it *roster.Item) {
	if it.Request == nil {
		return
	}
	if it.Subscription&roster.From != 0 {
		it.Request = nil // it has been answered
		return
	}
	it.Approved = false // it would have been answered by that
}

// mergeRoster adds the contacts that an account does not have, some at a time.
func (d *draft) mergeRoster() error {
	items, err := d.freshContacts()
	if err != nil || d.im.opts.DryRun {
		return err
	}
	for slice := range slices.Chunk(items, 500) {
		if _, err := d.im.target.Store.AddContacts(d.im.ctx, d.owner, slice); err != nil {
			return err
		}
	}
	d.im.target.Changed(d.owner)
	return nil
}

// freshContacts gives the contacts that an account does not have and has room for.
func (d *draft) freshContacts() ([]roster.Item, error) {
	old, _, err := d.im.target.Store.Rosters().Get(d.im.ctx, d.owner)
	if err != nil {
		return nil, fmt.Errorf("roster: %w", err)
	}
	count, bytes := len(old), 0
	for i := range old {
		delete(d.contacts, old[i].JID)
		bytes += sizeOf(&old[i])
	}
	d.counts["contacts"], d.counts["requests"] = 0, 0
	var fresh []roster.Item
	for _, j := range slices.SortedFunc(maps.Keys(d.contacts), jid.Compare) {
		it := d.contacts[j]
		count, bytes = count+1, bytes+sizeOf(it)
		if count > d.im.target.Limits.Contacts || bytes > d.im.target.Limits.RosterBytes {
			d.lose("contact beyond limits.roster", 1)
			continue
		}
		fresh = append(fresh, *it)
		if it.Listed {
			d.counts["contacts"]++
		}
		if it.Request != nil {
			d.counts["requests"]++
		}
	}
	return fresh, nil
}
