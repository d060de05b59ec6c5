package rest

import (
	"context"

	"causeway/xmpp/stanza"
)

// nsOffline is the namespace of requests about messages that wait (doc/namespaces.md).
const nsOffline = "urn:causeway:offline"

// waiting asks how many messages wait for a user, and whether one of some id does.
func (c *call) waiting(ctx context.Context, u *user, id string) (count int, is bool, err error) {
	b := stanza.AppendAttr([]byte("<waiting xmlns='"+nsOffline+"'"), "jid", u.JID.String())
	if id != "" {
		b = stanza.AppendAttr(b, "id", id)
	}
	answer, err := c.host(ctx, stanza.Get, append(b, "/>"...))
	if err != nil {
		return 0, false, err
	}
	var told struct {
		Count int  `xml:"count,attr"`
		Is    bool `xml:"there,attr"`
	}
	err = answer.Decode(&told)
	return told.Count, told.Is, err
}

// offlineCount is GET /users/{user}/offline_msg_count (wire §1.2, row 20).
func (c *call) offlineCount(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	n, _, err := c.waiting(ctx, u, "")
	if err != nil {
		return nil, err
	}
	return c.told(object{{c.vars["user"], n}}, 0), nil
}

// offlineStatus is GET /users/{user}/offline_msg_status/{message} (wire §1.2, row 21): a
// message is undelivered while it waits here for the user, and only then.
func (c *call) offlineStatus(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	_, waits, err := c.waiting(ctx, u, c.vars["message"])
	if err != nil {
		return nil, err
	}
	status := "delivered"
	if waits {
		status = "undelivered"
	}
	return c.told(object{{c.vars["message"], status}}, 0), nil
}
