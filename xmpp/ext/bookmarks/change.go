package bookmarks

import (
	"context"
	"errors"
	"fmt"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// change makes the items what a list says (XEP-0402 #publishing-legacy). The caller has
// the turn of owner.
func (s *Service) change(ctx context.Context, owner jid.JID, l list) error {
	if len(l.rooms) > maxRooms {
		return stanza.PolicyViolation.Err(fmt.Sprintf("at most %d rooms can be bookmarked in one list", maxRooms))
	}
	// What has a limit comes first: a list that is refused changes nothing.
	if err := s.keep(ctx, owner, l.others); err != nil {
		return err
	}
	rooms, err := s.rooms(ctx, owner)
	if err != nil {
		return err
	}
	there := make(map[string]room, len(rooms))
	for _, r := range rooms {
		there[r.jid] = r
	}
	for _, wanted := range l.rooms {
		old, ok := there[wanted.jid]
		delete(there, wanted.jid)
		if ok {
			wanted = old.changed(wanted)
			if wanted.equal(&old) {
				continue // XEP-0402 #publishing-legacy: "SHOULD NOT send notifications for unchanged items"
			}
		}
		if err := s.publish(ctx, owner, Node, Item{ID: wanted.id, Payload: wanted.payload()}); err != nil {
			return err
		}
	}
	for _, r := range rooms {
		if _, gone := there[r.jid]; !gone {
			continue
		}
		if err := s.nodes.Retract(ctx, owner, Node, r.id); err != nil && !isMissing(err) {
			return fmt.Errorf("retract a bookmark: %w", err)
		}
	}
	return nil
}

// rooms gives the bookmarks as they are, in the order in which they were published.
func (s *Service) rooms(ctx context.Context, owner jid.JID) ([]room, error) {
	items, err := s.nodes.Items(ctx, owner, Node)
	if err != nil {
		return nil, fmt.Errorf("read bookmarks: %w", err)
	}
	var rooms []room
	seen := make(map[string]bool)
	for _, item := range items {
		// Two ids may be the same address; the first one stands for it.
		if r, ok := readItem(item); ok && !seen[r.jid] {
			seen[r.jid] = true
			rooms = append(rooms, r)
		}
	}
	return rooms, nil
}

// publish publishes to a node that nobody but the owner may read (XEP-0402
// #diff-0048: "The storage MUST be" private, XEP-0223 #approach). If the owner's node
// is open to others it is closed first: XEP-0411 #security has "the service MUST make
// that the user is the only one who has access".
func (s *Service) publish(ctx context.Context, owner jid.JID, node string, item Item) error {
	err := s.nodes.Publish(ctx, owner, node, item, private("publish-options", node))
	var told *stanza.Error
	if errors.As(err, &told) && told.Condition == stanza.Conflict {
		if err = s.nodes.Configure(ctx, owner, node, private("node_config", node)); err == nil {
			err = s.nodes.Publish(ctx, owner, node, item, nil)
		}
	}
	if err != nil {
		return fmt.Errorf("publish bookmarks: %w", err)
	}
	return nil
}

// private makes the form that a node is configured with (XEP-0402 #adding-a-bookmark,
// XEP-0048 #storage-pubsub-upload).
func private(formType, node string) *form.Form {
	f := form.New(form.Submit, "http://jabber.org/protocol/pubsub#"+formType,
		form.Field{Var: "pubsub#persist_items", Values: []string{"true"}},
		form.Field{Var: "pubsub#access_model", Values: []string{"whitelist"}})
	if node == Node {
		f.Fields = append(f.Fields,
			form.Field{Var: "pubsub#max_items", Values: []string{"max"}},
			form.Field{Var: "pubsub#send_last_published_item", Values: []string{"never"}})
	}
	return f
}

// isMissing reports whether something is gone already.
func isMissing(err error) bool {
	var told *stanza.Error
	return errors.As(err, &told) && told.Condition == stanza.ItemNotFound
}
