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

// A NodeService answers for nodes of hosts, as ad-hoc commands do, or of accounts,
// as personal eventing does. Host is the host or account that was asked, asker the
// full JID of who asks.
type NodeService interface {
	// NodeInfo tells what a node is, or false if there is no such node for asker.
	NodeInfo(ctx context.Context, host, asker jid.JID, node string) (Info, bool, error)
	// NodeItems tells what a node holds, or false if there is no such node for
	// asker. The node "" stands for the address itself: what is told of it stands
	// among its items.
	NodeItems(ctx context.Context, host, asker jid.JID, node string) ([]Item, bool, error)
}
