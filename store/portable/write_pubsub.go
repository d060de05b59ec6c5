package portable

import (
	"time"

	"causeway/xmpp/stanza"
)

// pubsub writes a record about a node. All configurations come before all items,
// since there is one element for each (XEP-0227 #pep).
func (w *writer) pubsub(b []byte, r Record) {
	switch r := r.(type) {
	case Node:
		w.list("pubsub", "<pubsub xmlns='"+nsPubSubOwner+"'>")
		b = stanza.AppendAttr(append(b, "<configure"...), "node", r.Name)
		if !r.Created.IsZero() {
			b = stanza.AppendAttr(append(b, " xmlns:c='"+NSOurs+"'"...), "c:created", r.Created.UTC().Format(time.RFC3339Nano))
		}
		b = r.Form.Append(append(b, '>'))
		w.element(append(b, "</configure>"...))
	case Affiliations:
		w.list("pubsub", "<pubsub xmlns='"+nsPubSubOwner+"'>")
		b = append(stanza.AppendAttr(append(b, "<affiliations"...), "node", r.Node), '>')
		for _, a := range r.List {
			b = stanza.AppendAttr(append(b, "<affiliation"...), "jid", a.JID.String())
			b = append(stanza.AppendAttr(b, "affiliation", string(a.Role)), "/>"...)
		}
		w.element(append(b, "</affiliations>"...))
	case Subscriptions:
		w.list("pubsub", "<pubsub xmlns='"+nsPubSubOwner+"'>")
		b = append(stanza.AppendAttr(append(b, "<subscriptions"...), "node", r.Node), '>')
		for _, s := range r.List {
			state := "subscribed"
			if s.Pending {
				state = "pending"
			}
			b = stanza.AppendAttr(append(b, "<subscription"...), "jid", s.JID.String())
			b = append(stanza.AppendAttr(b, "subscription", state), "/>"...)
		}
		w.element(append(b, "</subscriptions>"...))
	case Published:
		w.items(r.Node)
		if r.ID != "" {
			w.element(appendItem(b, &r))
		}
	}
}

// items opens the items of a node (XEP-0227 #pep-items).
func (w *writer) items(node string) {
	w.list("pubsub", "<pubsub xmlns='"+nsPubSub+"'>")
	if w.node == node {
		return
	}
	if w.node != "" {
		w.end()
	}
	w.begin("items", "<items"+string(stanza.AppendAttr(nil, "node", node))+">")
	w.node = node
}

func appendItem(b []byte, r *Published) []byte {
	b = stanza.AppendAttr(append(b, "<item"...), "id", r.ID)
	if !r.Publisher.IsZero() {
		b = stanza.AppendAttr(b, "publisher", r.Publisher.String())
	}
	if at := r.Published; !at.IsZero() {
		b = stanza.AppendAttr(append(b, " xmlns:c='"+NSOurs+"'"...), "c:published", at.UTC().Format(time.RFC3339Nano))
	}
	if len(r.Payload) == 0 {
		return append(b, "/>"...)
	}
	b = append(append(b, '>'), r.Payload...)
	return append(b, "</item>"...)
}
