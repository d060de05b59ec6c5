package rest

import (
	"context"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/stanza"
)

const (
	nsCommands = "http://jabber.org/protocol/commands" // XEP-0050
	nsAdmin    = "http://jabber.org/protocol/admin"    // XEP-0133
)

// askTime is for how long a call may take that does much.
const askTime = time.Minute

func field(name string, values ...string) form.Field { return form.Field{Var: name, Values: values} }

// command has the host run an ad-hoc command of service administration (XEP-0133), whose
// one form is filled in at once.
func (c *call) command(ctx context.Context, name string, fields ...form.Field) error {
	_, err := c.run(ctx, nsAdmin+"#"+name, form.New(form.Submit, nsAdmin, fields...))
	return err
}

// run has the host run a command, and gives the form that it answers with, which may be empty.
func (c *call) run(ctx context.Context, node string, filled *form.Form) (*form.Form, error) {
	b := stanza.AppendAttr([]byte("<command xmlns='"+nsCommands+"'"), "node", node)
	b = append(filled.Append(append(b, '>')), "</command>"...)
	answer, err := c.host(ctx, stanza.Set, b)
	if err != nil {
		return nil, err
	}
	var result struct {
		Form *form.Form `xml:"jabber:x:data x"`
	}
	if err := answer.Decode(&result); err != nil || result.Form == nil {
		return &form.Form{}, err
	}
	return result.Form, nil
}

// endSessions ends all sessions of a user (XEP-0133 #end-user-session).
func (c *call) endSessions(ctx context.Context, u *user) error {
	return c.command(ctx, "end-user-session", field("accountjids", u.JID.String()))
}
