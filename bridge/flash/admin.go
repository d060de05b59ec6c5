package flash

import (
	"context"
	"errors"

	"causeway/bridge"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

const (
	// kind is that of the Apps that are groups.
	kind = bridge.Flash
	// defaultGroup is the group of a document that names none.
	defaultGroup = "default"
)

// Namespaces and nodes of what a host's administrator may ask (XEP-0050, XEP-0133, and
// doc/namespaces.md).
const (
	nsCommands = "http://jabber.org/protocol/commands"
	nsOwner    = "http://jabber.org/protocol/muc#owner"
	nsAdmin    = "http://jabber.org/protocol/muc#admin"

	nodeAnnounce  = "http://jabber.org/protocol/admin#announce"
	nodeEnd       = "http://jabber.org/protocol/admin#end-user-session"
	nodeDisable   = "http://jabber.org/protocol/admin#disable-user"
	nodeEnable    = "http://jabber.org/protocol/admin#reenable-user"
	nodeOnline    = "http://jabber.org/protocol/admin#get-online-users-list"
	nodeRoomAdd   = "urn:causeway:admin#room-add"
	nodeRoomKick  = "urn:causeway:admin#room-kick"
	nodeHostStop  = "urn:causeway:admin#host-stop"
	nodeHostStart = "urn:causeway:admin#host-start"
)

// execute runs a command of a host in the name of its administrator, and gives the form
// of the result, which may be nil.
func (s *Server) execute(ctx context.Context, host jid.JID, node string, fields ...form.Field) (*form.Form, error) {
	payload := append(stanza.AppendAttr([]byte("<command xmlns='"+nsCommands+"'"), "node", node), " action='execute'>"...)
	f := &form.Form{Type: form.Submit, Fields: fields}
	answer, err := s.cfg.Port.Ask(ctx, host, host, stanza.Set, append(f.Append(payload), "</command>"...))
	if err != nil {
		return nil, err
	}
	var result struct {
		Form *form.Form `xml:"jabber:x:data x"`
	}
	if err := answer.Decode(&result); err != nil {
		return nil, errors.Join(errors.New("the result of a command cannot be read"), err)
	}
	return result.Form, nil
}

func field(name string, values ...string) form.Field { return form.Field{Var: name, Values: values} }

func addresses(name string, list []jid.JID) form.Field {
	f := form.Field{Var: name}
	for _, j := range list {
		f.Values = append(f.Values, j.String())
	}
	return f
}

func oneOrZero(is bool) string {
	if is {
		return "1"
	}
	return "0"
}
