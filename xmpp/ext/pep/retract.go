package pep

import (
	"context"
	"fmt"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A retraction is one item on its way out.
type retraction struct {
	owner    jid.JID
	node, id string
	who      jid.JID
	notify   bool // whatever the node says
}

// retractRequest deletes an item (XEP-0060 #publisher-delete).
func (s *Service) retractRequest(ctx context.Context, r *request) ([]byte, error) {
	if r.node() == "" {
		return nil, nodeRequired() // XEP-0060 #publisher-delete-error-nodeid
	}
	items, err := inside(r.first())
	if err != nil {
		return nil, err
	}
	// XEP-0060 #publisher-delete-request: "one <item/> element … MUST possess an 'id'
	// attribute"
	if len(items) != 1 || !items[0].Is(NS, "item") || items[0].Attr("id") == "" {
		return nil, itemRequired("name one item") // XEP-0060 #publisher-delete-error-itemid
	}
	notify := r.first().Attr("notify")
	return nil, s.retract(ctx, &retraction{
		owner: r.owner, node: r.node(), id: items[0].Attr("id"), who: r.from, notify: notify == "true" || notify == "1",
	})
}

func (s *Service) retract(ctx context.Context, t *retraction) error {
	if err := s.commitRetraction(ctx, t); err != nil {
		return err
	}
	s.tell(ctx, t.owner)
	return nil
}

// commitRetraction is retract up to the disk.
func (s *Service) commitRetraction(ctx context.Context, t *retraction) error {
	defer s.lines.take(t.owner)()
	n, err := s.find(ctx, t.owner, t.node)
	switch {
	case err != nil:
		return err
	case n == nil:
		return noSuchNode() // XEP-0060 #publisher-delete-error-node
	case !n.Config.Persist:
		return unsupported("persistent-items") // XEP-0060 #publisher-delete-error-persistent
	}
	items, err := s.store.Find(ctx, t.owner, t.node, []string{t.id}, 0)
	if err != nil {
		return fmt.Errorf("read item of %s: %w", t.owner, err)
	}
	// Who may not delete learns nothing of what is there.
	if !mayRetract(t.owner, n, t.who, items) {
		return stanza.Forbidden.Err("") // XEP-0060 #publisher-delete-error-forbidden
	}
	if len(items) == 0 {
		return stanza.ItemNotFound.Err("there is no such item")
	}
	if err := s.change(ctx, t.owner, t.node, func(old *Node) *Step { return &Step{Node: old, Retract: []string{t.id}} }); err != nil {
		return err
	}
	s.lines.put(t.owner, event{
		change: Change{Owner: t.owner, Node: t.node, Retracted: []string{t.id}},
		kind:   eventItems, node: n, silent: !t.notify && !n.Config.NotifyRetract,
	})
	return nil
}

// mayRetract reports whether somebody may delete items: an owner any, a publisher
// his own (XEP-0060 #affiliations: to let a publisher delete any is left open).
func mayRetract(owner jid.JID, n *Node, who jid.JID, items []Item) bool {
	switch n.role(owner, who) {
	case Owner:
		return true
	case Outcast:
		return false
	}
	for i := range items {
		if items[i].Publisher.Bare() != who.Bare() {
			return false
		}
	}
	return len(items) > 0
}

// change writes a step that needs nothing but the node, which is there. Whoever
// calls it has the turn of owner.
func (s *Service) change(ctx context.Context, owner jid.JID, node string, f func(old *Node) *Step) error {
	_, err := s.write(ctx, owner, node, func(old *Node, _ Usage) (*Step, error) {
		if old == nil {
			return nil, noSuchNode()
		}
		return f(old), nil
	})
	return err
}

// purgeRequest removes all items of a node (XEP-0060 #owner-purge).
func (s *Service) purgeRequest(ctx context.Context, r *request) ([]byte, error) {
	err := s.own(ctx, r, func(n *Node) (event, error) {
		if !n.Config.Persist {
			return event{}, unsupported("persistent-items") // XEP-0060 #owner-purge-error-nopersist
		}
		// XEP-0060 #owner-purge-success: "MUST NOT result in sending the same
		// notifications as are sent when deleting items … a single notification"
		ev := event{change: Change{Owner: r.owner, Node: n.Name, Purged: true}, kind: eventPurge, node: n, silent: !n.Config.NotifyRetract}
		return ev, s.change(ctx, r.owner, n.Name, func(old *Node) *Step { return &Step{Node: old, Purge: true} })
	})
	return nil, err
}

// deleteRequest removes a node with all it has (XEP-0060 #owner-delete). A
// replacement that it names is passed on, and not remembered.
func (s *Service) deleteRequest(ctx context.Context, r *request) ([]byte, error) {
	children, err := inside(r.first())
	if err != nil {
		return nil, err
	}
	uri := ""
	for i := range children {
		if children[i].Is(NSOwner, "redirect") {
			uri = children[i].Attr("uri")
		}
	}
	err = s.own(ctx, r, func(n *Node) (event, error) {
		ev := event{
			change: Change{Owner: r.owner, Node: n.Name, Deleted: true}, kind: eventDelete, node: n,
			silent: !n.Config.NotifyDelete, redirect: uri,
		}
		return ev, s.change(ctx, r.owner, n.Name, func(*Node) *Step { return new(Step) })
	})
	return nil, err
}

// own does what only owners of a node may do to it, and tells of it.
func (s *Service) own(ctx context.Context, r *request, do func(*Node) (event, error)) error {
	err := func() error {
		defer s.lines.take(r.owner)()
		n, err := s.owned(ctx, r)
		if err != nil {
			return err
		}
		ev, err := do(n)
		if err == nil {
			s.lines.put(r.owner, ev)
		}
		return err
	}()
	if err == nil {
		s.tell(ctx, r.owner)
	}
	return err
}

// owned finds the node that a request of an owner names.
func (s *Service) owned(ctx context.Context, r *request) (*Node, error) {
	n, err := s.existing(ctx, r)
	if err != nil {
		return nil, err
	}
	return n, mayOwn(r.owner, n, r.from)
}
