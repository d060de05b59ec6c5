package pep

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"

	"causeway/xmpp/jid"
)

// served knows which nodes each available resource has had events of, or a last
// item, so that a last item comes once (XEP-0163 #notify-when: "any subsequent
// presence stanza … MUST NOT trigger sending of a new pubsub notification").
type served struct {
	mu    sync.Mutex
	nodes map[jid.JID]*record // by full JID
}

// A record is that of one resource.
type record struct {
	had   map[string]bool // by the name of a node
	busy  bool            // a round is under way
	again bool            // another one is wanted after it
}

// begin opens the record of a resource for a round, and gives it with the nodes that the
// resource has had something of. It is nil if a round is under way: then another one
// follows that.
func (d *served) begin(full jid.JID) (r *record, had map[string]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nodes == nil {
		d.nodes = make(map[jid.JID]*record)
	}
	if r = d.nodes[full]; r == nil {
		r = &record{had: make(map[string]bool)}
		d.nodes[full] = r
	}
	if r.busy {
		r.again = true
		return nil, nil
	}
	r.busy, r.again = true, false
	return r, maps.Clone(r.had)
}

// another reports whether another round has been asked for.
func (d *served) another(r *record) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return r.again
}

// finish ends a round, in which something of these nodes was given; it reports whether
// another one has been asked for.
func (d *served) finish(full jid.JID, r *record, given map[string]bool) (again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.nodes[full] != r {
		return false // it went away, and has another record if it came back
	}
	maps.Copy(r.had, given)
	r.busy = false
	return r.again
}

// note remembers that resources, if their records are open, get something of nodes
// of that name.
func (d *served) note(people []recipient, node string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range people {
		if r := d.nodes[p.jid]; r != nil {
			r.had[node] = true
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
// #notify-last). Many items are sent as the client takes them, after Known returns.
func (s *Service) Known(ctx context.Context, full jid.JID) {
	sess := s.router.Session(full)
	if sess == nil || !sess.Available() {
		return
	}
	record, had := s.served.begin(full)
	if record == nil {
		return
	}
	if now := s.router.Session(full); now != sess || !sess.Available() {
		s.served.end(full) // it went away meanwhile, and Gone may have come before
		return
	}
	accounts, err := s.contacts.Subscriptions(ctx, full.Bare())
	if err != nil {
		s.log.Error("last items were not sent", slog.String("jid", full.String()), slog.Any("err", err))
	}
	r := &round{
		session: sess, record: record, owners: append([]jid.JID{full.Bare()}, accounts...),
		had: had, given: make(map[string]bool), room: s.limits.PageBytes,
	}
	if s.serve(ctx, r) {
		s.finish(ctx, r)
		return
	}
	// Ends when the client has all, has gone, or takes nothing for roundPatience.
	go s.serveRest(context.WithoutCancel(ctx), r)
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
		r := &round{session: sess, given: make(map[string]bool), room: s.limits.PageBytes}
		if err := s.lastItems(ctx, owner.Bare(), r); err != nil {
			s.log.Error("last items were not sent", slog.String("jid", sess.JID().String()), slog.Any("err", err))
		}
		for node := range r.given {
			s.served.note([]recipient{{jid: sess.JID()}}, node)
		}
	}
}

// Gone takes it that a resource is no longer available.
func (s *Service) Gone(full jid.JID) { s.served.end(full) }

// lastItems sends a resource the last items of one account.
func (s *Service) lastItems(ctx context.Context, owner jid.JID, r *round) error {
	nodes, err := s.nodes(ctx, owner)
	if err != nil {
		return err
	}
	full := r.session.JID()
	var wanted []*Node
	for i := range nodes {
		n := &nodes[i]
		if n.Config.Deliver && n.Config.Persist && n.Config.SendLast == lastOnPresence &&
			s.interests.Wants(full, n.Name) && !r.had[n.Name] && (!r.closed || r.given[n.Name]) {
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
		r.given[n.Name] = true
		ok, err := s.reads(ctx, owner, n, full)
		if err == nil && ok {
			err = s.queueLast(ctx, owner, n, full, r)
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
func (s *Service) queueLast(ctx context.Context, owner jid.JID, n *Node, to jid.JID, r *round) error {
	defer s.lines.take(owner)()
	items, _, err := s.store.Page(ctx, owner, n.Name, Page{Max: 1, Backward: true})
	if err != nil {
		return fmt.Errorf("read last item of %s: %w", owner, err)
	}
	if len(items) == 0 {
		return nil
	}
	told, ok := r.take(len(items[0].Payload)+len(items[0].ID)+len(n.Name)+envelope, s.limits.PageBytes)
	if !ok {
		s.log.Debug("a last item had no room", slog.String("jid", to.String()), slog.String("node", n.Name))
		return nil
	}
	s.lines.put(owner, event{
		change: Change{Owner: owner, Node: n.Name, Published: items}, kind: eventLast, node: n, to: to, told: told,
	})
	return nil
}
