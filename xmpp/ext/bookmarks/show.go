package bookmarks

import (
	"context"
	"fmt"

	"causeway/xmpp/jid"
)

// itemOld is the id of the one item of the old node (XEP-0048 #storage-pubsub-upload).
const itemOld = "current"

// show makes the list in the old node what the items say (XEP-0402 #publishing). The
// caller has the turn of owner.
func (s *Service) show(ctx context.Context, owner jid.JID) error {
	others, err := s.kept(ctx, owner)
	if err != nil {
		return err
	}
	rooms, err := s.rooms(ctx, owner)
	if err != nil {
		return err
	}
	shown, err := s.nodes.Items(ctx, owner, NodeOld)
	if err != nil {
		return fmt.Errorf("read the list of bookmarks: %w", err)
	}
	l := list{rooms, others}
	if len(shown) == 0 && l.empty() {
		return nil // nobody has ever used it
	}
	if len(shown) > 0 {
		if last := readList(shown[len(shown)-1].Payload); last.equal(&l) {
			return nil
		}
	}
	return s.publish(ctx, owner, NodeOld, Item{ID: itemOld, Payload: l.payload()})
}
