package rest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	nsRoster   = "jabber:iq:roster"      // RFC 6121 §2
	nsContacts = "urn:causeway:contacts" // doc/namespaces.md
)

// roster reads who are contacts of a user, of the own host: those who see each other. Whom
// one has only asked is none yet.
func (c *call) roster(ctx context.Context, u *user) ([]jid.JID, error) {
	answer, err := c.owner(ctx, u, stanza.Get, []byte("<query xmlns='"+nsRoster+"'/>"))
	if err != nil {
		return nil, err
	}
	var list struct {
		Items []struct {
			JID          jid.JID `xml:"jid,attr"`
			Subscription string  `xml:"subscription,attr"`
		} `xml:"item"`
	}
	if err := answer.Decode(&list); err != nil {
		return nil, err
	}
	var found []jid.JID
	for _, i := range list.Items {
		if i.Subscription == "both" && i.JID.Domain() == c.app.Host.Domain() && i.JID.Local() != "" {
			found = append(found, i.JID)
		}
	}
	return found, nil
}

// spelled gives the names of users as they were registered; who is not there any more is
// left out, and who is of another host has his address for a name.
func (c *call) spelled(ctx context.Context, list []jid.JID) ([]string, error) {
	out := []string{}
	for part := range slices.Chunk(list, maxAsked) {
		var asked []byte
		for _, j := range part {
			if j.Domain() == c.app.Host.Domain() {
				asked = appendAccount(asked, j)
			}
		}
		found, err := c.described(ctx, asked)
		if err != nil {
			return nil, err
		}
		names := make(map[jid.JID]string, len(found))
		for i := range found {
			names[found[i].JID] = found[i].Name
		}
		for _, j := range part {
			if name := names[j]; name != "" {
				out = append(out, name)
			} else if j.Domain() != c.app.Host.Domain() {
				out = append(out, j.String())
			}
		}
	}
	return out, nil
}

// maxAsked is how many accounts the host describes at once.
const maxAsked = 1000

// contacts is GET /users/{user}/contacts/users (wire §1.2, row 14).
func (c *call) contacts(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	list, err := c.roster(ctx, u)
	if err != nil {
		return nil, err
	}
	named, err := c.spelled(ctx, list)
	if err != nil {
		return nil, err
	}
	return c.told(named, len(named)), nil
}

// two finds the user and the other one of a path.
func (c *call) two(ctx context.Context, other string) (u, o *user, err error) {
	if u, err = c.find(ctx, c.vars["user"], errMissing()); err != nil {
		return nil, nil, err
	}
	o, err = c.find(ctx, c.vars[other], errMissing())
	return u, o, err
}

// addContact is POST /users/{user}/contacts/users/{contact} (wire §1.2, row 12): each is a
// contact of the other at once, and clients of both that are on line see it. A body is not
// looked at.
func (c *call) addContact(ctx context.Context) (any, error) {
	u, o, err := c.two(ctx, "contact")
	if err != nil {
		return nil, err
	}
	if u.JID == o.JID {
		return nil, errIllegal("a user is not a contact of himself")
	}
	for _, side := range [...]struct{ owner, contact *user }{{u, o}, {o, u}} {
		list, err := c.roster(ctx, side.owner)
		if err != nil {
			return nil, err
		}
		if len(list) >= c.h.cfg.Contacts && !slices.Contains(list, side.contact.JID) {
			return nil, errQuota(fmt.Sprintf("user [%s] has %d contacts, which is the most", side.owner.Name, len(list)))
		}
	}
	b := stanza.AppendAttr([]byte("<pair xmlns='"+nsContacts+"'"), "a", u.JID.String())
	b = stanza.AppendAttr(b, "b", o.JID.String())
	b = stanza.AppendAttr(b, "a-name", u.handle())
	b = stanza.AppendAttr(b, "b-name", o.handle())
	if _, err := c.host(ctx, stanza.Set, append(b, "/>"...)); err != nil {
		var told *stanza.Error
		if errors.As(err, &told) && told.Condition == stanza.ItemNotFound {
			return nil, errMissing() // since they were found one was removed
		}
		return nil, full(err)
	}
	return c.wrote("post", reply{path: "/users/" + u.ID + "/contacts", entities: []object{o.entity()}}), nil
}

// handle is what others call a user.
func (u *user) handle() string {
	if u.Nick != "" {
		return u.Nick
	}
	return u.Name
}

// removeContact is DELETE of the same (wire §1.2, row 13), in both directions too.
func (c *call) removeContact(ctx context.Context) (any, error) {
	u, o, err := c.two(ctx, "contact")
	if err != nil {
		return nil, err
	}
	if u.JID != o.JID {
		b := stanza.AppendAttr([]byte("<part xmlns='"+nsContacts+"'"), "a", u.JID.String())
		b = stanza.AppendAttr(b, "b", o.JID.String())
		if _, err := c.host(ctx, stanza.Set, append(b, "/>"...)); err != nil {
			return nil, err
		}
	}
	return c.wrote("delete", reply{path: "/users/" + u.ID + "/contacts", entities: []object{o.entity()}}), nil
}
