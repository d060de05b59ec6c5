package pep

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// A publication is one item on its way to a node.
type publication struct {
	owner jid.JID
	node  string
	who   jid.JID // who publishes
	item  *Item   // nil: none came with the request
	opts  *form.Form
	trust bool // who is the server itself, for the owner
}

// publishRequest publishes an item (XEP-0060 #publisher-publish, XEP-0163 #publish).
func (s *Service) publishRequest(ctx context.Context, r *request) ([]byte, error) {
	if err := s.lines.wait(ctx, r.owner); err != nil {
		return nil, err
	}
	p := publication{owner: r.owner, node: r.node(), who: r.from}
	items, err := inside(r.first())
	if err != nil {
		return nil, err
	}
	if len(items) > 1 {
		// XEP-0060 #publisher-publish-request: "more than one <item/> … is no longer allowed"
		return nil, stanza.BadRequest.Err("one item at a time can be published")
	}
	if len(items) == 1 {
		if p.item, err = readItem(&items[0]); err != nil {
			return nil, err
		}
	}
	if p.opts, err = r.form(NS, "publish-options"); err != nil {
		return nil, err
	}
	named := p.item != nil && p.item.ID != ""
	if err := s.publish(ctx, &p); err != nil {
		return nil, err
	}
	if named || p.item == nil {
		return nil, nil
	}
	// XEP-0060 #publisher-publish-success: without an ItemID, the result names it
	b := appendPubsub(nil, NS, "publish", p.node)
	b = append(b, "<item"...)
	b = stanza.AppendAttr(b, "id", p.item.ID)
	return append(b, "/></publish></pubsub>"...), nil
}

// readItem reads the <item/> of a publication.
func readItem(e *stanza.Element) (*Item, error) {
	if !e.Is(NS, "item") {
		return nil, stanza.BadRequest.Err("only an item can be published")
	}
	payloads, err := inside(e)
	if err != nil {
		return nil, err
	}
	item := &Item{ID: e.Attr("id")}
	switch len(payloads) {
	case 0:
	case 1:
		// Its bytes may lie in the buffer of a stream, and others may tell of it later.
		item.Payload = bytes.Clone(payloads[0].XML)
	default:
		// XEP-0060 #publisher-publish-error-badpayload
		return nil, fault(stanza.BadRequest, "invalid-payload", "an item has one payload")
	}
	return item, nil
}

// publish does it, and tells those whom it concerns.
func (s *Service) publish(ctx context.Context, p *publication) error {
	if err := s.checkName(p.node); err != nil {
		return err
	}
	if err := preconditions(p.opts); err != nil {
		return err
	}
	if p.item != nil && len(p.item.ID) > maxID {
		return stanza.NotAcceptable.Err("the id of the item is too long")
	}
	if err := s.commit(ctx, p); err != nil {
		return err
	}
	s.tell(ctx, p.owner)
	return nil
}

// commit is publish up to the disk.
func (s *Service) commit(ctx context.Context, p *publication) error {
	defer s.lines.take(p.owner)()
	n, err := s.find(ctx, p.owner, p.node)
	if err != nil {
		return err
	}
	created := n == nil
	if created {
		n, err = s.autoCreate(p)
	} else {
		err = s.mayAdd(ctx, p, n)
	}
	if err != nil {
		return err
	}
	if err := s.checkItem(p, n); err != nil {
		return err
	}
	c := Change{Owner: p.owner, Node: p.node}
	ev := event{change: c, kind: eventItems, node: n, by: p.who}
	if p.item != nil {
		p.stamp()
		ev.change.Published = []Item{*p.item}
	}
	if n.Config.Persist || created {
		evicted, err := s.write(ctx, p.owner, p.node, s.addition(p, n, created))
		if err != nil {
			return err
		}
		ev.change.Retracted, ev.evicted = evicted, true
	}
	s.lines.put(p.owner, ev)
	return nil
}

// stamp gives an item what only the server knows: its id if it has none, its time and
// its publisher, who is never believed (XEP-0060 #publisher-publish-success-publisher).
func (p *publication) stamp() {
	if p.item.ID == "" {
		p.item.ID = rand.Text()
	}
	if p.item.Published.IsZero() || !p.trust {
		p.item.Published = time.Now().UTC()
	}
	if p.item.Publisher.IsZero() || !p.trust {
		p.item.Publisher = p.who
	}
}

// autoCreate makes the node that is missing: "the PEP service MUST create the node"
// (XEP-0163 #publish), for its owner alone.
func (s *Service) autoCreate(p *publication) (*Node, error) {
	if p.who.Bare() != p.owner {
		return nil, stanza.Forbidden.Err("") // XEP-0060 #publisher-publish-error-forbidden
	}
	cfg, err := s.newConfig(p.node).apply(p.opts)
	if err != nil {
		return nil, err
	}
	return &Node{Name: p.node, Created: time.Now().UTC(), Config: cfg}, nil
}

// mayAdd checks a publication to a node that is there.
func (s *Service) mayAdd(ctx context.Context, p *publication, n *Node) error {
	if err := s.mayPublish(ctx, p.owner, n, p.who); err != nil {
		return err
	}
	return n.Config.meets(p.opts, s.limits)
}

// checkItem holds what came against the kind of the node (XEP-0060
// #publisher-publish-error-badrequest, #publisher-publish-error-bigpayload).
func (s *Service) checkItem(p *publication, n *Node) error {
	c := n.Config.clamped(s.limits)
	switch {
	case p.item == nil && (c.Persist || c.Payloads):
		return itemRequired("there is no item to publish")
	case p.item == nil:
		return nil
	case !c.Persist && !c.Payloads:
		return fault(stanza.BadRequest, "item-forbidden", "the node takes no items")
	case len(p.item.Payload) == 0 && c.Payloads:
		return fault(stanza.BadRequest, "payload-required", "the item is empty")
	case len(p.item.Payload) > c.MaxPayload:
		return fault(stanza.NotAcceptable, "payload-too-big", fmt.Sprintf("at most %d bytes", c.MaxPayload))
	case c.Type != "" && len(p.item.Payload) > 0 && rootSpace(p.item.Payload) != c.Type:
		// XEP-0060 #publisher-publish-error-badpayload
		return fault(stanza.BadRequest, "invalid-payload", "the namespace is not that of the node")
	}
	return nil
}

// addition is the change of a node that a publication makes.
func (s *Service) addition(p *publication, n *Node, created bool) func(*Node, Usage) (*Step, error) {
	return func(old *Node, all Usage) (*Step, error) {
		if created && all.Nodes >= s.limits.Nodes {
			return nil, tooManyNodes(s.limits.Nodes)
		}
		step := &Step{Node: n, Quota: s.limits.Bytes}
		if old != nil {
			step.Node = old
		}
		if n.Config.Persist {
			c := n.Config.clamped(s.limits)
			step.Put, step.Keep, step.Refuse = p.item, c.MaxItems, c.Full == fullReject
			if c.Expire > 0 {
				step.Expires = p.item.Published.Add(c.Expire)
			}
		}
		return step, nil
	}
}

// write changes a node on the disk, and in what is remembered of it. Whoever calls
// it has the turn of owner.
func (s *Service) write(ctx context.Context, owner jid.JID, node string, f func(*Node, Usage) (*Step, error)) ([]string, error) {
	evicted, err := s.store.Change(ctx, owner, node, f)
	s.cache.Drop(owner) // also after an error: it is not certain what is on the disk
	switch {
	case errors.Is(err, ErrNodeFull):
		// XEP-0060 #publisher-publish-error-nodefull
		return nil, fault(stanza.Conflict, "node-full", ErrNodeFull.Error())
	case errors.Is(err, ErrQuota):
		// RFC 6120 §8.3.3.12: "violated some local service policy"
		return nil, stanza.PolicyViolation.Err(ErrQuota.Error())
	case err != nil:
		return nil, fmt.Errorf("change node of %s: %w", owner, err)
	}
	return evicted, nil
}

// checkName refuses a node that cannot be.
func (s *Service) checkName(node string) error {
	switch {
	case node == "":
		return nodeRequired()
	case len(node) > maxID:
		return stanza.NotAcceptable.Err("the name of the node is too long")
	}
	return nil
}
