package push

import (
	"bytes"
	"context"
	"encoding/xml"
	"slices"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// formOptions is the FORM_TYPE of what a publication needs besides (XEP-0357 #enabling).
const formOptions = "http://jabber.org/protocol/pubsub#publish-options"

// A request is <enable/> or <disable/>.
type request struct {
	XMLName xml.Name
	JID     string     `xml:"jid,attr"`
	Node    *string    `xml:"node,attr"`
	Form    *form.Form `xml:"jabber:x:data x"`
}

// HandleIQ switches push on and off for the asking device.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	if iq.From.Bare() != iq.To.Bare() {
		return nil, stanza.Forbidden.Err("this is not your account")
	}
	if iq.Type != stanza.Set {
		return nil, stanza.BadRequest.Err("enable or disable, by an iq of type set")
	}
	c, _ := iq.Payload()
	var want request
	if err := iq.DecodeChild(c, &want); err != nil {
		return nil, stanza.BadRequest.Err("not a form")
	}
	// XEP-0357 #enabling: "MUST contain a 'jid' attribute"
	service, err := jid.Parse(want.JID)
	if want.JID == "" || err != nil {
		return nil, stanza.BadRequest.Err("whom to tell?")
	}
	switch want.XMLName.Local {
	case "enable":
		if !s.cfg.Router.Reaches(service.Domain()) {
			// The client shall not believe that it will be woken.
			return nil, stanza.RemoteServerNotFound.Err("there is no way to that service")
		}
		return nil, s.enable(ctx, iq, service, want)
	case "disable":
		return nil, s.disable(ctx, iq.From.Bare(), service, want.Node)
	}
	return nil, stanza.FeatureNotImplemented.Err("")
}

func (s *Service) enable(ctx context.Context, iq *stanza.Stanza, service jid.JID, want request) error {
	r := Registration{Service: service, Device: iq.From.Resource()}
	if want.Node != nil {
		r.Node = *want.Node
	}
	if want.Form != nil {
		if t := want.Form.FormType(); t != formOptions {
			return stanza.BadRequest.Err("the form is not one of publish-options")
		}
		want.Form.Type = form.Submit
		r.Options = want.Form.Append(nil)
	}
	if len(r.Node) > maxNode || len(r.Options) > maxOptions {
		return stanza.PolicyViolation.Err("the node or the form is too long")
	}
	owner := iq.From.Bare()
	return s.change(ctx, owner, func(list []Registration) ([]Registration, error) {
		i := slices.IndexFunc(list, func(had Registration) bool { return had.Service == service && had.Node == r.Node })
		if i >= 0 {
			// XEP-0357 #enabling: "the server SHOULD use the last received request"
			list[i] = r
			return list, nil
		}
		if len(list) >= maxRegistrations {
			return nil, stanza.ResourceConstraint.Err("too many devices are registered; disable one")
		}
		return append(list, r), nil
	})
}

// disable removes the registration of a node, or all of a service (XEP-0357
// #disabling). One that is not there is no error.
func (s *Service) disable(ctx context.Context, owner, service jid.JID, node *string) error {
	return s.change(ctx, owner, func(list []Registration) ([]Registration, error) {
		return slices.DeleteFunc(list, func(r Registration) bool {
			return r.Service == service && (node == nil || r.Node == *node)
		}), nil
	})
}

// same reports whether two registrations are one and the same request of a client.
func same(a, b Registration) bool {
	return a.Service == b.Service && a.Node == b.Node && a.Device == b.Device && bytes.Equal(a.Options, b.Options)
}
