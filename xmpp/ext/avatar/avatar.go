package avatar

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// Feature says of an account that its two avatars are one (XEP-0398 #disco).
const Feature = "urn:xmpp:pep-vcard-conversion:0"

// The nodes of avatars in personal eventing, and the namespaces of their payloads
// (XEP-0084 #proto).
const (
	NodeData     = "urn:xmpp:avatar:data"
	NodeMetadata = "urn:xmpp:avatar:metadata"
)

// MaxImage is the size up to which an image is converted, in bytes. XEP-0153
// #bizrules-image recommends a sixteenth of it; the limits of cards and of items hold
// beside it.
const MaxImage = 128 << 10

// Config is what a Service is made of.
type Config struct {
	Cards    Cards
	Nodes    Nodes
	Presence Presence
	Sessions Sessions
	Logger   *slog.Logger
}

// A Service keeps the avatars of accounts in step. Its methods may be called from
// many goroutines.
type Service struct {
	cards    Cards
	nodes    Nodes
	presence Presence
	sessions Sessions
	log      *slog.Logger
	desk     desk

	seed  maphash.Seed
	turns [64]sync.Mutex // by full JID; see Broadcast

	mu      sync.Mutex
	emptied map[jid.JID]bool // whose last presence says "no photo" in our words, not in the client's
}

// New makes a service.
func New(cfg Config) *Service {
	return &Service{
		cards: cfg.Cards, nodes: cfg.Nodes, presence: cfg.Presence, sessions: cfg.Sessions, log: cfg.Logger,
		seed: maphash.MakeSeed(), emptied: make(map[jid.JID]bool),
	}
}

// CardChanged is to be called when owner has set a card with another photo than
// before, or with none any more; before is the hash of that, "" if there was none.
func (s *Service) CardChanged(ctx context.Context, owner jid.JID, before string) {
	s.work(ctx, owner, note{card: true, before: before})
}

// NodeChanged is to be called after each change of a node in personal eventing.
func (s *Service) NodeChanged(ctx context.Context, owner jid.JID, node string) {
	if node == NodeMetadata {
		s.work(ctx, owner, note{node: true})
	}
}

// work converts what has changed, unless somebody does so for owner already, who will
// look again then. What goes wrong is nothing to the client: its own request is done.
func (s *Service) work(ctx context.Context, owner jid.JID, n note) {
	if !s.desk.take(owner, n) {
		return
	}
	for {
		n, ok := s.desk.next(owner)
		if !ok {
			return
		}
		changed := n.card
		if n.node {
			fresh, err := s.toCard(ctx, owner)
			s.report(ctx, owner, "card", err)
			changed = changed || fresh
		}
		if n.card {
			s.report(ctx, owner, "node", s.toNode(ctx, owner, n.before))
		}
		if changed {
			s.announce(ctx, owner)
		}
	}
}

// report notes why a conversion was not done, to a card or to a node.
func (s *Service) report(ctx context.Context, owner jid.JID, to string, err error) {
	var (
		why  unsuitable
		told *stanza.Error // a limit, or no room left on the disk
	)
	level := slog.LevelError
	switch {
	case err == nil:
		return
	case errors.As(err, &why), errors.As(err, &told):
		level = slog.LevelDebug
	}
	s.log.LogAttrs(ctx, level, "avatar not converted", slog.String("jid", owner.String()), slog.String("to", to), slog.Any("err", err))
}
