package disco

import (
	"context"
	"maps"
	"slices"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// An Identity says what something is: "server" of type "im" (XEP-0030 #info-basic).
type Identity struct {
	Category, Type string
	Name           string // as people read it; may be empty
}

// Info is what disco#info tells of an address or a node.
type Info struct {
	Identities []Identity
	Features   []string
	Forms      []*form.Form // XEP-0128
}

// formContacts is the FORM_TYPE of contact addresses (XEP-0157 #xmpp).
const formContacts = "http://jabber.org/network/serverinfo"

func (s *Service) infoOfHost(ctx context.Context, host, asker jid.JID, node string) ([]byte, error) {
	if node == "" {
		return s.hostInfo(), nil
	}
	return infoOfNode(ctx, s.cfg.Nodes, host, asker, node)
}

func infoOfNode(ctx context.Context, services []NodeService, of, asker jid.JID, node string) ([]byte, error) {
	for _, n := range services {
		info, ok, err := n.NodeInfo(ctx, of, asker, node)
		if err != nil {
			return nil, err
		}
		if ok {
			return info.payload(node), nil
		}
	}
	// XEP-0030 #errors: the "JID+NodeID … does not exist": item-not-found
	return nil, stanza.ItemNotFound.Err("")
}

func (s *Service) infoOfAccount(ctx context.Context, account, asker jid.JID, node string) ([]byte, error) {
	ok, err := s.permitted(ctx, account, asker)
	if err != nil {
		return nil, err
	}
	if !ok {
		// XEP-0030 #security: service-unavailable for those who may not see the
		// account's presence, as if it were not there
		return nil, stanza.ServiceUnavailable.Err("")
	}
	if node == "" {
		return s.accountInfo(), nil
	}
	return infoOfNode(ctx, s.cfg.AccountNodes, account, asker, node)
}

// host is the info of every host.
func (s *Service) host() Info {
	info := Info{
		Identities: append([]Identity{{Category: "server", Type: "im", Name: s.cfg.Name}}, s.cfg.HostIdentities...),
		Features:   s.cfg.HostFeatures(),
	}
	if len(s.cfg.Contacts) > 0 {
		f := form.New(form.Result, formContacts)
		for _, name := range slices.Sorted(maps.Keys(s.cfg.Contacts)) {
			f.Fields = append(f.Fields, form.Field{Var: name, Values: s.cfg.Contacts[name]})
		}
		info.Forms = append(info.Forms, f)
	}
	return info
}

// account is the info of every account: "the primary identity SHOULD have a
// category of account … a type of registered" (XEP-0030 #info-basic).
func (s *Service) account() Info {
	return Info{
		Identities: append([]Identity{{Category: "account", Type: "registered"}}, s.cfg.AccountIdentities...),
		Features:   s.cfg.AccountFeatures(),
	}
}

// payload makes the <query/>. The node is mirrored (XEP-0030 #info-nodes).
func (i Info) payload(node string) []byte {
	p := appendQuery(nil, NSInfo, node)
	for _, id := range i.Identities {
		p = append(p, "<identity"...)
		p = stanza.AppendAttr(p, "category", id.Category)
		p = stanza.AppendAttr(p, "type", id.Type)
		if id.Name != "" {
			p = stanza.AppendAttr(p, "name", id.Name)
		}
		p = append(p, "/>"...)
	}
	// XEP-0030 #info-basic: "every entity MUST support at least the … disco#info feature"
	features := append([]string{NSInfo}, i.Features...)
	slices.Sort(features)
	for _, f := range slices.Compact(features) {
		p = append(p, "<feature"...)
		p = stanza.AppendAttr(p, "var", f)
		p = append(p, "/>"...)
	}
	for _, f := range i.Forms {
		p = f.Append(p)
	}
	return append(p, "</query>"...)
}

// appendQuery opens the <query/> of an answer.
func appendQuery(p []byte, ns, node string) []byte {
	p = append(p, "<query"...)
	p = stanza.AppendAttr(p, "xmlns", ns)
	if node != "" {
		p = stanza.AppendAttr(p, "node", node)
	}
	return append(p, '>')
}
