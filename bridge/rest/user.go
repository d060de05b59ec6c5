package rest

import (
	"context"
	"encoding/xml"
	"errors"
	"strconv"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// nsAccounts is the namespace of requests about the accounts of a host (doc/namespaces.md).
const nsAccounts = "urn:causeway:accounts"

// A user is an account as its host describes it.
type user struct {
	JID       jid.JID `xml:"jid,attr"`
	ID        string  `xml:"id,attr"`
	Name      string  `xml:"name,attr"`
	Nick      string  `xml:"nick,attr"`
	Created   int64   `xml:"created,attr"`
	Modified  int64   `xml:"modified,attr"`
	Active    bool    `xml:"active,attr"`
	Available bool    `xml:"available,attr"`
	Push      *push   `xml:"push"`
}

type push struct {
	Style    *int   `xml:"style,attr"`
	Quiet    *bool  `xml:"quiet,attr"`
	Start    *int   `xml:"start,attr"`
	End      *int   `xml:"end,attr"`
	Notifier string `xml:"notifier,attr"`
	Device   string `xml:"device,attr"`
	Ignore   []struct {
		Room   string `xml:"room,attr"`
		Ignore bool   `xml:"ignore,attr"`
	} `xml:"ignore"`
}

// host asks the host of the app something, as its administrator.
func (c *call) host(ctx context.Context, typ stanza.Type, payload []byte) (*stanza.Stanza, error) {
	return c.h.cfg.Port.Ask(ctx, c.app.Host, c.app.Host, typ, payload)
}

// owner asks the account of a user something, in its name.
func (c *call) owner(ctx context.Context, u *user, typ stanza.Type, payload []byte) (*stanza.Stanza, error) {
	answer, err := c.h.cfg.Port.Ask(ctx, u.JID, u.JID, typ, payload)
	var told *stanza.Error
	if errors.As(err, &told) && told.Condition == stanza.ServiceUnavailable {
		return nil, errMissing() // since the user was found he was removed (RFC 6121 §8.5.1)
	}
	return answer, err
}

// users reads those users that there are of some names; a UUID is a name, too.
func (c *call) users(ctx context.Context, names ...string) ([]user, error) {
	var b []byte
	for _, name := range names {
		if isUUID(name) {
			b = append(stanza.AppendAttr(append(b, "<account"...), "id", name), "/>"...)
		} else if bare, ok := c.address(name); ok {
			b = appendAccount(b, bare)
		}
	}
	return c.described(ctx, b)
}

func appendAccount(b []byte, bare jid.JID) []byte {
	return append(stanza.AppendAttr(append(b, "<account"...), "jid", bare.String()), "/>"...)
}

// described reads those accounts that there are of the ones that are asked for.
func (c *call) described(ctx context.Context, asked []byte) ([]user, error) {
	if len(asked) == 0 {
		return nil, nil // with none it would be a request for all
	}
	b := append([]byte("<accounts xmlns='"+nsAccounts+"'>"), asked...)
	answer, err := c.host(ctx, stanza.Get, append(b, "</accounts>"...))
	if err != nil {
		return nil, err
	}
	found, err := readUsers(answer)
	return found.Users, err
}

// A page is a list of users in an answer.
type page struct {
	Next  string // where the next page begins, "" if there is none
	Users []user
}

// readUsers reads an answer by hand: most calls read a user, and encoding/xml takes longer
// for that than all else does together.
func readUsers(answer *stanza.Stanza) (p page, err error) {
	c, ok := answer.Payload()
	if !ok {
		return p, stanza.UndefinedCondition.Err("the host has answered nothing")
	}
	outer, inside, err := stanza.Split(answer.ChildBytes(c))
	if err != nil {
		return p, err
	}
	p.Next = outer.Attr("next")
	for i := range inside {
		if inside[i].Is(nsAccounts, "account") {
			u, err := readUser(&inside[i])
			if err != nil {
				return p, err
			}
			p.Users = append(p.Users, u)
		}
	}
	return p, nil
}

func readUser(e *stanza.Element) (u user, err error) {
	if u.JID, err = jid.Parse(e.Attr("jid")); err != nil {
		return u, err
	}
	u.ID, u.Name, u.Nick = e.Attr("id"), e.Attr("name"), e.Attr("nick")
	u.Created, _ = strconv.ParseInt(e.Attr("created"), 10, 64) // the host writes numbers
	u.Modified, _ = strconv.ParseInt(e.Attr("modified"), 10, 64)
	u.Active, u.Available = e.Attr("active") == "true", e.Attr("available") == "true"
	parts, err := e.Inside()
	if err != nil {
		return u, err
	}
	for i := range parts {
		if parts[i].Is(nsAccounts, "push") {
			u.Push = new(push)
			if err := xml.Unmarshal(parts[i].XML, u.Push); err != nil {
				return u, err
			}
		}
	}
	return u, nil
}

// find gives the user of a name, or the error missing.
func (c *call) find(ctx context.Context, name string, missing *problem) (*user, error) {
	list, err := c.users(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0:
		return nil, missing
	}
	return &list[0], nil
}
