package daemon

import (
	"bytes"
	"context"

	"causeway/xmpp/ext/avatar"
	"causeway/xmpp/ext/bookmarks"
	"causeway/xmpp/ext/caps"
	"causeway/xmpp/ext/pep"
	"causeway/xmpp/ext/private"
	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// profiles makes what is built on personal eventing: what clients can do, and who
// people are and where they meet, for clients old and new.
func (h *house) profiles(requests *eventRequests) {
	r := h.router
	known := caps.New(caps.Config{Store: h.store.Caps(), Router: r, Logger: h.log})
	known.OnKnown(h.events.Known)
	h.interests = known
	r.AddFeatures(router.AtHost|router.AtAccount, caps.NS)

	nodes := ownNodes{h.events, r}
	rooms := bookmarks.New(bookmarkNodes{nodes}, oldBookmarks{h.private}, h.log)
	h.private.Show(bookmarksName(), rooms)
	requests.bookmarks = rooms
	r.AddFeatures(router.AtAccount, bookmarks.Features()...)

	pictures := avatar.New(avatar.Config{
		Cards: h.vcards, Nodes: avatarNodes{nodes}, Presence: h.presence, Sessions: r, Logger: h.log,
	})
	h.vcards.OnPhoto(pictures.CardChanged)
	r.AddFeatures(router.AtAccount, avatar.Feature)

	h.events.OnChange(func(ctx context.Context, c pep.Change) {
		pictures.NodeChanged(ctx, c.Owner, c.Node)
		published := make([]bookmarks.Item, len(c.Published))
		for i := range c.Published {
			published[i] = bookmarkItem(c.Published[i])
		}
		rooms.NodeChanged(ctx, c.Owner, c.Node, published)
	})
	h.presence = profilePresence{h.presence, known, pictures, rooms}
	r.SetPresence(h.presence)
}

// profilePresence shows presence to those who learn from it or have something to add.
type profilePresence struct {
	router.PresenceService
	caps      *caps.Service
	avatars   *avatar.Service
	bookmarks *bookmarks.Service
}

func (p profilePresence) Broadcast(ctx context.Context, s *router.Session, st *stanza.Stanza) error {
	if !s.Available() {
		p.bookmarks.Touch(ctx, s.JID().Bare())
	}
	// The avatar's presence service is the next one.
	if err := p.avatars.Broadcast(ctx, s, st); err != nil {
		return err
	}
	p.caps.Presence(ctx, s, st)
	return nil
}

// Directed puts the avatar into what the router is about to send: the stanza is
// written over, which is the sender's own.
func (p profilePresence) Directed(ctx context.Context, s *router.Session, st *stanza.Stanza) {
	p.PresenceService.Directed(ctx, s, st)
	*st = *p.avatars.Directed(ctx, st)
}

func (p profilePresence) Unbound(ctx context.Context, s *router.Session) {
	p.PresenceService.Unbound(ctx, s)
	p.caps.Gone(s.JID())
	p.avatars.Gone(s.JID())
}

// eventRequests are those to personal eventing. Whoever asks for bookmarks finds those,
// too, that were stored before there was eventing.
type eventRequests struct {
	*pep.Service
	bookmarks *bookmarks.Service // filled in before the first request
}

// HandleIQ implements router.Handler.
func (e *eventRequests) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	own := iq.To.IsZero() || iq.To.Bare() == iq.From.Bare()
	if c, ok := iq.Payload(); ok && own && bytes.Contains(iq.Bytes(c.All), []byte(bookmarks.Node)) {
		e.bookmarks.Touch(ctx, iq.From.Bare())
	}
	return e.Service.HandleIQ(ctx, iq)
}

// bookmarkConfigs are the configurations that nodes of bookmarks are made with:
// private, whatever the client says or forgets (XEP-0402 #diff-0048, XEP-0223
// #approach), and the new one as XEP-0402 #adding-a-bookmark has it.
func bookmarkConfigs() map[string]pep.Config {
	old := pep.DefaultConfig()
	old.Access = pep.Whitelist
	native := old
	native.MaxItems, native.SendLast = 0, "never"
	return map[string]pep.Config{bookmarks.NodeOld: old, bookmarks.Node: native}
}

// ownNodes is personal eventing in the name of the owner.
type ownNodes struct {
	events *pep.Service
	router *router.Router
}

// Access gives the access model of a node.
func (n ownNodes) Access(ctx context.Context, owner jid.JID, node string) (string, error) {
	nodes, err := n.events.Nodes(ctx, owner)
	for i := range nodes {
		if nodes[i].Name == node {
			return string(nodes[i].Config.Access), err
		}
	}
	return "", err
}

// Configure changes the configuration of a node as its owner does (XEP-0060 #owner-configure).
func (n ownNodes) Configure(ctx context.Context, owner jid.JID, node string, changes *form.Form) error {
	payload := stanza.AppendAttr([]byte("<pubsub xmlns='"+pep.NSOwner+"'><configure"), "node", node)
	payload = append(changes.Append(append(payload, '>')), "</configure></pubsub>"...)
	answer, err := n.router.Ask(ctx, stanza.New(stanza.IQ, stanza.Set, "configure", owner, owner, payload))
	if err != nil {
		return err
	}
	if told, ok := answer.AsError(); ok {
		return told
	}
	return nil
}

// avatarItems is how many items of an avatar's node are looked at: an owner may keep
// pictures to change between.
const avatarItems = 20

// avatarNodes is eventing as avatars see it.
type avatarNodes struct{ ownNodes }

func (n avatarNodes) Items(ctx context.Context, owner jid.JID, node string) ([]avatar.Item, error) {
	items, err := n.events.Items(ctx, owner, node, avatarItems)
	list := make([]avatar.Item, len(items))
	for i := range items {
		list[i] = avatar.Item{ID: items[i].ID, Payload: items[i].Payload}
	}
	return list, err
}

func (n avatarNodes) Publish(ctx context.Context, owner jid.JID, node string, item avatar.Item, options *form.Form) error {
	return n.events.Publish(ctx, owner, node, pep.Item{ID: item.ID, Payload: item.Payload}, options)
}

// bookmarkNodes is eventing as bookmarks see it.
type bookmarkNodes struct{ ownNodes }

// bookmarkItem tells by the publisher who it was: a client has a full JID.
func bookmarkItem(item pep.Item) bookmarks.Item {
	return bookmarks.Item{ID: item.ID, Payload: item.Payload, Client: item.Publisher.IsFull()}
}

func (n bookmarkNodes) Items(ctx context.Context, owner jid.JID, node string) ([]bookmarks.Item, error) {
	items, err := n.events.Items(ctx, owner, node, 0)
	list := make([]bookmarks.Item, len(items))
	for i := range items {
		list[i] = bookmarkItem(items[i])
	}
	return list, err
}

func (n bookmarkNodes) Publish(ctx context.Context, owner jid.JID, node string, item bookmarks.Item, options *form.Form) error {
	return n.events.Publish(ctx, owner, node, pep.Item{ID: item.ID, Payload: item.Payload}, options)
}

func (n bookmarkNodes) Retract(ctx context.Context, owner jid.JID, node, id string) error {
	return n.events.Retract(ctx, owner, node, id)
}

// oldBookmarks is what private storage keeps of bookmarks.
type oldBookmarks struct{ private *private.Service }

func bookmarksName() private.Name { return private.Name{Space: bookmarks.NodeOld, Local: "storage"} }

func (o oldBookmarks) Stored(ctx context.Context, owner jid.JID) ([]byte, error) {
	return o.private.Stored(ctx, owner, bookmarksName())
}

func (o oldBookmarks) Store(ctx context.Context, owner jid.JID, xml []byte) error {
	return o.private.Store(ctx, owner, private.Element{Name: bookmarksName(), XML: xml})
}
