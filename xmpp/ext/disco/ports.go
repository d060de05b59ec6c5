package disco

import (
	"context"

	"causeway/xmpp/jid"
)

// Subscriptions knows who may see whose presence.
type Subscriptions interface {
	// Subscribed reports whether watcher (a bare JID) subscribes to the presence of
	// account: the roster of account has watcher with "from" or "both"
	// (RFC 6121 §2.1.2.5).
	Subscribed(ctx context.Context, account, watcher jid.JID) (bool, error)
}

// A NodeService answers for one node of every host, and for the nodes below it:
// the node of ad-hoc commands is one.
type NodeService interface {
	// Info gives what the node is, or false if there is no such node for asker.
	Info(ctx context.Context, host, asker jid.JID, node string) (Info, bool, error)
	// Items gives what the node holds, or false if there is no such node for asker.
	Items(ctx context.Context, host, asker jid.JID, node string) ([]Item, bool, error)
}
