package avatar

import (
	"context"
	"errors"
	"fmt"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// open is the access model of what anybody may read (XEP-0060 #accessmodels).
const open = "open"

// An unsuitable picture is not converted, and nothing is wrong with that.
type unsuitable string

func (u unsuitable) Error() string { return string(u) }

// Why a picture is unsuitable.
const (
	errTooLarge unsuitable = "the image is too large"
	errNoType   unsuitable = "nobody says what kind of image it is"
	errNoData   unsuitable = "the data node does not have the image that the metadata names"
	errPrivate  unsuitable = "the avatar is not for everybody"
)

// toCard makes the photo of the card what is published (XEP-0398 #pep2vcard). It
// reports whether that changed anything.
func (s *Service) toCard(ctx context.Context, owner jid.JID) (changed bool, err error) {
	in, shown, err := s.published(ctx, owner)
	if err != nil {
		return false, err
	}
	hash, err := s.cards.PhotoHash(ctx, owner)
	if err != nil || hash == in.id {
		return false, err
	}
	if !shown {
		return s.takeAway(ctx, owner)
	}
	// XEP-0398 #security: "SHOULD perform conversion only if the access model of the
	// 'urn:xmpp:avatar:data' node has been set to 'open'": anybody may read the card.
	access, err := s.nodes.Access(ctx, owner, NodeData)
	if err != nil {
		return false, err
	}
	if access != open {
		return false, errPrivate
	}
	image, err := s.data(ctx, owner, in.id)
	if err != nil {
		return false, err
	}
	return true, s.cards.SetPhoto(ctx, owner, typeOf(in.mediaType, image), image)
}

// takeAway removes the photo of an owner who shows no avatar any more, unless the
// avatar was never the photo, since it was not for everybody.
func (s *Service) takeAway(ctx context.Context, owner jid.JID) (changed bool, err error) {
	access, err := s.nodes.Access(ctx, owner, NodeMetadata)
	if err != nil {
		return false, err
	}
	if access != open && access != "" {
		return false, errPrivate
	}
	return true, s.cards.SetPhoto(ctx, owner, "", nil)
}

// published gives what the metadata of owner say now; shown is false if there are
// none, or they name no image of the data node.
func (s *Service) published(ctx context.Context, owner jid.JID) (in info, shown bool, err error) {
	items, err := s.nodes.Items(ctx, owner, NodeMetadata)
	if err != nil || len(items) == 0 {
		return info{}, false, err
	}
	in, shown = readMetadata(items[len(items)-1].Payload)
	return in, shown, nil
}

// data gives an image of the data node.
func (s *Service) data(ctx context.Context, owner jid.JID, id string) ([]byte, error) {
	items, err := s.nodes.Items(ctx, owner, NodeData)
	if err != nil {
		return nil, err
	}
	for i := range items {
		image := readData(items[i].Payload)
		// XEP-0398 #pep2vcard: "SHOULD verify that the SHA-1 hash of the image matches the id"
		if image == nil || hashOf(image) != id {
			continue
		}
		if len(image) > MaxImage {
			return nil, errTooLarge
		}
		return image, nil
	}
	return nil, errNoData
}

// toNode publishes the photo of the card (XEP-0398 #vcard2pep), in whose place was
// one with the hash before.
func (s *Service) toNode(ctx context.Context, owner jid.JID, before string) error {
	said, image, err := s.cards.Photo(ctx, owner)
	if err != nil {
		return err
	}
	in, shown, err := s.published(ctx, owner)
	if err != nil {
		return err
	}
	if image == nil {
		if shown && in.id == before {
			return s.publish(ctx, owner, NodeMetadata, Item{Payload: []byte(noMetadata)})
		}
		return nil
	}
	hash, mediaType := hashOf(image), typeOf(said, image)
	switch {
	case shown && in.id == hash:
		return nil
	case len(image) > MaxImage:
		return errTooLarge
	case mediaType == "":
		return errNoType // XEP-0084 #proto-info: the type is required
	}
	// XEP-0398 #vcard2pep: "MUST first publish an item to the 'urn:xmpp:avatar:data' node
	// … The id of that item MUST be the SHA-1 hash". Then the metadata.
	if err := s.publish(ctx, owner, NodeData, Item{hash, appendData(nil, image)}); err != nil {
		return err
	}
	return s.publish(ctx, owner, NodeMetadata, Item{hash, appendMetadata(nil, info{hash, mediaType}, len(image))})
}

// publish makes a node, if it has to be made, for everybody to read, as the card is. A
// node that is there stays as its owner wants it.
func (s *Service) publish(ctx context.Context, owner jid.JID, node string, item Item) error {
	options := form.New(form.Submit, "http://jabber.org/protocol/pubsub#publish-options",
		form.Field{Var: "pubsub#persist_items", Values: []string{"true"}},
		form.Field{Var: "pubsub#access_model", Values: []string{open}})
	err := s.nodes.Publish(ctx, owner, node, item, options)
	var told *stanza.Error
	if errors.As(err, &told) && told.Condition == stanza.Conflict {
		err = s.nodes.Publish(ctx, owner, node, item, nil) // precondition-not-met
	}
	if err != nil {
		return fmt.Errorf("publish to %s: %w", node, err)
	}
	return nil
}
