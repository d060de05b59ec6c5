package disco

import (
	"context"
	"slices"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// An Item is something that belongs to an address (XEP-0030 #items-basic).
type Item struct {
	JID  jid.JID
	Node string // what cannot be addressed as a JID alone (XEP-0030 #items-nodes)
	Name string // as people read it; may be empty
}

func (s *Service) itemsOfHost(ctx context.Context, host, asker jid.JID, node string) ([]byte, error) {
	var items []Item
	found := node == ""
	if found && s.cfg.HostItems != nil {
		items = s.cfg.HostItems(host)
	}
	return itemsOfNode(ctx, s.cfg.Nodes, host, asker, node, items, found)
}

// itemsOfNode adds to items what the services know of a node; found says that the
// node is there even if they know nothing.
func itemsOfNode(ctx context.Context, services []NodeService, of, asker jid.JID, node string, items []Item, found bool) ([]byte, error) {
	for _, n := range services {
		more, ok, err := n.NodeItems(ctx, of, asker, node)
		if err != nil {
			return nil, err
		}
		if ok {
			items = slices.Concat(items, more)
			found = true
		}
	}
	if !found {
		// XEP-0030 #errors: the "JID+NodeID … does not exist": item-not-found
		return nil, stanza.ItemNotFound.Err("")
	}
	return itemsPayload(node, items), nil
}

func (s *Service) itemsOfAccount(ctx context.Context, account, asker jid.JID, node string) ([]byte, error) {
	ok, err := s.permitted(ctx, account, asker)
	if err != nil {
		return nil, err
	}
	if !ok {
		// XEP-0030 #security: "MUST return an empty result set" to those who may
		// not see the account's presence
		return itemsPayload(node, nil), nil
	}
	var items []Item
	if node == "" {
		// XEP-0030 #items-basic: "including connected or available resources as appropriate"
		for _, full := range s.cfg.Resources(account) {
			items = append(items, Item{JID: full})
		}
	}
	return itemsOfNode(ctx, s.cfg.AccountNodes, account, asker, node, items, node == "")
}

// itemsPayload makes the <query/>; without items it is an empty one (XEP-0030
// #items-basic).
func itemsPayload(node string, items []Item) []byte {
	p := appendQuery(nil, NSItems, node)
	for _, it := range items {
		p = append(p, "<item"...)
		p = stanza.AppendAttr(p, "jid", it.JID.String())
		if it.Node != "" {
			p = stanza.AppendAttr(p, "node", it.Node)
		}
		if it.Name != "" {
			p = stanza.AppendAttr(p, "name", it.Name)
		}
		p = append(p, "/>"...)
	}
	return append(p, "</query>"...)
}
