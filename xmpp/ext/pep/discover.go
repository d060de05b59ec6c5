package pep

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
)

// Features gives what discovery says of an account: "all supported XEP-0060 features"
// (XEP-0163 #support-owner; the names are in XEP-0060 #features and
// #registrar-features). Of the access models, the one that is the default is a
// feature.
func Features() []string {
	names := []string{
		"access-presence", "auto-create", "auto-subscribe", "config-node", "config-node-max", "create-and-configure",
		"create-nodes", "delete-items", "delete-nodes", "filtered-notifications", "instant-nodes", "item-ids",
		"last-published", "manage-subscriptions", "member-affiliation", "meta-data", "modify-affiliations", "multi-items",
		"outcast-affiliation", "persistent-items", "presence-notifications", "presence-subscribe", "publish",
		"publish-node-full", "publish-options", "publisher-affiliation", "purge-nodes", "retract-items",
		"retrieve-affiliations", "retrieve-default", "retrieve-items", "retrieve-subscriptions", "subscribe",
		"subscription-notifications",
		"pubsub-on-a-jid", // XEP-0060 #presence
		"rsm",             // XEP-0060 #subscriber-retrieve-returnsome
	}
	features := []string{NS}
	for _, n := range names {
		features = append(features, NS+"#"+n)
	}
	return features
}

// HostFeatures gives what discovery says of a host whose accounts have nodes: clients
// that keep private data look there (XEP-0223 #support).
func HostFeatures() []string { return []string{NS + "#publish-options"} }

// Visible gives the nodes of an account that asker may read or subscribe to (XEP-0163
// #support-contact: "MUST return as service discovery items only those nodes").
func (s *Service) Visible(ctx context.Context, owner, asker jid.JID) ([]Node, error) {
	nodes, err := s.nodes(ctx, owner)
	if err != nil {
		return nil, err
	}
	var visible []Node
	for i := range nodes {
		err := s.maySubscribe(ctx, owner, &nodes[i], asker)
		if isInner(err) {
			return nil, err
		}
		if err == nil {
			visible = append(visible, nodes[i])
		}
	}
	return visible, nil
}

// MetaData tells of one node (XEP-0060 #entity-metadata), if it is there and asker may
// see it.
func (s *Service) MetaData(ctx context.Context, owner, asker jid.JID, node string) (*form.Form, bool, error) {
	visible, err := s.Visible(ctx, owner, asker)
	n := pick(visible, node)
	if err != nil || n == nil {
		return nil, false, err
	}
	f := form.New(form.Result, formMetaData)
	add := func(name, typ string, values ...string) {
		if !slices.Equal(values, []string{""}) {
			f.Fields = append(f.Fields, form.Field{Var: fieldPrefix + name, Type: typ, Values: values})
		}
	}
	owners, publishers := []string{owner.String()}, []string{}
	for _, a := range n.Affiliations {
		switch a.Role {
		case Owner:
			owners = append(owners, a.JID.String())
		case Publisher:
			publishers = append(publishers, a.JID.String())
		}
	}
	c := &n.Config
	add("type", form.TextSingle, c.Type)
	add("creator", form.JIDSingle, owner.String())
	add("creation_date", form.TextSingle, n.Created.UTC().Format(time.RFC3339))
	add("title", form.TextSingle, c.Title)
	add("description", form.TextSingle, c.Description)
	add("language", form.ListSingle, c.Language)
	add("access_model", form.ListSingle, string(c.Access))
	add("publish_model", form.ListSingle, c.PublishModel)
	add("max_items", form.TextSingle, orMax(c.MaxItems))
	add("owner", form.JIDMulti, owners...)
	if len(publishers) > 0 {
		add("publisher", form.JIDMulti, publishers...)
	}
	add("num_subscribers", form.TextSingle, strconv.Itoa(len(n.Subscriptions)))
	return f, true, nil
}

// IDs gives the ids of the items of a node, newest last, if asker may read them
// (XEP-0060 #entity-discoveritems). Ok is false if there is no such node for asker.
func (s *Service) IDs(ctx context.Context, owner, asker jid.JID, node string) (ids []string, ok bool, err error) {
	n, err := s.find(ctx, owner, node)
	if err != nil || n == nil {
		return nil, false, err
	}
	if ok, err = s.reads(ctx, owner, n, asker); err != nil || !ok {
		return nil, false, err
	}
	items, _, err := s.store.Page(ctx, owner, node, Page{Backward: true, Bytes: s.limits.PageBytes})
	if err != nil {
		return nil, false, fmt.Errorf("read items of %s: %w", owner, err)
	}
	for i := range items {
		ids = append(ids, items[i].ID)
	}
	return ids, true, nil
}
