package blocking

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/stanza"
)

// NS is the namespace of the blocking command (XEP-0191 #registrar-ns).
const NS = "urn:xmpp:blocking"

// DefaultItems is how many addresses an account may block unless the wiring
// says otherwise.
const DefaultItems = 1000

// Config is what a Service is made of.
type Config struct {
	Store       Store
	Subscribers Subscribers
	Router      Router
	Items       int // most addresses an account may block; 0 means DefaultItems
	Logger      *slog.Logger
}

// A Service keeps block lists. It is a router.Handler for accounts and the
// router.Guard.
type Service struct {
	store  Store
	subs   Subscribers
	router Router
	items  int
	log    *slog.Logger
	cache  *jid.Recent[*set] // the lists of the accounts that were asked about lately
	pushes atomic.Uint64     // makes ids of pushes differ

	mu      sync.Mutex                    // guards what follows; never held during a call out
	asked   map[jid.JID][]*router.Session // by account: the sessions that have asked for its list
	sweepAt int                           // the size of asked that makes it be swept
}

// New makes the service.
func New(cfg Config) *Service {
	if cfg.Items == 0 {
		cfg.Items = DefaultItems
	}
	return &Service{
		store:   cfg.Store,
		subs:    cfg.Subscribers,
		router:  cfg.Router,
		items:   cfg.Items,
		log:     cfg.Logger,
		cache:   jid.NewRecent(cacheWeight, weight),
		asked:   make(map[jid.JID][]*router.Session),
		sweepAt: minSweep,
	}
}

// HandleIQ answers a request for the list and does block and unblock.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	owner := iq.From.Bare()
	if !iq.To.IsZero() && iq.To.Bare() != owner {
		// XEP-0191 #blocklist: the request has no 'to'; the list of another account
		// is nobody's business (RFC 6120 §8.3.3.10)
		return nil, stanza.NotAllowed.Err("")
	}
	switch {
	case iq.Type == stanza.Get && iq.PayloadIs(NS, "blocklist"):
		return s.list(ctx, owner, iq.From)
	case iq.Type == stanza.Set && iq.PayloadIs(NS, "block"):
		items, err := addresses(iq)
		if err != nil {
			return nil, err
		}
		if len(items) == 0 {
			// XEP-0191 #block: without "at least one <item/> child element, the
			// server MUST return a bad-request error"
			return nil, stanza.BadRequest.Err("name an address to block")
		}
		return nil, s.block(ctx, owner, items)
	case iq.Type == stanza.Set && iq.PayloadIs(NS, "unblock"):
		items, err := addresses(iq)
		if err != nil {
			return nil, err
		}
		return nil, s.unblock(ctx, owner, items)
	default:
		// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
		// recognize the element name"
		return nil, stanza.FeatureNotImplemented.Err("")
	}
}

// list gives the list to a resource, which is told of changes from now on
// (XEP-0191 #blocklist, #block).
func (s *Service) list(ctx context.Context, owner, asker jid.JID) ([]byte, error) {
	// Noted before the list is read, so that no change is missed in between.
	s.note(owner, asker)
	items, err := s.store.Blocked(ctx, owner)
	if err != nil {
		return nil, fmt.Errorf("read block list of %s: %w", owner, err)
	}
	return appendItems(nil, "blocklist", items), nil
}

// addresses reads the items of a block or unblock, each address once.
func addresses(iq *stanza.Stanza) ([]jid.JID, error) {
	var request struct {
		Items []struct {
			JID *string `xml:"jid,attr"`
		} `xml:"urn:xmpp:blocking item"`
	}
	if err := iq.Decode(&request); err != nil {
		return nil, err
	}
	var out []jid.JID
	seen := make(map[jid.JID]bool, len(request.Items))
	for _, it := range request.Items {
		if it.JID == nil {
			return nil, stanza.BadRequest.Err("an item has a jid") // XEP-0191 #schema-blocking
		}
		j, err := jid.Parse(*it.JID)
		if err != nil {
			return nil, stanza.JIDMalformed.Err("") // RFC 6120 §8.3.3.8
		}
		if !seen[j] {
			seen[j] = true
			out = append(out, j)
		}
	}
	return out, nil
}

// appendItems appends an element that holds items.
func appendItems(p []byte, local string, items []jid.JID) []byte {
	p = append(p, '<')
	p = append(p, local...)
	p = append(p, " xmlns='"+NS+"'>"...)
	for _, j := range items {
		p = append(p, "<item"...)
		p = stanza.AppendAttr(p, "jid", j.String())
		p = append(p, "/>"...)
	}
	p = append(p, "</"...)
	p = append(p, local...)
	return append(p, '>')
}
