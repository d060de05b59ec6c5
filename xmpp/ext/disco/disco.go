package disco

import (
	"context"
	"fmt"
	"sync"

	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// The two namespaces of service discovery (XEP-0030 #registrar-protocol). A
// Service handles both.
const (
	NSInfo  = "http://jabber.org/protocol/disco#info"
	NSItems = "http://jabber.org/protocol/disco#items"
)

// Config is what a Service collects from.
type Config struct {
	// Name is the name of the server as people read it; may be empty.
	Name string
	// HostFeatures and AccountFeatures give the features of hosts and of accounts.
	// They are called once, when somebody asks for the first time.
	HostFeatures, AccountFeatures func() []string
	// HostItems gives the services of a host; may be nil.
	HostItems func(host jid.JID) []Item
	// Resources gives the full JIDs of the connected resources of an account.
	Resources func(account jid.JID) []jid.JID
	// Subscriptions decides who may ask about an account.
	Subscriptions Subscriptions
	// Nodes answer for the nodes of hosts, AccountNodes for those of accounts.
	Nodes, AccountNodes []NodeService
	// AccountIdentities are what accounts are besides being accounts, HostIdentities
	// what hosts are besides being servers.
	AccountIdentities, HostIdentities []Identity
	// Contacts are the contact addresses of the hosts, as URIs, by the name of
	// their field: "abuse-addresses" and so on (XEP-0157 #registrar-formtype).
	Contacts map[string][]string
}

// A Service answers discovery; it is a router.Handler for hosts and accounts,
// for both namespaces.
type Service struct {
	cfg         Config
	hostInfo    func() []byte // the whole payload
	accountInfo func() []byte
}

// New makes the service.
func New(cfg Config) *Service {
	s := &Service{cfg: cfg}
	s.hostInfo = sync.OnceValue(func() []byte { return s.host().payload("") })
	s.accountInfo = sync.OnceValue(func() []byte { return s.account().payload("") })
	return s
}

// HandleIQ answers disco#info and disco#items.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	info, node, err := readQuery(iq)
	if err != nil {
		return nil, err
	}
	of := iq.To.Bare()
	if of.IsZero() {
		of = iq.From.Bare() // RFC 6120 §10.3.3: no 'to' means the sender's account
	}
	switch {
	case of.IsHost() && info:
		return s.infoOfHost(ctx, of, iq.From, node)
	case of.IsHost():
		return s.itemsOfHost(ctx, of, iq.From, node)
	case info:
		return s.infoOfAccount(ctx, of, iq.From, node)
	default:
		return s.itemsOfAccount(ctx, of, iq.From, node)
	}
}

// readQuery tells what is asked: info, or else items, of which node.
func readQuery(iq *stanza.Stanza) (info bool, node string, err error) {
	info = iq.PayloadIs(NSInfo, "query")
	// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
	// recognize the element name"
	if iq.Type != stanza.Get || !info && !iq.PayloadIs(NSItems, "query") {
		return false, "", stanza.FeatureNotImplemented.Err("")
	}
	var query struct {
		Node string `xml:"node,attr"`
	}
	err = iq.Decode(&query)
	return info, query.Node, err
}

// permitted reports whether asker may learn about an account (XEP-0030 #security).
func (s *Service) permitted(ctx context.Context, account, asker jid.JID) (bool, error) {
	if asker.Bare() == account {
		return true, nil
	}
	ok, err := s.cfg.Subscriptions.Subscribed(ctx, account, asker.Bare())
	if err != nil {
		return false, fmt.Errorf("read subscription of %s to %s: %w", asker.Bare(), account, err)
	}
	return ok, nil
}
