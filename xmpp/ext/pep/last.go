package pep

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"causeway/xmpp/jid"
)

// served knows which nodes each available resource has had events of, or a last
// item, so that a last item comes once (XEP-0163 #notify-when: "any subsequent
// presence stanza … MUST NOT trigger sending of a new pubsub notification").
type served struct {
	mu    sync.Mutex
	nodes map[jid.JID]map[string]bool // by full JID, by the name of a node
}

// begin opens the record of a resource.
func (d *served) begin(full jid.JID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nodes == nil {
		d.nodes = make(map[jid.JID]map[string]bool)
	}
	if d.nodes[full] == nil {
		d.nodes[full] = make(map[string]bool)
	}
}

// had reports whether the resource has had something of nodes of that name.
func (d *served) had(full jid.JID, node string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.nodes[full][node]
}

// note remembers that resources, if their records are open, get something of nodes
// of that name.
func (d *served) note(people []recipient, node string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range people {
		if r := d.nodes[p.jid]; r != nil {
			r[node] = true
		}
	}
}

// end forgets a resource.
func (d *served) end(full jid.JID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.nodes, full)
}

// Known takes it that the capabilities of an available resource have become known,
// or others than before: it gets the last item of the nodes that it wants, of its own
// account and of those whose presence that sees, once for each (XEP-0163
// #notify-last).
func (s *Service) Known(ctx context.Context, full jid.JID) {
	sess := s.router.Session(full)
	if sess == nil || !sess.Available() {
		return
	}
	s.served.begin(full)
	if now := s.router.Session(full); now != sess || !sess.Available() {
		s.served.end(full) // it went away meanwhile, and Gone may have come before
		return
	}
	accounts, err := s.contacts.Subscriptions(ctx, full.Bare())
	if err != nil {
		s.log.Error("last items were not sent", slog.String("jid", full.String()), slog.Any("err", err))
	}
	had := func(node string) bool { return s.served.had(full, node) }
	given := make(map[string]bool)
	room := s.limits.PageBytes // a client can be sent only so much at once
	for _, owner := range append([]jid.JID{full.Bare()}, accounts...) {
		if !s.local(owner) {
			continue // the server of that account sees to it
		}
		if err := s.lastItems(ctx, owner, full, had, given, &room); err != nil {
			s.log.Error("last items were not sent", slog.String("jid", full.String()), slog.Any("err", err))
		}
	}
	s.noteAll(full, given)
}

// Subscribed takes it that a contact has come to see the presence of owner: its
// available resources get the last items that they want (XEP-0163 #notify-last: "to
// all new subscribers").
func (s *Service) Subscribed(ctx context.Context, owner, contact jid.JID) {
	if !s.local(contact) {
		return
	}
	for _, sess := range s.router.Sessions(contact.Bare()) {
		if !sess.Available() {
			continue
		}
		given, room := make(map[string]bool), s.limits.PageBytes
		if err := s.lastItems(ctx, owner.Bare(), sess.JID(), nil, given, &room); err != nil {
			s.log.Error("last items were not sent", slog.String("jid", sess.JID().String()), slog.Any("err", err))
		}
		s.noteAll(sess.JID(), given)
	}
}

// noteAll remembers the nodes that a resource was given something of.
func (s *Service) noteAll(full jid.JID, given map[string]bool) {
	for node := range given {
		s.served.note([]recipient{{jid: full}}, node)
	}
}

// Gone takes it that a resource is no longer available.
func (s *Service) Gone(full jid.JID) { s.served.end(full) }

// lastItems sends a resource the last items of one account, but for the nodes that it
// had before, if had is not nil. The names of those that it wants go into given; room
// is how many bytes it may still be sent.
func (s *Service) lastItems(ctx context.Context, owner, full jid.JID, had func(string) bool, given map[string]bool, room *int) error {
	nodes, err := s.nodes(ctx, owner)
	if err != nil {
		return err
	}
	var wanted []*Node
	for i := range nodes {
		n := &nodes[i]
		if n.Config.Deliver && n.Config.Persist && n.Config.SendLast == lastOnPresence &&
			s.interests.Wants(full, n.Name) && (had == nil || !had(n.Name)) {
			wanted = append(wanted, n)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	if full.Bare() != owner {
		// XEP-0060 #auto-subscribe-contact
		if ok, err := s.seesPresence(ctx, owner, full); err != nil || !ok {
			return err
		}
	}
	for _, n := range wanted {
		given[n.Name] = true
		ok, err := s.reads(ctx, owner, n, full)
		if err == nil && ok {
			err = s.queueLast(ctx, owner, n, full, room)
		}
		if err != nil {
			return err
		}
	}
	s.tell(ctx, owner)
	return nil
}

// queueLast puts the last item of a node into the line of its owner: so nobody gets
// it after a newer one.
func (s *Service) queueLast(ctx context.Context, owner jid.JID, n *Node, to jid.JID, room *int) error {
	defer s.lines.take(owner)()
	items, _, err := s.store.Page(ctx, owner, n.Name, Page{Max: 1, Backward: true})
	if err != nil {
		return fmt.Errorf("read last item of %s: %w", owner, err)
	}
	if len(items) == 0 {
		return nil
	}
	if len(items[0].Payload) > *room {
		s.log.Debug("a last item had no room", slog.String("jid", to.String()), slog.String("node", n.Name))
		return nil
	}
	*room -= len(items[0].Payload)
	s.lines.put(owner, event{
		change: Change{Owner: owner, Node: n.Name, Published: items}, kind: eventLast, node: n, to: to,
	})
	return nil
}
