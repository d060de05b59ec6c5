package portable

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"causeway/xmpp/ext/pep"
	"causeway/xmpp/form"
)

// maxNodeName bounds the names of nodes and the ids of items, in bytes.
const maxNodeName = 3*1023 + 2

// A node is one that is being imported. What a file says of it may come in any order.
type node struct {
	name          string
	configured    bool // its configuration has come
	created       time.Time
	affiliations  []pep.Affiliation
	subscriptions []pep.Subscription
	config        pep.Config
	items         int
	dirty         bool // the store does not know all of this
}

// node gives the node of that name; nil if there is no room for another.
func (d *draft) node(name string) *node {
	n := d.nodes[name]
	if n != nil {
		return n
	}
	if len(d.nodes) >= d.im.target.Limits.Nodes || len(name) > maxNodeName {
		d.lose("node beyond what is kept", 1)
		return nil
	}
	n = &node{name: name, config: closed(), dirty: true}
	d.nodes[name] = n
	d.counts["nodes"]++
	return n
}

// closed is the configuration of a node of whose own we know nothing: nobody else
// reads what may have been private, and no item goes.
func closed() pep.Config {
	c := pep.DefaultConfig()
	c.Access, c.MaxItems = pep.Whitelist, 0
	return c
}

// pubsub takes a record about a node.
func (d *draft) pubsub(r Record) error {
	switch r := r.(type) {
	case Node:
		if n := d.node(r.Name); n != nil {
			n.configured, n.created, n.dirty = true, r.Created, true
			n.config = d.configured(r.Form)
		}
	case Affiliations:
		if n := d.node(r.Node); n != nil {
			n.affiliations, n.dirty = distinct(d, r.List, func(a pep.Affiliation) string { return a.JID.String() }), true
		}
	case Subscriptions:
		if n := d.node(r.Node); n != nil {
			n.subscriptions, n.dirty = distinct(d, r.List, func(s pep.Subscription) string { return s.JID.String() }), true
		}
	case Published:
		if n := d.node(r.Node); n != nil && r.ID != "" {
			return d.published(n, r.Item)
		}
	}
	return nil
}

// configured applies a form field by field. "Importers SHOULD ignore node configuration
// options that the target server implementation doesn't recognise"; one that it knows,
// with a value that it cannot have, may matter and is reported (XEP-0227 #pep-config).
func (d *draft) configured(f *form.Form) pep.Config {
	c := pep.DefaultConfig()
	for i := range f.Fields {
		if len(f.Fields[i].Values) == 0 {
			continue // Prosody writes what is not set as fields without a value
		}
		next, err := c.With(&form.Form{Type: form.Submit, Fields: f.Fields[i : i+1]})
		switch {
		case err == nil:
			c = next
		case f.Fields[i].Var == "pubsub#access_model":
			c.Access = pep.Whitelist
			d.lose("access model of a node that is not supported: nobody else can read it", 1)
		default:
			d.lose("value of "+clip(f.Fields[i].Var)+" of a node", 1)
		}
	}
	return c
}

// distinct keeps the first of each address, as many as a node may have.
func distinct[T any](d *draft, list []T, key func(T) string) []T {
	seen := make(map[string]bool, len(list))
	list = slices.DeleteFunc(list, func(v T) bool {
		twice := seen[key(v)]
		seen[key(v)] = true
		return twice
	})
	if n := len(list); n > maxPeople {
		d.lose("address of a node that has too many", n-maxPeople)
		list = list[:maxPeople]
	}
	return list
}

// published takes an item.
func (d *draft) published(n *node, item pep.Item) error {
	switch {
	case len(item.ID) > maxNodeName:
		d.lose("item whose id is too long", 1)
		return nil
	case len(item.Payload) > d.im.target.Limits.ItemBytes:
		d.lose("item that is too large", 1)
		return nil
	case n.items >= d.most(n.config) && n.config.Full == "reject":
		d.lose("item beyond what is kept", 1)
		return nil
	}
	n.items++
	d.counts["items"]++
	return d.later(len(item.Payload)+len(item.ID), func(ctx context.Context) error { return d.publish(ctx, n, item) })
}

// publish writes an item; that of an account that is there stays as it is.
func (d *draft) publish(ctx context.Context, n *node, item pep.Item) error {
	store := d.im.target.Store.PubSub()
	if d.result == Merged {
		old, err := store.Find(ctx, d.owner, n.name, []string{item.ID}, 0)
		if err != nil {
			return err
		}
		if len(old) > 0 {
			d.counts["items"]--
			return nil
		}
	}
	if item.Published.IsZero() {
		item.Published = time.Now().UTC()
	}
	_, err := store.Change(ctx, d.owner, n.name, func(old *pep.Node, _ pep.Usage) (*pep.Step, error) {
		now := n.becomes(old, d.result == Merged)
		step := &pep.Step{Node: now, Put: &item, Keep: d.most(now.Config), Quota: d.im.target.Limits.NodeBytes}
		if now.Config.Expire > 0 {
			step.Expires = item.Published.Add(now.Config.Expire)
		}
		if !now.Config.Persist {
			step.Put = nil
		}
		return step, nil
	})
	if errors.Is(err, pep.ErrQuota) {
		d.counts["items"]--
		d.lose("item beyond what is kept", 1)
		return nil
	}
	return err
}

// most is how many items a node keeps.
func (d *draft) most(c pep.Config) int {
	if c.MaxItems == 0 {
		return d.im.target.Limits.Items
	}
	return min(c.MaxItems, d.im.target.Limits.Items)
}

// writeNodes writes what items have not brought with them.
func (d *draft) writeNodes(ctx context.Context) error {
	for _, name := range slices.Sorted(maps.Keys(d.nodes)) {
		n := d.nodes[name]
		if !n.configured {
			d.lose("configuration of a node is missing: nobody else can read it", 1)
		}
		if !n.dirty {
			continue
		}
		known := false
		_, err := d.im.target.Store.PubSub().Change(ctx, d.owner, name, func(old *pep.Node, _ pep.Usage) (*pep.Step, error) {
			known = old != nil
			now := n.becomes(old, d.result == Merged)
			return &pep.Step{Node: now, Keep: d.most(now.Config)}, nil
		})
		if err != nil {
			return err
		}
		if known && d.result == Merged {
			d.counts["nodes"]--
		}
	}
	d.im.target.Changed(d.owner)
	return nil
}

// becomes gives what becomes of the node: one that an account has had stays as it is.
func (n *node) becomes(old *pep.Node, keep bool) *pep.Node {
	if old != nil && keep {
		return old
	}
	n.dirty = false
	now := &pep.Node{
		Name: n.name, Created: n.created, Config: n.config, Affiliations: n.affiliations, Subscriptions: n.subscriptions,
	}
	if old != nil && now.Created.IsZero() {
		now.Created = old.Created
	}
	if now.Created.IsZero() {
		now.Created = time.Now().UTC()
	}
	return now
}
