package pep

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"sync/atomic"

	"causeway/xmpp/form"
	"causeway/xmpp/jid"
	"causeway/xmpp/stanza"
)

// The namespaces of publish-subscribe (XEP-0060 #registrar-ns). A Service handles
// NS and NSOwner.
const (
	NS      = "http://jabber.org/protocol/pubsub"
	NSOwner = NS + "#owner"
	nsEvent = NS + "#event"
)

// Limits bounds what one account may make the server keep. A zero field means its
// default.
type Limits struct {
	Nodes     int // nodes; default 300
	Items     int // items of a node; default 2000
	ItemBytes int // bytes of a payload; default 256 KiB, at most 480 KiB
	Bytes     int // bytes of all items; default 16 MiB
	PageBytes int // bytes of the items in one answer; default 512 KiB
	// People is how many others may have affiliations or subscriptions with a node,
	// each; default 200.
	People int
}

func (l Limits) withDefaults() Limits {
	for _, d := range []struct {
		field *int
		value int
	}{
		{&l.Nodes, 300}, {&l.Items, 2000}, {&l.ItemBytes, 256 << 10}, {&l.Bytes, 16 << 20}, {&l.PageBytes, 512 << 10}, {&l.People, 200},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	l.ItemBytes = min(l.ItemBytes, maxItemBytes)
	return l
}

// maxItemBytes is what a Store takes for certain.
const maxItemBytes = 480 << 10

// maxID bounds the names of nodes and the ids of items, in bytes: a full JID fits
// (RFC 7622 §3.1), since items are named after rooms and people.
const maxID = 3*1023 + 2

// Options is what a Service is made of.
type Options struct {
	Store     Store
	Router    Router
	Contacts  Contacts
	Interests Interests
	Limits    Limits
	// Configs are the configurations of nodes that are made, by name, where they are
	// other than DefaultConfig; may be nil.
	Configs map[string]Config
	Logger  *slog.Logger
}

// A Service keeps the nodes of all accounts. It is a router.Handler for accounts,
// for NS and NSOwner. Its methods may be called from many goroutines.
type Service struct {
	store     Store
	router    Router
	contacts  Contacts
	interests Interests
	limits    Limits
	configs   map[string]Config
	log       *slog.Logger
	lines     lines
	cache     *jid.Recent[[]Node] // of the accounts that were asked about lately; not to be changed
	served    served
	watchers  []func(context.Context, Change)
	run       string        // begins the ids of messages
	events    atomic.Uint64 // makes them differ
}

// New makes the service.
func New(o Options) *Service {
	return &Service{
		store: o.Store, router: o.Router, contacts: o.Contacts, interests: o.Interests,
		limits: o.Limits.withDefaults(), configs: o.Configs, log: o.Logger,
		cache: jid.NewRecent(cacheWeight, weigh),
		run:   "event-" + rand.Text()[:8] + "-",
	}
}

// A request is one IQ to an account.
type request struct {
	owner    jid.JID          // whose nodes are meant: the account
	from     jid.JID          // who asks
	elements []stanza.Element // what the <pubsub/> holds, not empty
}

// first gives the element that says what is wanted.
func (r *request) first() *stanza.Element { return &r.elements[0] }

// node gives the name of the node that the first element names.
func (r *request) node() string { return r.first().Attr("node") }

// form gives the data form inside an element of the request, nil if there is no such
// element, or an empty one. The error is a *stanza.Error.
func (r *request) form(ns, local string) (*form.Form, error) {
	for i := range r.elements {
		if r.elements[i].Is(ns, local) {
			return formIn(&r.elements[i])
		}
	}
	return nil, nil
}

// formIn reads the data form inside an element; nil if it is empty.
func formIn(e *stanza.Element) (*form.Form, error) {
	children, err := inside(e)
	if err != nil || len(children) == 0 {
		return nil, err
	}
	if len(children) > 1 || !children[0].Is(form.NS, "x") {
		return nil, stanza.BadRequest.Err("one data form is wanted") // XEP-0060 #schemas-pubsub
	}
	f, err := form.Parse(children[0].XML)
	if err != nil {
		return nil, stanza.BadRequest.Err("the data form cannot be read")
	}
	if f.Type != form.Submit && f.Type != form.Cancel {
		// XEP-0004 #protocol-formtypes: what answers a form is a submission
		return nil, stanza.BadRequest.Err("the data form is not filled in")
	}
	return f, nil
}

// verb tells requests apart: by namespace, type and the first element.
type verb struct {
	ns    string
	typ   stanza.Type
	local string
}

// verbs is the table of what can be asked; it is never written to.
var verbs = map[verb]func(*Service, context.Context, *request) ([]byte, error){
	{NS, stanza.Set, "publish"}:       (*Service).publishRequest,
	{NS, stanza.Set, "retract"}:       (*Service).retractRequest,
	{NS, stanza.Set, "create"}:        (*Service).createRequest,
	{NS, stanza.Set, "subscribe"}:     (*Service).subscribe,
	{NS, stanza.Set, "unsubscribe"}:   (*Service).unsubscribe,
	{NS, stanza.Get, "items"}:         (*Service).itemsRequest,
	{NS, stanza.Get, "subscriptions"}: (*Service).mySubscriptions,
	{NS, stanza.Get, "affiliations"}:  (*Service).myAffiliations,
	{NS, stanza.Get, "default"}:       lacking("retrieve-default-sub"), // XEP-0060 #subscriber-default-error-notsupported
	{NS, stanza.Get, "options"}:       lacking("subscription-options"), // XEP-0060 #subscriber-configure-support
	{NS, stanza.Set, "options"}:       lacking("subscription-options"),

	{NSOwner, stanza.Get, "configure"}:     (*Service).configuration,
	{NSOwner, stanza.Set, "configure"}:     (*Service).configure,
	{NSOwner, stanza.Get, "default"}:       (*Service).defaults,
	{NSOwner, stanza.Set, "delete"}:        (*Service).deleteRequest,
	{NSOwner, stanza.Set, "purge"}:         (*Service).purgeRequest,
	{NSOwner, stanza.Get, "affiliations"}:  (*Service).affiliations,
	{NSOwner, stanza.Set, "affiliations"}:  (*Service).setAffiliations,
	{NSOwner, stanza.Get, "subscriptions"}: (*Service).subscriptions,
	{NSOwner, stanza.Set, "subscriptions"}: (*Service).setSubscriptions,
}

func lacking(feature string) func(*Service, context.Context, *request) ([]byte, error) {
	return func(*Service, context.Context, *request) ([]byte, error) { return nil, unsupported(feature) }
}

// HandleIQ answers a request to an account in its role as a service.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	c, ok := iq.Payload()
	if !ok || string(iq.Bytes(c.Name)) != "pubsub" {
		// RFC 6120 §8.3.3.3: an element name that is not known
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	_, elements, err := stanza.Split(iq.ChildBytes(c))
	if err != nil {
		return nil, stanza.BadRequest.Err("the request cannot be read")
	}
	if len(elements) == 0 {
		return nil, stanza.BadRequest.Err("the request is empty")
	}
	r := &request{owner: iq.To.Bare(), from: iq.From, elements: elements}
	if r.owner.IsZero() {
		r.owner = iq.From.Bare() // RFC 6120 §10.3.3
	}
	ns := NS
	if iq.PayloadIs(NSOwner, "") {
		ns = NSOwner
	}
	do := verbs[verb{ns, iq.Type, r.first().Local}]
	if do == nil || r.first().Space != ns {
		return nil, stanza.FeatureNotImplemented.Err("")
	}
	return do(s, ctx, r)
}

// nodes gives the nodes of an account.
func (s *Service) nodes(ctx context.Context, owner jid.JID) ([]Node, error) {
	nodes, epoch, ok := s.cache.Get(owner)
	if ok {
		return nodes, nil
	}
	nodes, err := s.store.Nodes(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read nodes of %s: %w", owner, err)
	}
	s.cache.Put(owner, nodes, epoch)
	return nodes, nil
}

// find gives one node, nil if there is none of that name.
func (s *Service) find(ctx context.Context, owner jid.JID, name string) (*Node, error) {
	nodes, err := s.nodes(ctx, owner)
	if err != nil {
		return nil, err
	}
	return pick(nodes, name), nil
}

// existing is find for a node that the first element of a request has to name.
func (s *Service) existing(ctx context.Context, r *request) (*Node, error) {
	name := r.node()
	if name == "" {
		return nil, nodeRequired()
	}
	n, err := s.find(ctx, r.owner, name)
	if err == nil && n == nil {
		return nil, noSuchNode()
	}
	return n, err
}
