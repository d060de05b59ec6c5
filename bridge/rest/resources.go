package rest

import (
	"context"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// nodeSessions lists the sessions of a host (doc/namespaces.md).
const nodeSessions = "urn:causeway:admin#sessions"

// resources is GET /users/{user}/resources: the sessions of a user (wire part 2, item 8).
func (c *call) resources(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	data := []object{}
	f, err := c.run(ctx, nodeSessions, form.New(form.Submit, nodeSessions, field("x-after", u.JID.String())))
	if err != nil {
		return nil, err
	}
	// Full addresses come right behind the bare one, but for those of names that go on with
	// a character before the slash.
	for _, item := range f.Items {
		cells := make(map[string]string)
		for _, cell := range item.Fields {
			if len(cell.Values) > 0 {
				cells[cell.Var] = cell.Values[0]
			}
		}
		full, err := jid.Parse(cells["jid"])
		if err != nil || full.Bare() != u.JID {
			continue
		}
		o := object{{"res", full.Resource()}, {"device_name", full.Resource()}}
		if ip := cells["addr"]; ip != "" {
			o = append(o, member{"ip_address", ip})
		}
		if at, err := time.Parse(time.RFC3339, cells["started"]); err == nil {
			o = append(o, member{"started", at.UnixMilli()})
		}
		data = append(data, o)
	}
	return c.told(data, len(data)), nil
}

// disconnectOne is GET /users/{user}/disconnect/{resource}.
func (c *call) disconnectOne(ctx context.Context) (any, error) {
	u, err := c.find(ctx, c.vars["user"], errMissing())
	if err != nil {
		return nil, err
	}
	full, err := u.JID.WithResource(c.vars["resource"])
	if err != nil {
		return nil, errMissing()
	}
	if err := c.command(ctx, "end-user-session", field("accountjids", full.String())); err != nil {
		return nil, err
	}
	return c.told(object{{"result", true}}, 0), nil
}
