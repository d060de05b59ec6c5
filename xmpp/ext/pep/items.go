package pep

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"causeway/xmpp/rsm"
	"causeway/xmpp/stanza"
)

// itemsRequest gives items to somebody who may have them (XEP-0060
// #subscriber-retrieve).
func (s *Service) itemsRequest(ctx context.Context, r *request) ([]byte, error) {
	n, err := s.existing(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := s.mayRead(ctx, r.owner, n, r.from); err != nil {
		return nil, err
	}
	if !n.Config.Persist {
		return nil, unsupported("persistent-items") // XEP-0060 #subscriber-retrieve-error-persistent
	}
	ids, err := wantedIDs(r)
	if err != nil {
		return nil, err
	}
	if ids != nil {
		// Who asks by ids sees what is missing, should it be too much for one answer.
		items, err := s.store.Find(ctx, r.owner, n.Name, ids, s.limits.PageBytes)
		if err != nil {
			return nil, fmt.Errorf("read items of %s: %w", r.owner, err)
		}
		return append(s.appendItems(nil, n, items), "</pubsub>"...), nil
	}
	return s.page(ctx, r, n)
}

// wantedIDs gives the ids that a request names, each once, nil if it names none.
func wantedIDs(r *request) ([]string, error) {
	children, err := inside(r.first())
	if err != nil {
		return nil, err
	}
	var ids []string
	named := make(map[string]bool, len(children))
	for i := range children {
		id := children[i].Attr("id")
		if !children[i].Is(NS, "item") || id == "" {
			return nil, itemRequired("an item is asked for by its id")
		}
		if !named[id] {
			named[id] = true
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// page answers a request for all items, or for a page of them. If they are too many
// for one answer, the first are given and the rest can be asked for (XEP-0060
// #subscriber-retrieve-returnsome).
func (s *Service) page(ctx context.Context, r *request, n *Node) ([]byte, error) {
	p := Page{Bytes: s.limits.PageBytes}
	set, paged, err := resultSet(r)
	if err != nil {
		return nil, err
	}
	if text := r.first().Attr("max_items"); text != "" {
		// XEP-0060 #subscriber-retrieve-requestrecent: "the N most recent"
		if p.Max, err = strconv.Atoi(text); err != nil || p.Max < 1 {
			return nil, stanza.BadRequest.Err("max_items is a number of items")
		}
		p.Backward = true
	}
	if paged {
		if set.Index != rsm.Unset {
			// XEP-0059 #jump: "MAY return a feature-not-implemented"
			return nil, stanza.FeatureNotImplemented.Err("pages are found by the ids of items")
		}
		if set.Max == 0 {
			// XEP-0059 #count
			part := rsm.Empty()
			part.Count = n.Usage.Items
			return append(part.Append(s.appendItems(nil, n, nil)), "</pubsub>"...), nil
		}
		p.After, p.Before, p.Backward = set.After, set.Before, set.Backward || p.Backward
		if set.Max > 0 && (p.Max == 0 || set.Max < p.Max) {
			p.Max = set.Max
		}
	}
	items, more, err := s.store.Page(ctx, r.owner, n.Name, p)
	switch {
	case errors.Is(err, ErrNoItem):
		return nil, stanza.ItemNotFound.Err("") // XEP-0059 #forwards: the item of the UID is gone
	case err != nil:
		return nil, fmt.Errorf("read items of %s: %w", r.owner, err)
	}
	b := s.appendItems(nil, n, items)
	if paged || more && r.first().Attr("max_items") == "" {
		b = part(items, p, more, n.Usage.Items).Append(b)
	}
	return append(b, "</pubsub>"...), nil
}

// resultSet reads the <set/> of a request, if there is one.
func resultSet(r *request) (rsm.Request, bool, error) {
	for i := range r.elements {
		if r.elements[i].Is(rsm.NS, "set") {
			set, err := rsm.Parse(r.elements[i].XML)
			if err != nil {
				return rsm.Request{}, false, stanza.BadRequest.Err("the set cannot be read")
			}
			return set, true, nil
		}
	}
	return rsm.Request{}, false, nil
}

// part describes a page. Where it stands in the whole is told if that is known
// without counting (XEP-0059 #forwards: index "SHOULD" be there, and may be
// approximate).
func part(items []Item, p Page, more bool, count int) rsm.Part {
	if len(items) == 0 {
		part := rsm.Empty()
		part.Count = count
		return part
	}
	part := rsm.Page(items[0].ID, items[len(items)-1].ID)
	part.Count = count
	switch {
	case !p.Backward && p.After == "", p.Backward && !more && p.After == "":
		part.Index = 0
	case p.Backward && p.Before == "":
		part.Index = max(0, count-len(items))
	}
	return part
}

// appendItems begins a <pubsub/> with the items of a node.
func (s *Service) appendItems(b []byte, n *Node, items []Item) []byte {
	b = appendPubsub(b, NS, "items", n.Name)
	for i := range items {
		b = appendItem(b, &n.Config, &items[i], true)
	}
	return append(b, "</items>"...)
}

// appendPubsub begins a <pubsub/> and, unless local is empty, the element inside it;
// node may be empty.
func appendPubsub(b []byte, ns, local, node string) []byte {
	b = append(b, "<pubsub"...)
	b = stanza.AppendAttr(b, "xmlns", ns)
	b = append(b, '>')
	if local == "" {
		return b
	}
	b = append(b, '<')
	b = append(b, local...)
	if node != "" {
		b = stanza.AppendAttr(b, "node", node)
	}
	return append(b, '>')
}

// appendItem writes an item, with its publisher if the node is to tell (XEP-0060
// #publisher-publish-success-publisher, #impl-association).
func appendItem(b []byte, c *Config, item *Item, payload bool) []byte {
	b = append(b, "<item"...)
	b = stanza.AppendAttr(b, "id", item.ID)
	if c.ItemReply == replyPublisher {
		b = stanza.AppendAttr(b, "publisher", item.Publisher.String())
	}
	if !payload || len(item.Payload) == 0 {
		return append(b, "/>"...)
	}
	b = append(b, '>')
	b = append(b, item.Payload...)
	return append(b, "</item>"...)
}
