package bookmarks

import (
	"context"
	"errors"
	"log/slog"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// The two nodes, and the namespaces of what is in them.
const (
	Node    = "urn:xmpp:bookmarks:1" // XEP-0402 #usage
	NodeOld = "storage:bookmarks"    // XEP-0048 #storage-pubsub-upload
)

// Features are what discovery says of an account whose bookmarks are one, wherever a
// client looks: XEP-0402 #compatibility (with private storage, and with the old node)
// and XEP-0411 #disco.
func Features() []string {
	return []string{Node + "#compat", Node + "#compat-pep", "urn:xmpp:bookmarks-conversion:0"}
}

// maxRooms is how many rooms a list may hold that is to be taken: each of them is an
// item to write.
const maxRooms = 1000

// A Service keeps the views of bookmarks. Its methods may be called from many
// goroutines. Owners are bare JIDs.
type Service struct {
	nodes   Nodes
	storage Storage
	log     *slog.Logger
	turns   turns
}

// New makes a service.
func New(nodes Nodes, storage Storage, log *slog.Logger) *Service {
	return &Service{nodes: nodes, storage: storage, log: log}
}

// Get gives the <storage/> element that an old client gets from private storage, nil
// if there is nothing in it.
func (s *Service) Get(ctx context.Context, owner jid.JID) ([]byte, error) {
	if err := s.settle(ctx, owner); err != nil {
		return nil, err
	}
	l, err := s.stored(ctx, owner)
	if err != nil {
		return nil, err
	}
	l.rooms, err = s.rooms(ctx, owner)
	if err != nil || l.empty() {
		return nil, err
	}
	return l.payload(), nil
}

// Set takes the <storage/> element, or several of them, that an old client puts into
// private storage, in place of all that is there. Errors for the client are
// *stanza.Error.
func (s *Service) Set(ctx context.Context, owner jid.JID, xml []byte) error {
	t := s.turns.take(owner)
	defer s.finish(ctx, owner, t)
	s.turns.leave(t, note{rooms: true}) // XEP-0411 #conversion: the subscribers of the old node are told
	if _, err := s.kept(ctx, owner); err != nil {
		return err
	}
	return s.change(ctx, owner, readList(xml))
}

// NodeChanged is to be called after each change of a node in personal eventing, with
// what was published by it. What goes wrong in the views of that is nothing to the
// client that made the change.
func (s *Service) NodeChanged(ctx context.Context, owner jid.JID, node string, published []Item) {
	var n note
	switch node {
	case Node:
		n.rooms = true
	case NodeOld:
		for _, item := range published {
			if item.Client { // what this service publishes there is no news to it
				n.list = item.Payload
			}
		}
	}
	if n.empty() {
		return
	}
	if t := s.turns.note(owner, n); t != nil {
		s.finish(ctx, owner, t)
	}
}

// finish gives a turn back when all notes that were left have been seen to.
func (s *Service) finish(ctx context.Context, owner jid.JID, t *turn) {
	for {
		n, ok := s.turns.next(owner, t)
		if !ok {
			return
		}
		if n.list != nil {
			s.report(ctx, owner, s.taken(ctx, owner, n.list))
		}
		// After a list as well: it may say the same in other words than everybody sees.
		s.report(ctx, owner, s.show(ctx, owner))
	}
}

// taken does what a client says that has published a list.
func (s *Service) taken(ctx context.Context, owner jid.JID, payload []byte) error {
	if !isList(payload) {
		return nil // what cannot be understood is no order to delete
	}
	if _, err := s.kept(ctx, owner); err != nil {
		return err
	}
	return s.change(ctx, owner, readList(payload))
}

// report notes why the views are not as they should be.
func (s *Service) report(ctx context.Context, owner jid.JID, err error) {
	if err == nil {
		return
	}
	level := slog.LevelError
	if told := (*stanza.Error)(nil); errors.As(err, &told) {
		level = slog.LevelDebug // a limit of the account's
	}
	s.log.LogAttrs(ctx, level, "bookmarks are not in step", slog.String("jid", owner.String()), slog.Any("err", err))
}
