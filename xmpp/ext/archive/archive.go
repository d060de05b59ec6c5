package archive

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"causeway/xmpp/jid"
	"causeway/xmpp/router"
	"causeway/xmpp/rsm"
	"causeway/xmpp/stanza"
)

// NS is the namespace of archives, and of preferences (XEP-0313 #registrar-ns).
const NS = "urn:xmpp:mam:2"

// Namespaces of what the archive looks at, or writes.
const (
	nsIDs     = "urn:xmpp:sid:0"             // XEP-0359
	nsHints   = "urn:xmpp:hints"             // XEP-0334
	nsRetract = "urn:xmpp:message-retract:1" // XEP-0424
	nsForward = "urn:xmpp:forward:0"         // XEP-0297
	nsDelay   = "urn:xmpp:delay"             // XEP-0203
	nsRoom    = "http://jabber.org/protocol/muc#user"
)

// AccountFeatures is what discovery tells of an account: the archive itself
// (XEP-0313 #support), its pages (XEP-0059 #support), ids (XEP-0359 #disco), retractions
// (XEP-0424 #disco, #tombstones).
func AccountFeatures() []string {
	return []string{NS, NS + "#extended", NS + "#groupchat-field", rsm.NS, nsIDs, nsRetract, nsRetract + "#tombstone"}
}

// HostFeatures is what discovery tells of a host: that its accounts' ids can be
// trusted, and that retractions are kept. That it has an archive, which is the
// accounts', is there for profanity, which asks nobody else.
func HostFeatures() []string { return []string{NS, nsIDs, nsRetract} }

// DefaultPageBytes is how much of an archive goes to a client at once unless the
// wiring says otherwise.
const DefaultPageBytes = 256 << 10

// Config is what a Service is made of.
type Config struct {
	Store    Store
	Contacts Contacts
	Router   Router
	// Keep is how long messages are kept, 0 for ever; KeepAt says it for single
	// hosts.
	Keep   time.Duration
	KeepAt map[string]time.Duration
	// Prefer is for accounts that have not said what they want; "" means Always.
	Prefer Rule
	// PageBytes is how much one page may be on the wire, unless its first message
	// alone is more; 0 means DefaultPageBytes.
	PageBytes int
	Logger    *slog.Logger
}

// A Service keeps archives. It is a router.Keeper, and a router.Handler for
// accounts. Its methods may be called from many goroutines.
type Service struct {
	store     Store
	contacts  Contacts
	router    Router
	keep      time.Duration
	keepAt    map[string]time.Duration
	prefer    Rule
	pageBytes int
	log       *slog.Logger

	clock   clock
	known   *jid.Recent[*choice] // what the accounts want whose messages passed lately
	pending pending
	chores  chores
}

var (
	_ router.Keeper  = (*Service)(nil)
	_ router.Handler = (*Service)(nil)
)

// New makes the service.
func New(cfg Config) *Service {
	s := &Service{
		store: cfg.Store, contacts: cfg.Contacts, router: cfg.Router,
		keep: cfg.Keep, keepAt: cfg.KeepAt, prefer: cfg.Prefer, pageBytes: cfg.PageBytes, log: cfg.Logger,
		known: jid.NewRecent(knownWeight, (*choice).weight),
	}
	if s.prefer == "" {
		s.prefer = Always
	}
	if s.pageBytes == 0 {
		s.pageBytes = DefaultPageBytes
	}
	return s
}

// HandleIQ answers the owner of an account about its archive.
func (s *Service) HandleIQ(ctx context.Context, iq *stanza.Stanza) ([]byte, error) {
	owner := iq.From.Bare()
	if !iq.To.IsZero() && iq.To.Bare() != owner {
		// XEP-0313 #security-privacy: "the error condition SHOULD be 'forbidden'"
		return nil, stanza.Forbidden.Err("an archive is for its owner only")
	}
	switch {
	case iq.PayloadIs(NS, "query"), iq.PayloadIs(NS, "metadata"):
		return s.read(ctx, owner, iq)
	case iq.PayloadIs(NS, "prefs") && iq.Type == stanza.Get:
		return s.getPrefs(ctx, owner)
	case iq.PayloadIs(NS, "prefs"):
		return s.setPrefs(ctx, owner, iq)
	case iq.PayloadIs(NSPurge, "purge") && iq.Type == stanza.Set:
		return s.purge(ctx, owner, iq)
	default:
		// RFC 6120 §8.3.3.3: "the entity understands the namespace but does not
		// recognize the element name"
		return nil, stanza.FeatureNotImplemented.Err("")
	}
}

// read answers a query by the owner of an account, who has a session.
func (s *Service) read(ctx context.Context, owner jid.JID, iq *stanza.Stanza) ([]byte, error) {
	session := s.router.Session(iq.From)
	if session == nil {
		// The messages would have nowhere to go (XEP-0313 #query).
		return nil, stanza.UnexpectedRequest.Err("only a connected resource can read")
	}
	answer, err := s.ask(ctx, owner, iq, func(st *stanza.Stanza) bool {
		// By the exit itself: the session lets messages wait for the backlog, and
		// what is asked for does not have to.
		_, ok := session.Exit().Deliver(st)
		return ok
	})
	if err != nil {
		return nil, err
	}
	result := iq.Result(answer.payload)
	if answer.whole {
		result.Told = s.readingOf(session).given(answer.span)
	}
	if !session.Deliver(result) && result.Told != nil {
		// There is no room. An answer that nobody else keeps ends the stream then, but is
		// not left out (RFC 6120 §8.2.3).
		result.Told(false)
		result.Told = nil
		session.Deliver(result)
	}
	return nil, router.ErrAnswered
}

// Query answers iq, a request for a page of the archive of owner, its metadata or
// its form (XEP-0313 #query, #archive-metadata, #query-form), and gives the payload
// of the result. The messages of the page go to deliver first, in order. Whoever
// calls it has seen to it that iq.From may read the archive, and that what deliver
// is given gets there; deliver copies what it keeps.
func (s *Service) Query(ctx context.Context, owner jid.JID, iq *stanza.Stanza, deliver func(*stanza.Stanza) bool) (payload []byte, err error) {
	answer, err := s.ask(ctx, owner, iq, deliver)
	return answer.payload, err
}

// Append keeps one message in the archive of a room, and gives its ID as it stands
// on the wire. The calls for one room are made in the order in which its occupants
// are given the messages. The caller does not change xml afterwards.
func (s *Service) Append(ctx context.Context, owner, peer jid.JID, xml []byte) (id string, t router.Ticket, err error) {
	if _, err := s.choice(ctx, owner); err != nil { // also sets the clock
		return "", nil, err
	}
	now := time.Now()
	e := Entry{Owner: owner, ID: s.clock.next(now), Peer: peer, Expires: s.expires(owner, now), XML: xml}
	if t, err = s.append(e); err != nil {
		return "", nil, err
	}
	return e.ID.String(), t, nil
}

// append hands entries to the store. A store that takes no more says so at once.
func (s *Service) append(entries ...Entry) (router.Ticket, error) {
	t := s.store.Append(entries...)
	select {
	case <-t.Done():
		if err := t.Err(); err != nil {
			return nil, fmt.Errorf("archive a message of %s: %w", entries[0].Owner, err)
		}
	default:
		for i := range entries {
			s.pending.note(entries[i].Owner, t)
		}
	}
	return t, nil
}

// expires gives the time at which what is archived now is as good as gone.
func (s *Service) expires(owner jid.JID, now time.Time) time.Time {
	keep, ok := s.keepAt[owner.Domain()]
	if !ok {
		keep = s.keep
	}
	if keep == 0 {
		return time.Time{}
	}
	return now.Add(keep)
}

// Forget drops what is remembered of an account that is being removed. The store
// has the archive itself removed.
func (s *Service) Forget(_ context.Context, owner jid.JID) error {
	s.known.Drop(owner.Bare())
	return nil
}
